/** A secret exists in one HTTP response and nowhere else (S8): canaries, sought wherever they could be left. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { KeyEncryption } from '../../src/signing-key/key-encryption.ts';
import { HttpConnections, type HttpAnswer, type HttpRequest } from '../support/http-connections.ts';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';

interface Canaries {
  /** What must be found nowhere, in every form it was sent or made in. */
  secrets: Record<string, string>;
  /** What must be found, or the search is worth nothing. */
  control: string;
}

const canaryApi = 'https://canary.example.com';
const connectionsMax = 20;
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const json = { 'content-type': 'application/json' };

function basic(clientId: string, clientSecret: string): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
}

/** A secret nobody has, to be refused in every way there is. */
const wrongSecret = () => `wrong${randomBytes(20).toString('hex')}`;

/** One installation, the secrets that passed through it, and every refusal it gave. */
class Suspect {
  readonly server: ServerProcess;
  readonly refusals: HttpAnswer[] = [];
  readonly canaries: Canaries = { secrets: {}, control: '' };
  readonly #connections: HttpConnections;
  #adminToken = '';

  constructor(server: ServerProcess) {
    this.server = server;
    this.#connections = new HttpConnections(server.port, connectionsMax);
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#connections.send({ method: 'POST', ...request });
    if (answer.status >= 400) this.refusals.push(answer);
    return answer;
  }

