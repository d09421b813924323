/** The commands for the life of a credential: update, regenerate, restore, impact, token, keep, usage, notices. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { newNotice } from '../admin/unlisted-introspection.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import {
  latchkeyHere,
  makeWorkingFolder,
  parseOutput,
  type Outcome,
  type WorkingFolder,
} from './latchkey-runner.ts';

const { postgresql: server } = sharedServers();
const admin = new AdminApi(server);
let folder: WorkingFolder;
let credentials: string;
beforeAll(async () => {
  folder = await makeWorkingFolder();
  credentials = await folder.saveCredential(server.issuer, server.operator);
});
afterAll(() => folder.remove());

type Words = readonly (string | readonly string[])[];
const asAdmin = (...args: Words): Promise<Outcome> =>
  latchkeyHere([...args.flat(), '--credentials', credentials]);
const typing = (input: string, ...args: Words): Promise<Outcome> =>
  latchkeyHere([...args.flat(), '--credentials', credentials], { isTerminal: true, input });
const asJson = async (...args: Words) => parseOutput(await asAdmin(...args, '--json'));

async function newClient(scopes = ['a', 'b']) {
  const api = await admin.createApi(scopes);
  const name = `Billing ${randomBytes(4).toString('hex')}`;
  const client = await admin.createClient([{ api: api.identifier, scopes }], { name });
  return { client, name, api };
}

describe('clients update', () => {
  test('changes what is named and leaves the rest', async () => {
    const { client, name, api } = await newClient();
    const changed = await asJson(
      ['clients', 'update', name, '--description', 'For invoices', '--lifetime', '10m'],
      '--exempt',
    );
    expect(changed).toMatchObject({
      id: client.id,
      name,
      description: 'For invoices',
      access_token_lifetime_seconds: 600,
      exempt_from_inactivity: true,
      grants: [{ api: api.identifier, scopes: ['a', 'b'] }],
    });
    const back = await asJson(
      ['clients', 'update', client.clientId, '--name', 'Renamed', '--description', ''],
      ['--no-lifetime', '--no-exempt'],
    );
    expect(back).toMatchObject({
      name: 'Renamed',
      description: '',
      access_token_lifetime_seconds: null,
      exempt_from_inactivity: false,
    });
  });

  test('grants more, takes some, replaces and takes all, with its effect at the token endpoint', async () => {
    const { client, api } = await newClient(['a', 'b', 'c']);
    const other = await admin.createApi(['x', 'y']);
    const update = (...args: string[]) => asJson('clients', 'update', client.id, ...args);
    expect(
      (await update('--revoke', `${api.identifier}=b,c`, '--grant', `${other.identifier}=x`))[
        'grants'
      ],
    ).toEqual([
      { api: api.identifier, scopes: ['a'], default: true },
      { api: other.identifier, scopes: ['x'], default: false },
    ]);
    expect((await requestToken(server, client)).body).toMatchObject({ scope: 'a' });
    expect((await update('--grant', other.identifier))['grants']).toMatchObject([
      { scopes: ['a'] },
      { scopes: ['x', 'y'] },
    ]);
    expect((await update('--revoke', api.identifier))['grants']).toMatchObject([
      { api: other.identifier },
    ]);
    expect((await update('--replace-grants', `${api.identifier}=c`))['grants']).toEqual([
      { api: api.identifier, scopes: ['c'], default: true },
    ]);
    expect(await update('--no-grants')).toMatchObject({ grants: [] });
    expect((await requestToken(server, client)).body).toMatchObject({ error: 'invalid_target' });
  });

  test.each([
    { args: [], exitCode: 2, says: 'name something to change' },
    { args: ['--grant', 'x=y', '--no-grants'], exitCode: 2, says: 'use one of the three' },
    {
      args: ['--revoke', 'https://nowhere.example.com'],
      exitCode: 1,
      says: 'the client is not granted this API',
    },
  ])('says what is wrong with $args', async ({ args, exitCode, says }) => {
    const { client } = await newClient();
    const outcome = await asAdmin('clients', 'update', client.id, ...args);
    expect(outcome).toMatchObject({ exitCode, stdout: '' });
    expect(outcome.stderr).toContain(says);
  });
});

describe('what takes something away', () => {
  test('1.2 shows what used the credential before it asks, and a no changes nothing', async () => {
    const { client, api } = await newClient();
    await requestToken(server, client);
    const outcome = await typing('n\n', 'clients', 'regenerate', client.id);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    const shown = outcome.stderr.indexOf('In the last 30 days');
    expect(shown).toBeGreaterThanOrEqual(0);
    expect(outcome.stderr.indexOf('Regenerate the secret of')).toBeGreaterThan(shown);
    expect(outcome.stderr).toMatch(/lks_….{4}\s+\S*(127\.0\.0\.1|::1)\s+1\s/);
    expect(outcome.stderr).toContain(`1 access token for ${api.identifier}: a b`);
    expect((await requestToken(server, client)).status).toBe(200);
  });

  test('1.3, 1.4 a yes makes a new pair, saved for its owner alone, and the old one is refused', async () => {
    const { client } = await newClient();
    const file = folder.path('regenerated.env');
    const outcome = await typing('y\n', [
      'clients',
      'regenerate',
      client.id,
      '--client-id',
      '--save',
      file,
    ]);
    expect(outcome.exitCode).toBe(0);
    expect(outcome.stdout + outcome.stderr).not.toContain('lks_0');
    const saved = await readFile(file, 'utf8');
    const clientId = /^LATCHKEY_CLIENT_ID=(.*)$/m.exec(saved)?.[1] ?? '';
    const clientSecret = /^LATCHKEY_CLIENT_SECRET=(.*)$/m.exec(saved)?.[1] ?? '';
    expect(clientId).not.toBe(client.clientId);
    expect(outcome.stdout + outcome.stderr).not.toContain(clientSecret);
    expect((await requestToken(server, { clientId, clientSecret })).status).toBe(200);
    expect(await requestToken(server, client)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });

  test('with an overlap both secrets work', async () => {
    const { client } = await newClient();
    const made = await asJson('clients', 'regenerate', client.id, '--overlap', '1h');
    expect(made['old_credential_ends_at']).not.toBeNull();
    const renewed = { ...client, clientSecret: String(made['client_secret']) };
    for (const credential of [client, renewed]) {
      expect((await requestToken(server, credential)).status).toBe(200);
    }
  });

  test('of a secret shows that one alone', async () => {
    const { client } = await newClient();
    const path = `/clients/${client.id}/secrets`;
    const { body } = await admin.request(path, { method: 'POST' });
    await requestToken(server, client);
    const unused = await typing('n\n', 'secrets', 'revoke', client.id, String(body['id']));
    expect(unused.stderr).toContain('Nothing used');
    expect(unused.stderr).toContain('in the last 30 days');
  });

  test('of a client is undone with restore, by its record id', async () => {
    const { client, name } = await newClient();
    const deleted = await typing('y\n', 'clients', 'delete', client.id);
    expect(deleted.stdout).toContain(`latchkey clients restore ${client.id}`);
    const listed = await asAdmin('clients', 'list', '--deleted', '--search', client.clientId);
    expect(listed.stdout).toMatch(/RESTORABLE UNTIL/);
    expect(listed.stdout).toContain(client.id);
    const restored = await asAdmin('clients', 'restore', client.id);
    expect(restored).toMatchObject({ exitCode: 0, stderr: '' });
    expect(restored.stdout).toContain(`Restored ${name} (${client.clientId}).`);
    expect(restored.stdout).toContain('It is INACTIVE');
    expect((await asAdmin('clients', 'restore', client.id)).exitCode).toBe(1);
  });
});

test('clients impact answers what the admin API does', async () => {
  const { client } = await newClient();
  await requestToken(server, client, { scope: 'a' });
  expect(await asJson('clients', 'impact', client.id)).toMatchObject({
    client: client.id,
    tokens: 1,
    apis: [{ scopes: [{ scope: 'a', tokens: 1 }] }],
  });
});

test('3.3 clients token prints a token alone, made without the secret', async () => {
  const { client, api } = await newClient();
  const outcome = await asAdmin('clients', 'token', client.id, '--scope', 'b');
  expect(outcome.exitCode).toBe(0);
  expect(decodeJwt(outcome.stdout.trim())).toMatchObject({
    sub: client.clientId,
    aud: api.identifier,
    scope: 'b',
  });
  expect(outcome.stderr).toBe('An access token good for 1 hour, scope: b\n');
  const refused = await asAdmin('clients', 'token', client.id, '--scope', 'nothing');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain('not granted');
});

test('secrets create can let the others go when they are quiet, and keep cancels that', async () => {
  const { client } = await newClient();
  await asJson('secrets', 'create', client.id, '--retire-others-when-quiet', '7d');
  const listed = await asAdmin('secrets', 'list', client.id);
  expect(listed.stdout).toMatch(/retiring .*when quiet for 7 days/);
  const { data } = (await asJson('secrets', 'list', client.id)) as {
    data: { id: string; status: string }[];
  };
  const old = data.find(({ status }) => status === 'retiring');
  const kept = await asAdmin('secrets', 'keep', client.id, old?.id ?? '');
  expect(kept).toMatchObject({ exitCode: 0, stderr: '' });
  expect(kept.stdout).toContain('does not end by itself any more');
  expect((await asAdmin('secrets', 'list', client.id)).stdout).not.toContain('retiring');
});

test('apis show, update and delete', async () => {
  const { api, client } = await newClient(['a', 'b']);
  expect((await asAdmin('apis', 'show', api.identifier)).stdout).toContain(api.identifier);
  const updated = await asJson(
    ['apis', 'update', api.identifier, '--scope', 'c See more', '--drop-scope', 'b'],
    ['--lifetime', '5m', '--introspection-client', client.clientId],
  );
  expect(updated).toMatchObject({
    scopes: [
      { value: 'a', description: '' },
      { value: 'c', description: 'See more' },
    ],
    access_token_lifetime_seconds: 300,
    introspection_clients: [client.id],
  });
  const granted = await asAdmin('apis', 'delete', api.id, '--yes');
  expect(granted).toMatchObject({ exitCode: 1, stdout: '' });
  expect(granted.stderr).toContain('take their grants away first');
  await asAdmin('clients', 'update', client.id, '--no-grants');
  expect(await asJson('apis', 'delete', api.id)).toEqual({ id: api.id, deleted: true });
  const gone = await asAdmin('apis', 'show', api.identifier);
  expect(gone.stderr).toContain(`no API has the identifier or id "${api.identifier}"`);
});

test('keys revoke takes a key out of the JWKS', async () => {
  const { body } = await admin.request('/signing-keys/rotate', {
    method: 'POST',
    body: { alg: 'EdDSA', emergency: true },
  });
  const kid = String(body['kid']);
  expect(await asJson('keys', 'revoke', kid)).toMatchObject({ kid, state: 'revoked' });
  const response = await fetch(`${server.issuer}/.well-known/jwks.json`);
  expect(await response.text()).not.toContain(kid);
});

test('usage counts by what is asked, and names unused scopes', async () => {
  const { client, name, api } = await newClient();
  await requestToken(server, client, { scope: 'a' });
  const shown = await asAdmin('usage', 'show', '--client', client.clientId, '--by', 'api,scope');
  expect(shown.stdout.split('\n')[0]).toMatch(/^API +SCOPE +TOKENS$/);
  const byClient = await asAdmin('usage', 'show', '--client', client.clientId, '--by', 'client');
  expect(byClient.stdout).toMatch(/^NAME +CLIENT_ID +TOKENS\n/);
  expect(byClient.stdout).toMatch(new RegExp(`${name} +${client.clientId} +1`));
  expect(shown.stdout).toMatch(new RegExp(`${api.identifier} +a +1`));
  const unused = await asAdmin('usage', 'unused-scopes', '--client', client.id);
  expect(unused.stdout).toBe('Every scope that was granted by then has been requested.\n');
  const wrong = await asAdmin('usage', 'show', '--by', 'colour');
  expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
});

test('notices are listed and read', async () => {
  const { id } = await newNotice(admin);
  expect((await asAdmin('notices', 'list')).stdout).toContain(id);
  expect(await asJson('notices', 'read', id)).toMatchObject({ id, read_at: expect.any(String) });
  expect((await asAdmin('notices', 'list')).stdout).not.toContain(id);
  expect((await asAdmin('notices', 'list', '--all')).stdout).toContain(id);
  expect((await asAdmin('notices', 'read')).exitCode).toBe(2);
  const { id: another } = await newNotice(admin);
  const { read } = (await asJson('notices', 'read', '--all')) as { read: number };
  expect(read).toBeGreaterThanOrEqual(1);
  expect((await asAdmin('notices', 'list', '--all')).stdout).toContain(another);
  expect((await asAdmin('notices', 'read', '--all')).stdout).toBe('Marked 0 notices as read.\n');
});
