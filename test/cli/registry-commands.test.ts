/** The commands that administer a running server: apis, clients, secrets, keys. */
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import {
  latchkeyHere,
  makeWorkingFolder,
  parseOutput,
  type Outcome,
  type WorkingFolder,
} from './latchkey-runner.ts';

let server: ServerProcess;
let admin: AdminApi;
let folder: WorkingFolder;
let credentials: string;

beforeAll(async () => {
  server = await startServer({
    databaseUrl: await createDatabase(),
    env: { LATCHKEY_TEST_USE_FLUSH_MILLIS: '200' },
  });
  admin = new AdminApi(server);
  folder = await makeWorkingFolder();
  credentials = await folder.saveCredential(server.issuer, server.operator);
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

const asAdmin = (...args: string[]): Promise<Outcome> =>
  latchkeyHere([...args, '--credentials', credentials]);
const unique = (noun: string) => `${noun} ${randomBytes(4).toString('hex')}`;
const uniqueUri = () => `https://${randomBytes(4).toString('hex')}.example.com`;

describe('apis', () => {
  test('create registers the API with its scopes and their descriptions', async () => {
    const identifier = uniqueUri();
    const outcome = await asAdmin(
      'apis',
      'create',
      '--identifier',
      identifier,
      '--name',
      'Orders',
      '--lifetime',
      '10m',
      '--scope',
      'orders:read',
      '--scope',
      'orders:write Change orders',
      '--json',
    );
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(parseOutput(outcome)).toMatchObject({
      identifier,
      name: 'Orders',
      access_token_lifetime_seconds: 600,
      scopes: [
        { value: 'orders:read', description: '' },
        { value: 'orders:write', description: 'Change orders' },
      ],
    });
  });

  test('create says in words what was registered', async () => {
    const identifier = uniqueUri();
    const { exitCode, stdout } = await asAdmin(
      'apis',
      'create',
      '--identifier',
      identifier,
      '--name',
      'Parts',
      '--scope',
      'parts:read',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Registered the API Parts.');
    expect(stdout).toMatch(/identifier +https:.*\n +name +Parts\n +scopes +parts:read\n/);
  });

  test('create shows every fault with its place when the server refuses', async () => {
    const outcome = await asAdmin('apis', 'create', '--identifier', 'orders', '--name', '  ');
    expect(outcome).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: [
        'latchkey: The request is not valid',
        '  /identifier: must be an absolute URI without a fragment (RFC 8707 section 2)',
        '  /name: must not be blank',
        '',
      ].join('\n'),
    });
  });

  test('list finds an API by a part of its identifier, as a table and as JSON', async () => {
    const api = await admin.createApi(['a', 'b']);
    const table = await asAdmin('apis', 'list', '--search', api.identifier);
    expect(table.exitCode).toBe(0);
    expect(table.stdout).toMatch(/^NAME +IDENTIFIER +SCOPES +ALG +CREATED +ID\nAn API +https:/);
    const json = await asAdmin('apis', 'list', '--search', api.identifier, '--json');
    expect(parseOutput(json)).toMatchObject({ data: [{ id: api.id }], next_cursor: null });
  });
});

describe('clients', () => {
  test('create shows the secret once, and the credential works', async () => {
    const api = await admin.createApi(['a', 'b']);
    const outcome = await asAdmin(
      'clients',
      'create',
      '--name',
      'Billing',
      '--grant',
      api.identifier,
    );
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    const [clientId = ''] = /lkc_\w+/.exec(outcome.stdout) ?? [];
    const secrets = outcome.stdout.match(/lks_\w+/g) ?? [];
    expect(secrets).toHaveLength(1);
    const answer = await requestToken(server, { clientId, clientSecret: secrets[0] ?? '' });
    expect(answer).toMatchObject({ status: 200, body: { scope: 'a b' } });
  });

  test('create grants the named scopes only, and more than one API', async () => {
    const first = await admin.createApi(['a', 'b']);
    const second = await admin.createApi(['c', 'd', 'e']);
    const outcome = await asAdmin(
      'clients',
      'create',
      '--name',
      'Billing',
      '--json',
      '--inactive',
      '--lifetime',
      '5m',
      '--grant',
      `${first.identifier}=b`,
      '--grant',
      `${second.id}=c,e`,
    );
    expect(parseOutput(outcome)).toMatchObject({
      active: false,
      access_token_lifetime_seconds: 300,
      client_secret: expect.stringMatching(/^lks_/),
      grants: [
        { api: first.identifier, scopes: ['b'], default: true },
        { api: second.identifier, scopes: ['c', 'e'], default: false },
      ],
    });
  });

  test('create --save keeps the credential in a file of the owner alone, and prints no secret', async () => {
    // W-42
    const file = folder.path('saved.env');
    const outcome = await asAdmin(
      'clients',
      'create',
      '--name',
      'Billing',
      '--save',
      file,
      '--json',
    );
    expect(outcome.stdout + outcome.stderr).not.toContain('lks_');
    const body = parseOutput(outcome);
    expect(body['saved_to']).toBe(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toMatch(
      new RegExp(
        `^#.*\nLATCHKEY_ISSUER=${server.issuer}\nLATCHKEY_CLIENT_ID=${String(body['client_id'])}\nLATCHKEY_CLIENT_SECRET=lks_\\w{49}\n$`,
      ),
    );
  });

  test('create --save writes over nothing without --force, and makes no client then', async () => {
    const file = folder.path('precious.txt');
    await writeFile(file, 'precious', { mode: 0o644 });
    const name = unique('Billing');
    const refused = await asAdmin('clients', 'create', '--name', name, '--save', file);
    expect(refused).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `latchkey: ${file} exists already: choose another name, or replace it with --force\n`,
    });
    expect(await readFile(file, 'utf8')).toBe('precious');
    expect((await admin.request(`/clients?q=${encodeURIComponent(name)}`)).body['data']).toEqual(
      [],
    );

    const forced = await asAdmin('clients', 'create', '--name', name, '--save', file, '--force');
    expect(forced.exitCode).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('LATCHKEY_CLIENT_SECRET=lks_');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('create --save leaves no file behind when the server refuses', async () => {
    const file = folder.path('never.env');
    const outcome = await asAdmin('clients', 'create', '--name', ' ', '--save', file);
    expect(outcome.exitCode).toBe(1);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('create names the APIs there are when a grant names none of them', async () => {
    const outcome = await asAdmin('clients', 'create', '--name', 'X', '--grant', 'https://nowhere');
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toMatch(
      /^latchkey: --grant https:\/\/nowhere: there is no such API, or it is not yours to see\n {2}\S/,
    );
  });

  test('list follows the pages by itself, up to the limit', async () => {
    const tag = unique('Paged');
    for (let count = 0; count < 5; count += 1) await admin.createClient([], { name: tag });
    const all = parseOutput(await asAdmin('clients', 'list', '--search', tag, '--json'));
    expect(all).toMatchObject({ data: { length: 5 }, next_cursor: null });
    const some = await asAdmin('clients', 'list', '--search', tag, '--limit', '3');
    expect(some.stdout.match(new RegExp(tag, 'g'))).toHaveLength(3);
    expect(some.stderr).toBe(
      'There are more than these 3: see more with --limit, or narrow with --search.\n',
    );
  });

  test('list shows active ones, inactive ones, or all', async () => {
    const tag = unique('State');
    await admin.createClient([], { name: `${tag} on` });
    await admin.createClient([], { name: `${tag} off`, active: false });
    const list = async (...args: string[]) =>
      (await asAdmin('clients', 'list', '--search', tag, ...args)).stdout;
    expect(await list()).toMatch(/off .* INACTIVE [\s\S]* on .* active /);
    expect(await list('--active')).not.toContain(' off ');
    expect(await list('--inactive')).not.toContain(' on ');
    expect(await asAdmin('clients', 'list', '--active', '--inactive')).toMatchObject({
      exitCode: 2,
      stdout: '',
    });
  });

  test('a client is found by its record id, its client_id and a name only it has', async () => {
    const name = unique('Findable');
    const client = await admin.createClient([], { name });
    for (const reference of [client.id, client.clientId, name]) {
      const outcome = await asAdmin('clients', 'show', reference, '--json');
      expect(parseOutput(outcome)).toMatchObject({
        id: client.id,
        client_id: client.clientId,
        name,
      });
    }
  });

  test('list and show say when a client was used last, and secrets list which secret, from where', async () => {
    const name = unique('Used');
    const api = await admin.createApi(['a']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['a'] }], { name });
    expect((await asAdmin('clients', 'show', client.id)).stdout).toMatch(/\n +last used +never\n/);
    expect((await requestToken(server, client)).status).toBe(200);
    // The first use is stored before the token is answered; the rest with the next flush.
    expect((await asAdmin('clients', 'show', client.id)).stdout).toMatch(
      /\n +last used +\d{4}-\S+ \S+Z\n/,
    );
    const table = await asAdmin('clients', 'list', '--search', name);
    expect(table.stdout).toMatch(
      /^NAME +CLIENT_ID +STATE +OF +GRANTS +CREATED +LAST USED +WILL BE DELETED +ID\nUsed .*(\d{4}-\S+ \S+Z +){2}– +client_/,
    );
    let secrets = '';
    for (let attempt = 0; attempt < 100 && !/127\.0\.0\.1|::1/.test(secrets); attempt += 1) {
      secrets = (await asAdmin('secrets', 'list', client.id)).stdout;
    }
    expect(secrets).toMatch(/ live +\S+ \S+Z +– +\d{4}-\S+ \S+Z +\S*(127\.0\.0\.1|::1) +secret_/);
  });

  test('failures tells the true reasons, newest first', async () => {
    const name = unique('Refused');
    const client = await admin.createClient([], { name });
    expect(await asAdmin('clients', 'failures', name)).toEqual({
      exitCode: 0,
      stdout: `${name} was not refused lately.\n`,
      stderr: '',
    });
    await requestToken(server, { ...client, clientSecret: `${client.clientSecret}x` });
    await requestToken(server, client);
    const json = parseOutput(await asAdmin('clients', 'failures', name, '--json'));
    expect(json).toMatchObject({
      data: [
        { reason: 'invalid_target', secret_hint: expect.stringMatching(/^lks_…\w{4}$/) },
        { reason: 'wrong_secret', secret_hint: null },
      ],
      next_cursor: null,
    });
    const table = await asAdmin('clients', 'failures', name);
    expect(table).toMatchObject({ exitCode: 0, stderr: '' });
    expect(table.stdout).toMatch(
      /^TIME +REASON +SECRET +FROM +REQUEST ID\n\S+ \S+Z +invalid_target +lks_…\w{4} +\S*1 +\S{36} *\n\S+ \S+Z +wrong_secret +– /,
    );
  });

  test('a name that several clients share is refused, with the client_ids to choose from', async () => {
    const name = unique('Twin');
    const twins = [await admin.createClient([], { name }), await admin.createClient([], { name })];
    const outcome = await asAdmin('clients', 'delete', name, '--yes');
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(`2 clients are called "${name}"`);
    for (const { clientId, id } of twins) {
      expect(outcome.stderr).toContain(clientId);
      expect((await admin.request(`/clients/${id}`)).status).toBe(200);
    }
  });

  test('a part of a name finds nobody, but is answered with who is meant perhaps', async () => {
    const name = unique('Similar');
    const client = await admin.createClient([], { name });
    const outcome = await asAdmin('clients', 'deactivate', name.slice(0, -1));
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(`Similar:\n  ${client.clientId}  ${name}\n`);
  });

  test.each(['..', '.', '', 'client_../../apis', '?q=', 'client_0000000000000000000000'])(
    'the reference %j reaches no other route and finds nobody',
    async (reference) => {
      expect(await asAdmin('clients', 'delete', reference, '--yes')).toMatchObject({
        exitCode: 1,
        stdout: '',
      });
    },
  );

  test('deactivate stops a client at once, and activate brings it back', async () => {
    const api = await admin.createApi(['a']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['a'] }]);
    const off = await asAdmin('clients', 'deactivate', client.clientId, '--json');
    expect(parseOutput(off)).toMatchObject({ id: client.id, active: false });
    expect((await requestToken(server, client)).status).toBe(401);
    const on = await asAdmin('clients', 'activate', client.clientId);
    expect(on).toMatchObject({ exitCode: 0, stderr: '' });
    expect(on.stdout).toContain('is active');
    expect((await requestToken(server, client)).status).toBe(200);
  });

  test('delete asks nothing without a terminal', async () => {
    const client = await admin.createClient([]);
    const outcome = await asAdmin('clients', 'delete', client.id, '--json');
    expect(parseOutput(outcome)).toEqual({ id: client.id, deleted: true });
    expect(outcome.stderr).toBe('');
    expect((await admin.request(`/clients/${client.id}`)).status).toBe(404);
  });

  test.each([
    { typed: 'n\n', deleted: false },
    { typed: '\n', deleted: false },
    { typed: '', deleted: false },
    { typed: 'y\n', deleted: true },
    { typed: 'YES\n', deleted: true },
  ])('delete on a terminal waits for a yes: $typed', async ({ typed, deleted }) => {
    const client = await admin.createClient([], { name: 'On a terminal' });
    const outcome = await latchkeyHere(
      ['clients', 'delete', client.id, '--credentials', credentials],
      { isTerminal: true, input: typed },
    );
    expect(outcome.stderr).toContain(`Delete On a terminal (${client.clientId})?`);
    expect(outcome.exitCode).toBe(deleted ? 0 : 1);
    expect((await admin.request(`/clients/${client.id}`)).status).toBe(deleted ? 404 : 200);
  });

  test('delete --yes asks nothing on a terminal', async () => {
    const client = await admin.createClient([]);
    const outcome = await latchkeyHere(
      ['clients', 'delete', client.id, '--yes', '--credentials', credentials],
      { isTerminal: true },
    );
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('secrets', () => {
  test('create shows the new secret once and retires the others when told', async () => {
    const api = await admin.createApi(['a']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['a'] }]);
    const outcome = await asAdmin(
      'secrets',
      'create',
      client.id,
      '--expires-in',
      '90d',
      '--retire-others-in',
      '0',
    );
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    const secrets = outcome.stdout.match(/lks_\w+/g) ?? [];
    expect(secrets).toHaveLength(1);
    expect((await requestToken(server, client)).status).toBe(401);
    const renewed = { ...client, clientSecret: secrets[0] ?? '' };
    expect((await requestToken(server, renewed)).status).toBe(200);
  });

  test('create --json says when it expires, and --save keeps the secret off the screen', async () => {
    const client = await admin.createClient([]);
    const printed = parseOutput(
      await asAdmin('secrets', 'create', client.id, '--expires-in', '1h', '--json'),
    );
    expect(printed).toMatchObject({
      client_id: client.clientId,
      client_secret: expect.stringMatching(/^lks_/),
    });
    const lifetime =
      Date.parse(String(printed['expires_at'])) - Date.parse(String(printed['created_at']));
    expect(lifetime).toBe(3_600_000);

    const file = folder.path('second.env');
    const saved = await asAdmin('secrets', 'create', client.id, '--save', file, '--json');
    expect(saved.stdout).not.toMatch(/lks_\w{49}/);
    expect(parseOutput(saved)).not.toHaveProperty('client_secret');
    expect(await readFile(file, 'utf8')).toContain(`LATCHKEY_CLIENT_ID=${client.clientId}\n`);
  });

  test('list shows hints and states, never a secret', async () => {
    const client = await admin.createClient([]);
    const table = await asAdmin('secrets', 'list', client.id);
    expect(table.stdout).toMatch(
      /^HINT +STATUS +CREATED +ENDS +LAST USED +FROM +ID\nlks_…\w{4} +live +\S+ \S+Z +– +– +– +secret_/,
    );
    expect(table.stdout).not.toContain(client.clientSecret);
    const json = parseOutput(await asAdmin('secrets', 'list', client.id, '--json'));
    expect(json).toMatchObject({ data: [{ status: 'live' }] });
  });

  test('revoke ends a secret at once', async () => {
    const api = await admin.createApi(['a']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['a'] }]);
    const listing = parseOutput(await asAdmin('secrets', 'list', client.id, '--json'));
    const [secret] = listing['data'] as { id: string }[];
    const outcome = await asAdmin('secrets', 'revoke', client.id, secret?.id ?? '', '--json');
    expect(parseOutput(outcome)).toEqual({ id: secret?.id, revoked: true, tokens_revoked: true });
    expect((await requestToken(server, client)).status).toBe(401);
  });

  test('revoke on a terminal waits for a yes', async () => {
    const client = await admin.createClient([]);
    const outcome = await latchkeyHere(
      ['secrets', 'revoke', client.id, 'secret_x', '--credentials', credentials],
      { isTerminal: true, input: 'n\n' },
    );
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('nothing was revoked');
  });

  test.each(['tomorrow', '-1', '1.5h', ''])(
    'refuses the duration %j as wrong usage',
    async (text) => {
      expect(await asAdmin('secrets', 'create', 'x', `--expires-in=${text}`)).toMatchObject({
        exitCode: 2,
        stdout: '',
        stderr: expect.stringContaining('Use a number and a unit: 90d, 12h, 30m, 45s.'),
      });
    },
  );
});