  async admin(path: string, body?: object, method = 'POST'): Promise<HttpAnswer> {
    return this.send({
      path: `/api/v1${path}`,
      method,
      headers: { ...json, authorization: `Bearer ${this.#adminToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async token(parameters: Record<string, string>, headers: Record<string, string> = {}) {
    return this.send({
      path: '/oauth2/token',
      headers: { ...form, ...headers },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...parameters,
      }).toString(),
    });
  }

  /** Registers a client, and uses its secret in every way that works and every way that does not. */
  async useSecrets(): Promise<{ clientId: string; clientSecret: string }> {
    const { operator, issuer } = this.server;
    const operatorToken = await this.token(
      { resource: `${issuer}/api` },
      { authorization: basic(operator.clientId, operator.clientSecret) },
    );
    this.#adminToken = tokenOf(operatorToken);
    await this.admin('/apis', {
      identifier: canaryApi,
      name: 'Canary',
      scopes: [{ value: 'sing' }],
    });
    const registration = {
      name: 'Canary',
      grants: [{ api: canaryApi, scopes: ['sing'] }],
    };
    const registered = await this.register(registration);
    const { client_id: clientId, client_secret: clientSecret } = registered;
    const second = await this.admin(`/clients/${registered.id}/secrets`, {});
    const secondSecret = (JSON.parse(second.body) as { client_secret: string }).client_secret;

    const byBasic = await this.token({}, { authorization: basic(clientId, clientSecret) });
    const inBody = await this.token({ client_id: clientId, client_secret: secondSecret });
    // At once, so that the pool opens connections while requests with secrets are under way.
    await Promise.all(
      Array.from({ length: connectionsMax }, () =>
        this.token({ client_id: clientId, client_secret: clientSecret }),
      ),
    );
    const wrong = wrongSecret();
    await this.refuse(clientId, wrong);
    await this.refuse(clientId, clientSecret);
    Object.assign(this.canaries.secrets, {
      clientSecret,
      secondSecret,
      wrong,
      basicHeader: basic(clientId, clientSecret).slice('Basic '.length),
      adminToken: signatureOf(this.#adminToken),
      tokenByBasic: signatureOf(tokenOf(byBasic)),
      tokenInBody: signatureOf(tokenOf(inBody)),
    });
    return { clientId, clientSecret };
  }

  /** Under an Idempotency-Key, and asks again with the same. */
  async register(
    registration: object,
  ): Promise<{ id: string; client_id: string; client_secret: string }> {
    const request = {
      path: '/api/v1/clients',
      headers: {
        ...json,
        authorization: `Bearer ${this.#adminToken}`,
        'idempotency-key': randomBytes(8).toString('hex'),
      },
      body: JSON.stringify(registration),
    };
    const first = await this.send(request);
    const replayed = await this.send(request);
    expect([first.status, replayed.status]).toEqual([201, 200]);
    const registered = JSON.parse(first.body) as Awaited<ReturnType<Suspect['register']>>;
    expect(JSON.parse(replayed.body)).toMatchObject({ id: registered.id, client_secret: null });
    return registered;
  }

  /** Requests that are refused, each with the secret in one place or another. */
  async refuse(clientId: string, secret: string): Promise<void> {
    const authorization = basic(clientId, secret);
    const body = `grant_type=client_credentials&client_id=${clientId}&client_secret=${secret}`;
    const token = { path: '/oauth2/token', headers: form };
    for (const request of [
      { ...token, body: body.replace('client_credentials', 'password') },
      { ...token, body: `${body}&client_secret=${secret}` },
      { ...token, body: `${body}&scope=${secret}` },
      { ...token, body: `${body}&resource=https://${secret}.example.com/` },
      { ...token, body: `${body}%00` },
      { ...token, body: `${body}%zz` },
      {
        ...token,
        body: `grant_type=client_credentials&client_id=${secret}&client_secret=${secret}`,
      },
      { ...token, body, headers: { ...form, authorization } },
      { ...token, body, headers: json },
      { ...token, body: `${body}&padding=${'x'.repeat(20_000)}` },
      { ...token, body, path: `/oauth2/token?client_id=${clientId}&client_secret=${secret}` },
      { ...token, body: '', headers: { ...form, authorization: `Basic ${secret}` } },
      { ...token, body: '', headers: { ...form, authorization: `Bearer ${secret}` } },
      { ...token, body, path: `/oauth2/token/${secret}` },
      { path: `/api/v1/clients/${secret}`, method: 'GET', headers: { authorization } },
      { path: `/api/v1/clients?q=${secret}`, method: 'GET', headers: { 'x-secret': secret } },
      { path: '/api/v1/clients', headers: json, body: JSON.stringify({ client_secret: secret }) },
    ]) {
      expect((await this.send(request)).status).toBeGreaterThanOrEqual(400);
    }
    for (const refused of [
      await this.admin(`/clients/${secret}`, undefined, 'GET'),
      await this.admin(`/clients?cursor=${secret}`, undefined, 'GET'),
      await this.admin('/clients', { name: 'Canary', grants: [], client_secret: secret }),
      await this.admin('/clients', { name: 'Canary', grants: [{ api: secret, scopes: [] }] }),
      await this.send({
        path: '/api/v1/clients',
        headers: { ...json, authorization: `Bearer ${this.#adminToken}` },
        body: `{"name": "${secret}`,
      }),
    ]) {
      expect(refused.status).toBeGreaterThanOrEqual(400);
    }
  }

  /** Ends its connections, and lets other requests take over the buffers that theirs were in. */
  async leave(): Promise<void> {
    this.#connections.close();
    const others = new HttpConnections(this.server.port, connectionsMax);
    for (let request = 0; request < 30; request += 1) {
      await others.send({ path: '/health/ready', headers: { 'x-filler': 'y'.repeat(300) } });
      await others.send({
        path: '/oauth2/token',
        method: 'POST',
        headers: { ...form, authorization: basic('nobody', 'z'.repeat(60)) },
        body: 'grant_type=client_credentials',
      });
    }
    others.close();
  }
}

function tokenOf(answer: HttpAnswer): string {
  expect(answer.status).toBe(200);
  return (JSON.parse(answer.body) as { access_token: string }).access_token;
}

/** The part of a token that nobody else can make. */
function signatureOf(token: string): string {
  return token.split('.')[2] ?? '';
}

/** The names of the canaries that `haystack` holds. */
function findIn(haystack: string | Buffer, { secrets }: Canaries): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    haystack.includes(secret) ? [name] : [],
  );
}

interface Search {
  found: string[];
  control: boolean;
}

