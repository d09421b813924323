/** `latchkey tokens`: introspect and revoke, against a running server. */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { describeToken, idOf, isActive, issueToken } from '../oauth/token-questions.ts';
import {
  latchkeyHere,
  makeWorkingFolder,
  parseOutput,
  type HereOptions,
  type WorkingFolder,
} from './latchkey-runner.ts';

let server: ServerProcess;
let folder: WorkingFolder;
let admin: AdminApi;
let orders: string;
let resourceServer: RegisteredClient;
let asOperator: string;
let asResourceServer: string;

beforeAll(async () => {
  server = await startServer({ databaseUrl: await createDatabase() });
  folder = await makeWorkingFolder();
  admin = new AdminApi(server);
  resourceServer = await admin.createClient([]);
  orders = (await admin.createApi(['read'], { introspection_clients: [resourceServer.id] }))
    .identifier;
  asOperator = await folder.saveCredential(server.issuer, server.operator);
  asResourceServer = await folder.saveCredential(server.issuer, resourceServer);
});
afterAll(async () => {
  await server.stop();
  await folder.remove();
});

const newClient = (name = 'A client') =>
  admin.createClient([{ api: orders, scopes: ['read'] }], { name });
const tokens = (args: string[], options: HereOptions = {}) =>
  latchkeyHere(['tokens', ...args, '--credentials', asOperator], options);
const active = (token: string) => isActive(server, resourceServer, token);

describe('introspect', () => {
  const introspect = (token: string, ...more: string[]) =>
    latchkeyHere(['tokens', 'introspect', '--credentials', asResourceServer, ...more], {
      input: token,
    });

  test('says what an active token says, in words or in JSON', async () => {
    const token = await issueToken(server, await newClient());
    const outcome = await introspect(token);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^Active\. What it says:\n/);
    expect(outcome.stdout).toMatch(/^ {2}scope +read +what it permits: read$/m);
    const inJson = await introspect(token, '--json');
    expect(inJson).toMatchObject({ exitCode: 0, stderr: '' });
    expect(parseOutput(inJson)).toEqual(describeToken(token));
  });

  test('ends with 1 for one that is not, and says why it does not say why', async () => {
    const outcome = await introspect('garbage');
    expect(outcome).toMatchObject({ exitCode: 1, stderr: '' });
    expect(outcome.stdout).toMatch(/^Not active\.\n.* does not say more on purpose: /);
    const inJson = await introspect('garbage', '--json');
    expect({ ...inJson, stdout: parseOutput(inJson) }).toEqual({
      exitCode: 1,
      stdout: { active: false },
      stderr: '',
    });
  });

  test('tells a refusal of its own credential from an answer', async () => {
    const wrong = await folder.saveCredential(server.issuer, {
      ...resourceServer,
      clientSecret: 'x'.repeat(40),
    });
    const outcome = await latchkeyHere(['tokens', 'introspect', '--credentials', wrong], {
      input: 'x',
    });
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(
      'says nothing about a token: client authentication failed (invalid_client)',
    );
  });
});

describe('revoke', () => {
  test('takes back one token, from a file or piped in', async () => {
    const client = await newClient();
    const [filed, piped, kept] = [
      await issueToken(server, client),
      await issueToken(server, client),
      await issueToken(server, client),
    ];
    const file = folder.path('token.jwt');
    await writeFile(file, `${filed}\n`);
    const outcome = await tokens(['revoke', file]);
    expect(outcome).toEqual({
      exitCode: 0,
      stdout:
        'Revoked the access token, for whoever asks the server.\n' +
        'Who looks at the signature alone accepts an access token until it expires.\n',
      stderr: '',
    });
    const inJson = await tokens(['revoke', '--json'], { input: `Bearer ${piped}` });
    expect(parseOutput(inJson)).toEqual({
      revoked: { type: 'access_token', id: idOf(piped) },
      version: expect.any(Number),
    });
    expect(await Promise.all([filed, piped, kept].map(active))).toEqual([false, false, true]);
  });

  test('takes back all of a client, named as people name it', async () => {
    const client = await newClient('Billing, to be revoked');
    const token = await issueToken(server, client);
    const outcome = await tokens(['revoke', '--client', 'Billing, to be revoked']);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcome.stdout).toContain(
      `Revoked every access token so far of Billing, to be revoked (${client.clientId})`,
    );
    expect(await active(token)).toBe(false);
  });

  test('takes back a secret that was found somewhere, and never shows it', async () => {
    const client = await newClient();
    const token = await issueToken(server, client);
    const outcome = await tokens(['revoke', '--leaked'], { input: `${client.clientSecret}\n` });
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcome.stdout).not.toContain(client.clientSecret);
    expect((await requestToken(server, client)).status).toBe(401);
    expect(await active(token)).toBe(false);
  });

  test('takes back all of an organization, and everything', async () => {
    const token = await issueToken(server, await newClient());
    const organization = String(describeToken(token)['organization_id']);
    expect(await tokens(['revoke', '--organization', organization])).toMatchObject({ exitCode: 0 });
    expect(await active(token)).toBe(false);
    admin.forgetToken();
    const next = await issueToken(server, await newClient());
    expect(await tokens(['revoke', '--everything'])).toMatchObject({ exitCode: 0 });
    expect(await active(next)).toBe(false);
    admin.forgetToken();
  });

  test('asks before it takes back more than one, where somebody can answer', async () => {
    const client = await newClient();
    const token = await issueToken(server, client);
    const args = ['revoke', '--client', client.clientId];
    const refused = await tokens(args, { input: 'n\n', isTerminal: true });
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain('nothing was revoked');
    expect(await active(token)).toBe(true);
    const agreed = await tokens(args, { input: 'y\n', isTerminal: true });
    expect(agreed).toMatchObject({ exitCode: 0 });
    expect(await active(token)).toBe(false);
  });

  test('is told one thing', async () => {
    const outcome = await tokens(['revoke', '--everything', '--client', 'x']);
    expect(outcome).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'latchkey: name one thing to revoke, not several\n',
    });
  });
});