describe('keys', () => {
  test('list shows what signs', async () => {
    const table = await asAdmin('keys', 'list');
    expect(table.stdout).toMatch(/^KID +ALG +STATE +CREATED +SIGNS FROM +GONE\n/);
    const { data } = parseOutput(await asAdmin('keys', 'list', '--json')) as { data: object[] };
    expect(data).toContainEqual(expect.objectContaining({ alg: 'ES256', state: 'signing' }));
  });

  test('rotate publishes a successor, and only one', async () => {
    const rotated = await asAdmin('keys', 'rotate', '--alg', 'PS256', '--json');
    expect(parseOutput(rotated)).toMatchObject({ alg: 'PS256', state: 'signing', warning: null });
    const next = await asAdmin('keys', 'rotate', '--alg', 'PS256', '--publish-ahead', '1h');
    expect(next).toMatchObject({ exitCode: 0, stderr: '' });
    expect(next.stdout).toMatch(
      /^The PS256 key \S+ is published, and signs from .* \(in 1 hour\)\.\n$/,
    );
    const again = await asAdmin('keys', 'rotate', '--alg', 'PS256');
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toContain('is already published');
  });

  test('rotate --emergency signs at once, and warns', async () => {
    const outcome = await asAdmin('keys', 'rotate', '--alg', 'RS256', '--emergency');
    expect(outcome.exitCode).toBe(0);
    expect(outcome.stdout).toMatch(/^The RS256 key \S+ signs from now on\.\n$/);
    expect(outcome.stderr).toContain('Validators that cache the JWKS refuse new access tokens');
  });

  test('rotate refuses a time too short for validators', async () => {
    const outcome = await asAdmin('keys', 'rotate', '--publish-ahead', '1m');
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('/publish_ahead_seconds');
  });
});

describe('a caller who may not', () => {
  test('is told which permission is missing', async () => {
    const weak = await admin.createClient([
      { api: `${server.issuer}/api`, scopes: ['clients:read'] },
    ]);
    const file = await folder.saveCredential(server.issuer, weak);
    const outcome = await latchkeyHere([
      'apis',
      'create',
      '--identifier',
      uniqueUri(),
      '--name',
      'X',
      '--credentials',
      file,
    ]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain('this needs the permission apis:write');
  });

  test('is told that the admin API is not granted', async () => {
    const client = await admin.createClient([]);
    const file = await folder.saveCredential(server.issuer, client);
    const outcome = await latchkeyHere(['clients', 'list', '--credentials', file]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(`Grant ${client.clientId} the API ${server.issuer}/api`);
  });

  test('is told that the server has another name', async () => {
    const other = server.issuer.replace('localhost', '127.0.0.1');
    const outcome = await latchkeyHere([
      'clients',
      'list',
      '--issuer',
      other,
      '--credentials',
      credentials,
    ]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(`the server at ${other} calls itself ${server.issuer}`);
  });
});