async function findInFile(file: string, canaries: Canaries): Promise<Search> {
  const content = await readFile(file);
  return { found: findIn(content, canaries), control: content.includes(canaries.control) };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function findInHeap(suspect: Suspect): Promise<Search> {
  const file = join(folder, `${suspect.server.port}.heapsnapshot`);
  await suspect.server.writeHeapSnapshot(file);
  return findInFile(file, suspect.canaries);
}

// Long strings would otherwise be cut in a snapshot, and a canary in one overlooked.
const nodeFlags = ['--heap-snapshot-string-limit=1000000'];
const env = { LATCHKEY_LOG_LEVEL: 'trace' };

describe('on PostgreSQL', () => {
  let suspect: Suspect;
  let database: pg.Client;

  beforeAll(async () => {
    const databaseUrl = await createDatabase();
    const keyEncryptionKey = randomBytes(32).toString('base64');
    suspect = new Suspect(await startServer({ databaseUrl, keyEncryptionKey, nodeFlags, env }));
    database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    await suspect.useSecrets();
    // W-41: failures of ours, with the secret in hand: of a client that is not remembered yet.
    const registration = { name: 'Forgotten', grants: [{ api: canaryApi, scopes: ['sing'] }] };
    const { client_id: clientId, client_secret: clientSecret } =
      await suspect.register(registration);
    suspect.canaries.secrets['forgottenSecret'] = clientSecret;
    await database.query('ALTER TABLE grant_scopes RENAME TO elsewhere');
    const failed = await suspect.token({ client_id: clientId, client_secret: clientSecret });
    expect(failed).toMatchObject({ status: 500, body: expect.stringContaining('server_error') });
    await database.query('ALTER TABLE elsewhere RENAME TO grant_scopes');
    const { rows } = await database.query<{ kid: string; private_jwe: string }>(
      'SELECT kid, private_jwe FROM signing_keys',
    );
    const encryption = new KeyEncryption(keyEncryptionKey);
    for (const { kid, private_jwe: privateJwe } of rows) {
      suspect.canaries.secrets[`private key ${kid}`] = String(
        (await encryption.open(privateJwe)).d,
      );
      suspect.canaries.control = kid;
    }
    await suspect.leave();
  });
  afterAll(async () => {
    await database.end();
    await killServersLeft();
  });

  // W-41
  test('no refusal and no failure repeats a secret', () => {
    expect(suspect.refusals.length).toBeGreaterThan(40);
    for (const { body, headers } of suspect.refusals) {
      expect(findIn(body + JSON.stringify(headers), suspect.canaries)).toEqual([]);
    }
  });

  // W-39
  test('no log line of any level holds one', () => {
    const log = suspect.server.output();
    expect(log).toContain('"status":500');
    expect(log).toContain('"status":401');
    expect(findIn(log, suspect.canaries)).toEqual([]);
  });

  // W-31, F-65
  test('no table holds one, audit events and idempotency keys included', async () => {
    const { rows: tables } = await database.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    let dump = '';
    for (const { name } of tables) {
      const { rows } = await database.query<{ line: string }>(
        `SELECT t::text AS line FROM ${name} t`,
      );
      dump += rows.map(({ line }) => line).join('\n');
    }
    expect(dump).toContain(suspect.canaries.control);
    expect(findIn(dump, suspect.canaries)).toEqual([]);
  });

  test('no heap snapshot after collection holds one', async () => {
    expect(await findInHeap(suspect)).toEqual({ found: [], control: true });
  });
});

describe('on the embedded database', () => {
  let suspect: Suspect;

  beforeAll(async () => {
    suspect = new Suspect(await startServer({ nodeFlags, env }));
    await suspect.useSecrets();
    const jwks = await suspect.send({ path: '/.well-known/jwks.json', method: 'GET' });
    const { keys } = JSON.parse(jwks.body) as { keys: { kid: string }[] };
    suspect.canaries.control = String(keys[0]?.kid);
    await suspect.leave();
  });
  afterAll(killServersLeft);

  // W-31, F-65
  test('no file in the data directory holds one, the write-ahead log included', async () => {
    const { dataDir } = suspect.server;
    const files = await readdir(dataDir, { recursive: true, withFileTypes: true });
    let control = false;
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath, file.name);
      const search = await findInFile(path, suspect.canaries);
      expect({ path, found: search.found }).toEqual({ path, found: [] });
      control ||= search.control;
    }
    expect(control).toBe(true);
    expect(findIn(suspect.server.output(), suspect.canaries)).toEqual([]);
  });

  test('no heap snapshot after collection holds one', async () => {
    expect(await findInHeap(suspect)).toEqual({ found: [], control: true });
  });
});
