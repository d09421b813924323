/** Several instances, one set of signing keys: partial unique indexes and one order of changes, not luck. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import pg from 'pg';
import {
  killServersLeft,
  newCredential,
  startServer,
  type ServerProcess,
} from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { KeyObserver } from './key-observer.ts';
import { until } from '../support/until.ts';

const instances = 3;
let servers: ServerProcess[] = [];
let observers: KeyObserver[] = [];
let databaseUrl: string;
const installation = {
  operator: newCredential(),
  keyEncryptionKey: randomBytes(32).toString('base64'),
};

beforeAll(async () => {
  databaseUrl = await createDatabase();
  const options = {
    ...installation,
    databaseUrl,
    env: { LATCHKEY_ISSUER: 'http://localhost:9999' },
  };
  servers = await Promise.all(Array.from({ length: instances }, () => startServer(options)));
  observers = servers.map((server) => new KeyObserver(server));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await killServersLeft();
});

function times<T>(count: number, act: (observer: KeyObserver) => Promise<T>): Promise<T[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const observer = observers[index % instances];
      if (!observer) throw new Error('there is no instance');
      return act(observer);
    }),
  );
}

function count<T>(values: readonly T[]): Map<T, number> {
  return new Map(values.map((value) => [value, values.filter((other) => other === value).length]));
}

async function expectSameJwks(): Promise<void> {
  await until(async () => {
    const sets = await Promise.all(observers.map((observer) => observer.fetchJwks()));
    return new Set(sets.map((set) => JSON.stringify(set))).size === 1;
  }, 'the same JWKS everywhere');
}

// A-57, F-20
test('rotating fifty times on three instances makes exactly one new key', async () => {
  const [before] = await Promise.all(observers.map((observer) => observer.statesOf('ES256')));
  const statuses = (await times(50, (each) => each.rotate({ alg: 'ES256' }))).map(
    ({ status }) => status,
  );
  expect(statuses.filter((status) => status === 201)).toEqual([201]);
  // 503: its turn did not come in time on a busy machine.
  expect(statuses.filter((status) => ![201, 409, 503].includes(status))).toEqual([]);
  expect(statuses).toContain(409);
  expect(await observers[0]?.statesOf('ES256')).toEqual(['published', ...(before ?? [])]);
  await expectSameJwks();
});

// F-20
test('emergencies on three instances follow each other: one key signs, all others retire', async () => {
  const answers = await times(9, (each) => each.rotate({ alg: 'RS256', emergency: true }));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  const states = count((await observers[0]?.statesOf('RS256')) ?? []);
  expect(states).toEqual(
    new Map([
      ['retiring', 9],
      ['signing', 1],
    ]),
  );
  await expectSameJwks();
});

test('an algorithm that three instances need at once gets one key, which all of them sign with', async () => {
  const clients = await times(6, (each) => each.createClientOf('EdDSA'));
  expect(await observers[0]?.statesOf('EdDSA')).toEqual(['signing']);
  const kids = await Promise.all(
    clients.flatMap((client) => observers.map((observer) => observer.signingKid(client))),
  );
  expect(new Set(kids).size).toBe(1);
  await expectSameJwks();
});

// F-26
test('a revoked key signs nothing more, on any instance, and leaves every JWKS', async () => {
  const [first] = observers;
  if (!first) throw new Error('there is no instance');
  const client = await first.createClientOf('PS256');
  const kid = await first.signingKid(client);
  const tokens: string[] = [];
  const revocation = new AbortController();
  const askers = observers.map(async (observer) => {
    do tokens.push(await observer.fetchToken(client));
    while (!revocation.signal.aborted);
  });
  expect(await first.revoke(kid)).toMatchObject({ status: 200 });
  revocation.abort();
  await Promise.all(askers);
  const afterwards = await Promise.all(observers.map((observer) => observer.signingKid(client)));
  expect(new Set(afterwards).size).toBe(1);
  expect(afterwards).not.toContain(kid);
  expect(new Set(tokens.map((token) => decodeProtectedHeader(token).alg))).toEqual(
    new Set(['PS256']),
  );
  await until(async () => {
    const sets = await Promise.all(observers.map((observer) => observer.kidsOf('PS256')));
    return sets.every((set) => !set.includes(kid));
  }, 'gone from every JWKS');
});

test('a revoked key stays revoked, whatever rotates at the same moment, and one key signs', async () => {
  const [first] = observers;
  if (!first) throw new Error('there is no instance');
  // Not the algorithm of the admins' own tokens, or these would die with it.
  const client = await first.createClientOf('PS256');
  const revoked: string[] = [];
  for (let round = 0; round < 8; round += 1) {
    const kid = await first.signingKid(client);
    const [, revocation] = await Promise.all([
      observers[1]?.rotate({ alg: 'PS256', emergency: true }),
      observers[2]?.revoke(kid),
    ]);
    // 409: it had just become something else, and the admin is told to look again.
    expect([200, 409]).toContain(revocation?.status);
    if (revocation?.status === 200) revoked.push(kid);
  }
  for (const kid of revoked) expect(await first.findKey(kid)).toMatchObject({ state: 'revoked' });
  const states = await first.statesOf('PS256');
  expect(states.filter((state) => state === 'signing').length).toBe(1);
});

// W-34
test('private keys are stored encrypted, and erased when nobody needs them', async () => {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const { rows } = await database.query<{ state: string; private_jwe: string | null }>(
    'SELECT state, private_jwe FROM signing_keys',
  );
  await database.end();
  expect(rows.length).toBeGreaterThan(0);
  for (const { state, private_jwe: privateJwe } of rows) {
    if (state !== 'published' && state !== 'signing') expect(privateJwe).toBeNull();
    else
      expect(decodeProtectedHeader(privateJwe ?? '')).toEqual({
        alg: 'dir',
        enc: 'A256GCM',
        kid: expect.stringMatching(/^[\w-]{12}$/),
      });
  }
});

// F-21
test('a server killed between publishing and signing goes on where it was', async () => {
  const options = { ...installation, databaseUrl: await createDatabase() };
  const first = await startServer(options);
  const observer = new KeyObserver(first);
  const { body } = await observer.rotate({ alg: 'ES256', publish_ahead_seconds: 900 });
  await first.kill();
  const second = await startServer({ ...options, port: first.port });
  const after = new KeyObserver(second);
  try {
    expect(await after.statesOf('ES256')).toEqual(['published', 'signing']);
    await second.moveClock(901_000);
    const client = second.operator;
    await until(async () => (await after.signingKid(client)) === body.kid, 'the new key signs');
    expect(await after.statesOf('ES256')).toEqual(['signing', 'retiring']);
  } finally {
    await second.stop();
  }
});
