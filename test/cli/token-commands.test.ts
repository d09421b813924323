/** `latchkey token` and `latchkey verify`: fetch one access token, and explain one. */
import { createServer } from 'node:http';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, jwtVerify, SignJWT } from 'jose';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import {
  latchkey,
  latchkeyHere,
  makeWorkingFolder,
  parseOutput,
  type WorkingFolder,
} from './latchkey-runner.ts';
import { closeServer, listen, orders, startTokenIssuer, type TokenIssuer } from './token-issuer.ts';

const server = sharedServers().postgresql;
const admin = new AdminApi(server);
let folder: WorkingFolder;
let api: { id: string; identifier: string };
let client: RegisteredClient;
let credentials: string;

beforeAll(async () => {
  folder = await makeWorkingFolder();
  api = await admin.createApi(['orders:read', 'orders:write']);
  client = await admin.createClient([
    { api: api.identifier, scopes: ['orders:read', 'orders:write'] },
  ]);
  credentials = await folder.saveCredential(server.issuer, client);
});

afterAll(() => folder.remove());

describe('token', () => {
  test('prints the token alone, and a resource server accepts it', async () => {
    const { exitCode, stdout, stderr } = await latchkeyHere([
      'token',
      '--credentials',
      credentials,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(stderr).toBe('An access token good for 1 hour, scope: orders:read orders:write\n');
    const keys = createRemoteJWKSet(new URL(`${server.issuer}/.well-known/jwks.json`));
    const options = { issuer: server.issuer, audience: api.identifier, typ: 'at+jwt' };
    await expect(jwtVerify(stdout.trim(), keys, options)).resolves.toBeDefined();
  });

  test('asks for the scopes and the API that are named, and answers in JSON', async () => {
    const outcome = await latchkeyHere([
      'token',
      '--credentials',
      credentials,
      '--json',
      '--resource',
      api.identifier,
      '--scope',
      'orders:write',
    ]);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(parseOutput(outcome)).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'orders:write',
    });
  });

  test('takes the credential from the environment, or from standard input', async () => {
    // W-42
    const environment = await latchkey(['token', '--json'], {
      env: {
        LATCHKEY_ISSUER: server.issuer,
        LATCHKEY_CLIENT_ID: client.clientId,
        LATCHKEY_CLIENT_SECRET: client.clientSecret,
      },
    });
    expect(parseOutput(environment)).toMatchObject({ expires_in: 3600 });
    const piped = await latchkey(['token', '--json', '--credentials', '-'], {
      input: await readFile(credentials, 'utf8'),
    });
    expect(parseOutput(piped)).toMatchObject({ expires_in: 3600 });
  });

  test('believes a credentials file whole, whatever the environment says', async () => {
    const outcome = await latchkey(['token', '--json', '--credentials', credentials], {
      env: {
        LATCHKEY_ISSUER: 'http://localhost:1',
        LATCHKEY_CLIENT_ID: 'somebody_else',
        LATCHKEY_CLIENT_SECRET: 'x'.repeat(40),
      },
    });
    const token = String(parseOutput(outcome)['access_token']);
    expect(decodeJwt(token).sub).toBe(client.clientId);
  });

  test('--save keeps the token in a file of the owner alone, and replaces an older token there', async () => {
    // W-42
    const file = folder.path('token.jwt');
    const save = () => latchkeyHere(['token', '--credentials', credentials, '--save', file]);
    const first = await save();
    expect(first).toMatchObject({ exitCode: 0, stdout: '' });
    expect(first.stderr).toContain(`Saved to ${file}`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const token = await readFile(file, 'utf8');
    expect((await save()).exitCode).toBe(0);
    expect(await readFile(file, 'utf8')).not.toBe(token);
  });

  test('--save replaces nothing but a token without --force', async () => {
    const file = folder.path('notes.txt');
    await writeFile(file, 'notes of mine');
    const args = ['token', '--credentials', credentials, '--save', file];
    expect(await latchkeyHere(args)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `latchkey: ${file} exists already: choose another name, or replace it with --force\n`,
    });
    expect(await readFile(file, 'utf8')).toBe('notes of mine');
    expect((await latchkeyHere([...args, '--force'])).exitCode).toBe(0);
  });

  test.each([
    {
      name: 'a scope that is not granted',
      args: ['--scope', 'orders:delete'],
      says: ['(invalid_scope)', 'Ask for scopes the client is granted'],
    },
    {
      name: 'an API that is not granted',
      args: ['--resource', 'https://nowhere.example.com'],
      says: ['(invalid_target)', 'the API https://nowhere.example.com, or use the credential'],
    },
  ])('says what to do about $name', async ({ args, says }) => {
    const outcome = await latchkeyHere(['token', '--credentials', credentials, ...args]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    for (const words of says) expect(outcome.stderr).toContain(words);
  });

  test('says what may be wrong with a credential, and never repeats the secret', async () => {
    const clientSecret = `${client.clientSecret.slice(0, -1)}#`.replace('#', 'Q');
    const file = await folder.saveCredential(server.issuer, { ...client, clientSecret });
    const outcome = await latchkeyHere(['token', '--credentials', file]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(
      `${client.clientId} may be unknown there or inactive, its secret wrong, expired or revoked. The credential came from ${file}.`,
    );
    expect(outcome.stderr).not.toContain(clientSecret);
  });

  test.each([
    { name: 'nothing', content: '' },
    { name: 'no secret', content: 'LATCHKEY_CLIENT_ID=lkc_x\n' },
    { name: 'an empty secret', content: 'LATCHKEY_CLIENT_ID=lkc_x\nLATCHKEY_CLIENT_SECRET=\n' },
  ])('refuses a credentials file with $name as wrong usage', async ({ content }) => {
    const file = folder.path('incomplete.env');
    await writeFile(file, content);
    expect(await latchkeyHere(['token', '--credentials', file])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `latchkey: ${file} holds no credential: it needs the lines LATCHKEY_CLIENT_ID=… and LATCHKEY_CLIENT_SECRET=…\n`,
    });
  });

  test('sends the credential nowhere else when it is redirected', async () => {
    const seen: string[] = [];
    const thief = createServer((req, res) => {
      seen.push(req.url ?? '');
      res.end('{}');
    });
    const target = await listen(thief);
    const redirecting = createServer((_req, res) => {
      res.writeHead(307, { Location: `${target}/oauth2/token` });
      res.end();
    });
    const issuer = await listen(redirecting);
    const outcome = await latchkeyHere(['token', '--credentials', credentials, '--issuer', issuer]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(`answers with a redirection to ${target}/oauth2/token`);
    expect(seen).toEqual([]);
    await closeServer(redirecting);
    await closeServer(thief);
  });
});

describe('verify', () => {
  let issuer: TokenIssuer;
  beforeAll(async () => {
    issuer = await startTokenIssuer();
  });
  afterAll(() => issuer.close());

  const verify = (token: string, ...args: string[]) =>
    latchkeyHere(['verify', token, '--issuer', issuer.issuer, '--audience', orders, ...args]);

  test('explains each claim of a real access token in words', async () => {
    const { stdout: token } = await latchkeyHere(['token', '--credentials', credentials]);
    const { exitCode, stdout, stderr } = await latchkeyHere(
      ['verify', '--issuer', server.issuer, '--audience', api.identifier],
      { input: token },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(
      `Valid: ${server.issuer} issued this access token, and nobody changed it.`,
    );
    const meanings = Object.fromEntries(
      stdout.split('\n').map((line) => {
        const [name = '', , meaning = ''] = line.trim().split(/ {2,}/);
        return [name, meaning];
      }),
    );
    expect(meanings).toMatchObject({
      typ: 'an access token (RFC 9068)',
      alg: 'how it is signed',
      kid: "which of the issuer's keys signed it",
      iss: 'who issued it',
      sub: 'whom it speaks for: a machine, so the client itself',
      client_id: 'the client that fetched it',
      aud: 'the API it is for; every other API must refuse it',
      iat: expect.stringMatching(/^when it was issued: \d{4}-.*Z, (in )?\d+ seconds?( ago)?$/),
      exp: expect.stringMatching(/^when it ends: .*Z, in (59 minutes|1 hour)$/),
      jti: expect.stringMatching(
        /^its own number; made at registry version \d+, with credential \d+$/,
      ),
      scope: 'what it permits: orders:read, orders:write',
      organization_id: 'the organization of the client',
    });
  });

  test('--json holds everything a program needs', async () => {
    const token = await issuer.sign();
    const outcome = await verify(token, '--json');
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(parseOutput(outcome)).toEqual({
      valid: true,
      issuer: issuer.issuer,
      audience: orders,
      header: { typ: 'at+jwt', alg: 'ES256', kid: 'test-key' },
      claims: decodeJwt(token),
      faults: [],
      not_checked: [
        'whether the client, its secret or the token was revoked since: a signature cannot say that',
      ],
    });
  });

  test.each([
    { name: 'a file', write: (token: string) => `${token}\n` },
    { name: 'a header', write: (token: string) => `Authorization: Bearer ${token}\r\n` },
    {
      name: 'a token response',
      write: (token: string) => JSON.stringify({ access_token: token, expires_in: 1 }),
    },
  ])('reads a token from $name', async ({ write }) => {
    const file = folder.path('read.jwt');
    await writeFile(file, write(await issuer.sign()));
    expect(parseOutput(await verify(file, '--json'))).toMatchObject({ valid: true });
  });

  test('reads a token from standard input as from its argument', async () => {
    const token = await issuer.sign();
    const args = ['verify', '--issuer', issuer.issuer, '--json'];
    for (const source of [[], ['-']]) {
      const outcome = await latchkeyHere([...args, ...source], { input: token });
      expect(parseOutput(outcome)).toMatchObject({ valid: true });
    }
    expect(parseOutput(await latchkeyHere([...args, token]))).toMatchObject({ valid: true });
  });

  test('says that the audience was not checked when none is named', async () => {
    const { exitCode, stdout } = await latchkeyHere([
      'verify',
      await issuer.sign(),
      '--issuer',
      issuer.issuer,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      'Not checked:\n  - whether it is for your API: name it with --audience',
    );
  });

  const past = Math.floor(Date.now() / 1000) - 7200;
  const replacePart = (token: string, place: number, part: string) =>
    token
      .split('.')
      .map((original, index) => (index === place ? part : original))
      .join('.');
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  test.each<{
    name: string;
    make: () => Promise<string>;
    code: string;
    says: string[];
  }>([
    {
      name: 'changed claims',
      make: async () => {
        const token = await issuer.sign();
        return replacePart(token, 1, encode({ ...decodeJwt(token), scope: 'everything' }));
      },
      code: 'bad_signature',
      says: ['The signature does not match', 'was changed after it was issued, or not copied'],
    },
    {
      name: 'a signature that lost its end',
      make: async () => (await issuer.sign()).slice(0, -4),
      code: 'bad_signature',
      says: ['The signature does not match'],
    },
    {
      name: 'an end in the past',
      make: () => issuer.sign({ iat: past - 3600, exp: past }),
      code: 'expired',
      says: ['It expired 2 hours ago.', 'Fetch a new one'],
    },
    {
      name: 'another audience',
      make: () => issuer.sign({ aud: 'https://billing.example.com' }),
      code: 'wrong_audience',
      says: [
        `It is for https://billing.example.com, not for ${orders}.`,
        `latchkey token --resource ${orders}`,
      ],
    },
    {
      name: 'another issuer',
      make: () => issuer.sign({ iss: 'https://elsewhere.example.com' }),
      code: 'wrong_issuer',
      says: [
        'It says it was issued by https://elsewhere.example.com, not by http://127.0.0.1:',
        '--issuer https://elsewhere.example.com',
      ],
    },
    {
      name: 'a key the issuer does not publish',
      make: () => issuer.sign({}, { kid: 'stranger' }),
      code: 'unknown_key',
      says: ['It names the key "stranger" with ES256, which the issuer does not publish.'],
    },
    {
      name: 'no signature at all',
      make: async () => {
        const token = await issuer.sign();
        return replacePart(replacePart(token, 0, encode({ typ: 'at+jwt', alg: 'none' })), 2, '');
      },
      code: 'unacceptable_algorithm',
      says: ['Its algorithm (alg) is "none"', 'Do not accept it'],
    },
    {
      name: 'a signature by a shared secret',
      make: async () =>
        new SignJWT(decodeJwt(await issuer.sign()))
          .setProtectedHeader({ typ: 'at+jwt', alg: 'HS256', kid: 'test-key' })
          .sign(Buffer.alloc(32)),
      code: 'unacceptable_algorithm',
      says: ['Its algorithm (alg) is "HS256"'],
    },
    {
      name: 'another purpose',
      make: () => issuer.sign({}, { typ: 'logout+jwt' }),
      code: 'wrong_type',
      says: ['Its type (typ) is "logout+jwt"', 'made for another purpose'],
    },
    {
      name: 'a beginning in the future',
      make: () => issuer.sign({ iat: Math.floor(Date.now() / 1000) + 7230 }),
      code: 'not_yet_valid',
      says: ['It begins in 2 hours.', 'Compare the clocks'],
    },
    {
      name: 'claims that lack what every access token has',
      make: () => issuer.sign({ client_id: undefined, jti: undefined }),
      code: 'missing_claim',
      says: ['It lacks client_id, jti, which every access token has'],
    },
    {
      name: 'an end that is not a number',
      make: () => issuer.sign({ exp: 'never' }),
      code: 'malformed_claim',
      says: ['These claims are not of the type they must be: exp.'],
    },
    {
      name: 'words that are no token',
      make: async () => 'this is not a token',
      code: 'malformed',
      says: ['This is not a JSON Web Token', 'joined by two dots'],
    },
  ])('explains $name, and exits with 1', async ({ make, code, says }) => {
    const token = await make();
    const file = folder.path('faulty.jwt');
    await writeFile(file, token);
    const outcome = await verify(file);
    expect(outcome).toMatchObject({ exitCode: 1, stderr: '' });
    expect(outcome.stdout).toMatch(/^Not valid, for one reason:\n/);
    for (const words of says) expect(outcome.stdout).toContain(words);
    const json = await verify(file, '--json');
    expect(json.exitCode).toBe(1);
    expect(parseOutput(json)).toMatchObject({ valid: false, faults: [{ code }] });
  });

  test('tells every fault at once', async () => {
    const token = await issuer.sign({ exp: past, aud: 'https://billing.example.com' });
    const outcome = await verify(token, '--json');
    expect(parseOutput(outcome)).toMatchObject({
      faults: [{ code: 'wrong_audience' }, { code: 'expired' }],
    });
    expect((await verify(token)).stdout).toContain('Not valid, for 2 reasons:');
  });

  test('a token of a tampering client of the real server is refused as well', async () => {
    const { stdout: token } = await latchkeyHere(['token', '--credentials', credentials]);
    const claims = { ...decodeJwt(token.trim()), scope: 'orders:delete' };
    const outcome = await latchkeyHere([
      'verify',
      replacePart(token.trim(), 1, encode(claims)),
      '--json',
      '--issuer',
      server.issuer,
      '--audience',
      api.identifier,
    ]);
    expect(outcome.exitCode).toBe(1);
    expect(parseOutput(outcome)).toMatchObject({ faults: [{ code: 'bad_signature' }] });
  });

  test('a file that is not there is wrong usage', async () => {
    const outcome = await verify(folder.path('absent.jwt'));
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain('cannot be read');
  });

  test('waits for no input on a terminal', async () => {
    const outcome = await latchkeyHere(['verify', '--issuer', issuer.issuer], { isTerminal: true });
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain('no token to check');
  });
});
