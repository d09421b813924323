/** What is counted in memory, and what becomes of it in the database. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { StoreUnavailable } from '../../src/model/store-unavailable.ts';
import { UseLedger } from '../../src/usage/use-ledger.ts';
import type { TokenClient } from '../../src/model/token-client.ts';
import { newClient } from '../access-token/token-fixtures.ts';
import {
  countingInstances,
  scopes,
  type Counted,
  type CountingInstance,
} from './counting-instance.ts';

const daySeconds = 86_400;
const noon = Date.UTC(2026, 10, 23, 12) / 1000;
const at = (seconds: number) => new Date(seconds * 1000);

describe.each(countingInstances)('counting (%s)', (_name, open) => {
  let instance: CountingInstance;
  let ledger: UseLedger;
  beforeAll(async () => {
    instance = await open();
    ({ ledger } = instance);
  });
  afterAll(() => instance.close());

  /** A client that nobody has to wait for. */
  async function addWarmClient(): Promise<Counted> {
    const counted = await instance.addClient();
    counted.client.storedUseAt = noon - 60;
    return counted;
  }

  const readUse = async ({ client }: Counted) =>
    (
      await instance.query<{ lastUsedAt: Date | null }>(
        'SELECT last_used_at AS "lastUsedAt" FROM clients WHERE id = $1',
        [client.id],
      )
    )[0]?.lastUsedAt;

  const readSecretUse = (secretId: string) =>
    instance.query(
      `SELECT last_used_at AS "lastUsedAt", last_used_address AS address FROM client_secrets WHERE id = $1`,
      [secretId],
    );

  const readTokens = ({ client }: Counted) =>
    instance.query<{ day: string; scope: string; tokens: number }>(
      `SELECT day::text, scope, tokens::integer FROM token_usage WHERE client_record_id = $1
        ORDER BY day, scope`,
      [client.id],
    );

  const readAddresses = ({ client }: Counted) =>
    instance.query<{ secret: string; address: string; uses: number; first: Date; last: Date }>(
      `SELECT client_secret_id AS secret, address, uses::integer, first_used_at AS first, last_used_at AS last
         FROM client_secret_uses WHERE client_record_id = $1 ORDER BY last_used_at DESC`,
      [client.id],
    );

  test('stores the last use of the client, and of the secret with its address', async () => {
    const counted = await addWarmClient();
    const { client, secret } = counted;
    const other = await instance.addSecret(client.id);
    for (const [address, nowSeconds] of [
      ['10.0.0.1', noon],
      ['10.0.0.2', noon + 2.5],
      ['10.0.0.1', noon + 1],
    ] as const) {
      expect(ledger.noteUse({ client, secret, address, nowSeconds })).toBeUndefined();
    }
    expect(await readUse(counted)).toBeNull();
    await instance.flushAll();
    expect(await readUse(counted)).toEqual(at(noon + 2.5));
    expect(await readSecretUse(secret.id)).toEqual([
      { lastUsedAt: at(noon + 2.5), address: '10.0.0.2' },
    ]);
    expect(await readSecretUse(other.id)).toEqual([{ lastUsedAt: null, address: null }]);
    expect(await readAddresses(counted)).toEqual([
      {
        secret: secret.id,
        address: '10.0.0.2',
        uses: 1,
        first: at(noon + 2.5),
        last: at(noon + 2.5),
      },
      { secret: secret.id, address: '10.0.0.1', uses: 2, first: at(noon), last: at(noon + 1) },
    ]);
    // The client stays warm without being read again.
    expect(client.storedUseAt).toBe(noon + 2.5);
  });

  test('a last use never becomes older, whoever comes late', async () => {
    const counted = await addWarmClient();
    const { client, secret } = counted;
    const { ledger: late, flush: lateFlush } = instance.count();
    void late.noteUse({ client, secret, address: '10.0.0.1', nowSeconds: noon });
    void ledger.noteUse({ client, secret, address: '10.0.0.2', nowSeconds: noon + 100 });
    await instance.flushAll();
    await lateFlush.close();
    expect(await readUse(counted)).toEqual(at(noon + 100));
    expect(await readSecretUse(secret.id)).toEqual([
      { lastUsedAt: at(noon + 100), address: '10.0.0.2' },
    ]);
    expect(client.storedUseAt).toBe(noon + 100);
    const cold = await instance.read(client.id);
    cold.client.storedUseAt = null;
    await ledger.noteUse({ ...cold, address: '10.0.0.3', nowSeconds: noon + 50 });
    expect(await readUse(counted)).toEqual(at(noon + 100));
  });

  test('counts tokens by day, API and scope, each once whatever its scopes', async () => {
    const counted = await addWarmClient();
    const { client, grant } = counted;
    ledger.noteToken(client, grant, grant.scopes, noon);
    ledger.noteToken(client, grant, ['orders:write'], noon);
    ledger.noteToken(client, grant, ['orders:read', 'orders:delete'], noon);
    // In another order than the API's, and from another reading of the same client.
    const again = await instance.read(client.id);
    ledger.noteToken(again.client, again.grant, ['orders:delete', 'orders:read'], noon);
    ledger.noteToken(again.client, again.grant, again.grant.scopes, noon + daySeconds);
    await instance.flushAll();
    expect(await readTokens(counted)).toEqual([
      { day: '2026-11-23', scope: '', tokens: 4 },
      { day: '2026-11-23', scope: 'orders:delete', tokens: 3 },
      { day: '2026-11-23', scope: 'orders:read', tokens: 3 },
      { day: '2026-11-23', scope: 'orders:write', tokens: 2 },
      { day: '2026-11-24', scope: '', tokens: 1 },
      { day: '2026-11-24', scope: 'orders:delete', tokens: 1 },
      { day: '2026-11-24', scope: 'orders:read', tokens: 1 },
      { day: '2026-11-24', scope: 'orders:write', tokens: 1 },
    ]);
    // A token alone is a use too: a one-off token needs no authentication of the client.
    expect(await readUse(counted)).toEqual(at(noon + daySeconds));
  });

  test('what is granted may change between two tokens of one flush', async () => {
    const counted = await addWarmClient();
    const { client, grant } = counted;
    ledger.noteToken(client, grant, grant.scopes, noon);
    const narrowed = { ...grant, scopes: ['orders:read'] };
    ledger.noteToken(client, narrowed, narrowed.scopes, noon);
    await instance.flushAll();
    expect(await readTokens(counted)).toEqual([
      { day: '2026-11-23', scope: '', tokens: 2 },
      { day: '2026-11-23', scope: 'orders:delete', tokens: 1 },
      { day: '2026-11-23', scope: 'orders:read', tokens: 2 },
      { day: '2026-11-23', scope: 'orders:write', tokens: 1 },
    ]);
  });

  test('keeps the 100 addresses used last, in memory and stored, and the last use of every secret', async () => {
    const counted = await addWarmClient();
    const { client, secret } = counted;
    const older = await instance.addSecret(client.id);
    const olderSecret = { ...secret, id: older.id };
    void ledger.noteUse({ client, secret: olderSecret, address: 'first', nowSeconds: noon });
    for (let n = 1; n <= 150; n += 1) {
      void ledger.noteUse({ client, secret, address: `10.0.0.${n}`, nowSeconds: noon + n });
      // Used again and again, so never the oldest.
      void ledger.noteUse({ client, secret, address: 'busy', nowSeconds: noon + n });
    }
    await instance.flushAll();
    const known = await readAddresses(counted);
    expect(known).toHaveLength(100);
    expect(known.find(({ address }) => address === 'busy')?.uses).toBe(150);
    expect(known.map(({ address }) => address)).toContain('10.0.0.53');
    expect(known.map(({ address }) => address)).not.toContain('10.0.0.52');
    expect(await readSecretUse(older.id)).toEqual([{ lastUsedAt: at(noon), address: 'first' }]);

    for (let n = 151; n <= 200; n += 1) {
      void ledger.noteUse({ client, secret, address: `10.0.0.${n}`, nowSeconds: noon + n });
    }
    await instance.flushAll();
    const later = await readAddresses(counted);
    expect(later).toHaveLength(100);
    expect(later.map(({ address }) => address)).toContain('10.0.0.102');
    expect(later.map(({ address }) => address)).not.toContain('10.0.0.101');
  });

  test('an address as long as a header is cut, and stored', async () => {
    const counted = await addWarmClient();
    const { client, secret } = counted;
    const address = `fe80::1%${'x'.repeat(10_000)}`;
    void ledger.noteUse({ client, secret, address, nowSeconds: noon });
    void ledger.noteUse({ client, secret, address, nowSeconds: noon });
    await instance.flushAll();
    expect(await readAddresses(counted)).toMatchObject([
      { address: address.slice(0, 64), uses: 2 },
    ]);
  });

  test('a use is stored before anybody is answered when none is stored, or only one of yesterday', async () => {
    const counted = await instance.addClient();
    const { client, secret } = counted;
    expect(client.storedUseAt).toBeNull();
    const use = { client, secret, address: '10.0.0.1', nowSeconds: noon };
    // Once for all that come together, from another reading of the client too.
    const twin = await instance.read(client.id);
    const stored = ledger.noteUse(use);
    const again = ledger.noteUse({ ...use, ...twin });
    expect(again).toBe(stored);
    await stored;
    expect(await readUse(counted)).toEqual(at(noon));
    expect([client.storedUseAt, twin.client.storedUseAt]).toEqual([noon, noon]);
    expect(ledger.noteUse({ ...use, nowSeconds: noon + daySeconds - 1 })).toBeUndefined();

    await ledger.noteUse({ ...use, nowSeconds: noon + daySeconds });
    expect(await readUse(counted)).toEqual(at(noon + daySeconds));
    expect(ledger.noteUse({ ...use, nowSeconds: noon + daySeconds + 1 })).toBeUndefined();
  });

  test('many first uses at once are all stored', async () => {
    const all = await Promise.all(Array.from({ length: 30 }, () => instance.addClient()));
    await Promise.all(
      all.map(async (counted) => {
        await ledger.noteUse({ ...counted, address: 'x', nowSeconds: noon });
      }),
    );
    for (const counted of all) expect(await readUse(counted)).toEqual(at(noon));
  });

  test('a use that cannot be stored fails the request that waits for it', async () => {
    const unavailable = new StoreUnavailable(new Error('away'));
    const away = new UseLedger({
      store: { storeUses: () => Promise.reject(unavailable) },
      flushMillis: 1,
    });
    const counted = await instance.addClient();
    const use = { ...counted, address: 'x', nowSeconds: noon };
    await expect(away.noteUse(use)).rejects.toBe(unavailable);
    // And the next one asks again.
    await expect(away.noteUse(use)).rejects.toBe(unavailable);
    expect(counted.client.storedUseAt).toBeNull();
  });

  test('two instances add up what they counted of the same client', async () => {
    const counted = await addWarmClient();
    const { client, secret, grant } = counted;
    const others = [1, 2, 3].map(() => instance.count());
    for (const other of others) {
      for (let n = 0; n < 50; n += 1) {
        void other.ledger.noteUse({ client, secret, address: '10.0.0.1', nowSeconds: noon + n });
        other.ledger.noteToken(client, grant, grant.scopes, noon + n);
      }
    }
    await Promise.all(others.map(({ flush }) => flush.close()));
    expect(await readTokens(counted)).toEqual(
      ['', ...scopes.toSorted()].map((scope) => ({ day: '2026-11-23', scope, tokens: 150 })),
    );
    expect(await readAddresses(counted)).toMatchObject([
      { uses: 150, first: at(noon), last: at(noon + 49) },
    ]);
  });

  test('counts once what was written without our hearing of it', async () => {
    const counted = await addWarmClient();
    const { client, grant } = counted;
    let answersLost = 2;
    const deaf = {
      kind: instance.store.kind,
      storeUses: () => Promise.resolve(),
      count: async (...call: Parameters<typeof instance.store.count>) => {
        await instance.store.count(...call);
        answersLost -= 1;
        if (answersLost >= 0) throw new StoreUnavailable(new Error('the answer was lost'));
      },
      endCounting: () => Promise.resolve(),
    };
    // The members that a flush at the end uses.
    const { ledger: other, flush } = instance.count(1, deaf as unknown as typeof instance.store);
    other.noteToken(client, grant, ['orders:read'], noon);
    await flush.close();
    expect(answersLost).toBe(-1);
    expect(await readTokens(counted)).toEqual([
      { day: '2026-11-23', scope: '', tokens: 1 },
      { day: '2026-11-23', scope: 'orders:read', tokens: 1 },
    ]);
  });

  test('an unlisted introspection is one notice for each client, API and day, from all instances', async () => {
    const owner = await instance.addOrganization();
    const api = await instance.addApi(owner);
    const { client } = await instance.addClient();
    const readNotices = async () =>
      instance.query(
        `SELECT count::integer, first_occurred_at AS first, last_occurred_at AS last, read_at AS read
           FROM notices WHERE organization_id = $1 ORDER BY first_occurred_at`,
        [owner],
      );
    const ask = (nowSeconds: number) =>
      ledger.noteUnlistedIntrospection(client, api.identifier, nowSeconds);
    ask(noon);
    ask(noon + 5);
    ask(noon + daySeconds);
    ledger.noteUnlistedIntrospection(client, 'https://nobody.example.com', noon);
    await instance.flush.flushNotices();
    await instance.query('UPDATE notices SET read_at = $1', [at(noon + 6)]);
    ask(noon + 10);
    await instance.flush.flushNotices();
    expect(await readNotices()).toEqual([
      { count: 3, first: at(noon), last: at(noon + 10), read: at(noon + 6) },
      { count: 1, first: at(noon + daySeconds), last: at(noon + daySeconds), read: at(noon + 6) },
    ]);
  });

  test('what refers to records that are not there any more hinders nobody', async () => {
    const counted = await addWarmClient();
    const { client, secret, grant } = counted;
    const gone: TokenClient = { ...client, id: 'client_0000000000000000000000' };
    const goneSecret = { ...secret, id: 'secret_0000000000000000000000' };
    void ledger.noteUse({ client: gone, secret: goneSecret, address: 'x', nowSeconds: noon });
    ledger.noteToken(gone, grant, grant.scopes, noon);
    ledger.noteToken(client, { ...grant, apiId: 'api_0000000000000000000000' }, [], noon);
    ledger.noteToken(client, grant, [], noon);
    await instance.flushAll();
    expect(await readTokens(counted)).toEqual([{ day: '2026-11-23', scope: '', tokens: 1 }]);
  });

  test('removes addresses that were not used for 90 days, and receipts of yesterday', async () => {
    const counted = await addWarmClient();
    const { client, secret } = counted;
    const now = noon + 200 * daySeconds;
    for (const [address, days] of [
      ['gone', 91],
      ['kept', 89],
    ] as const) {
      void ledger.noteUse({ client, secret, address, nowSeconds: now - days * daySeconds });
    }
    await instance.flushAll();
    expect(await instance.store.purgeUse(at(now))).toBe(false);
    expect((await readAddresses(counted)).map(({ address }) => address)).toEqual(['kept']);
    expect(await instance.query('SELECT FROM usage_receipts')).toEqual([]);
    expect(await readTokens(counted)).toEqual([]);
  });

  test('nothing of all this was lost on the way', () => {
    expect(instance.losses).toEqual([]);
  });
});

describe('the ledger', () => {
  const client = (id: string) => newClient({ id, clientId: id, storedUseAt: noon });
  const secret = { id: 'secret', serial: 1n, secretDigest: Buffer.alloc(32), endsAt: null };
  const store = { storeUses: () => Promise.resolve() };

  test('gives a client out a minute after its first use, and not again before another minute', () => {
    const ledger = new UseLedger({ store, flushMillis: 60_000 });
    const use = { client: client('a'), secret, address: 'x', nowSeconds: noon };
    const began = performance.now();
    void ledger.noteUse(use);
    expect(ledger.takeDue(began + 59_000, 10)).toEqual([]);
    void ledger.noteUse(use);
    expect(ledger.takeDue(began + 61_000, 10)).toHaveLength(1);
    expect(ledger.size).toBe(0);
    void ledger.noteUse(use);
    expect(ledger.takeDue(performance.now() + 59_000, 10)).toEqual([]);
  });

  test('is bounded: the clients that are too many are not counted, and said to be', () => {
    const ledger = new UseLedger({ store, flushMillis: 60_000 });
    const grant = { apiId: 'api', scopes } as unknown as Counted['grant'];
    for (let n = 0; n < 200_010; n += 1) ledger.noteToken(client(`c${n}`), grant, scopes, noon);
    expect(ledger.size).toBe(200_000);
    expect(ledger.takeUncounted()).toBe(10);
    expect(ledger.takeUncounted()).toBe(0);
    // Far too many are flushed before their time.
    expect(ledger.takeDue(performance.now(), 500)).toHaveLength(500);
  });

  // P1
  test('a token costs a few microseconds at most, and no promise', () => {
    const ledger = new UseLedger({ store, flushMillis: 60_000 });
    const clients = Array.from({ length: 10_000 }, (_, n) => client(`client_${n}`));
    const grant = { apiId: 'api', scopes } as unknown as Counted['grant'];
    const some = scopes.slice(0, 2);
    const count = (tokens: number) => {
      for (let n = 0; n < tokens; n += 1) {
        const one = clients[(n * 7919) % clients.length];
        if (one === undefined) continue;
        if (ledger.noteUse({ client: one, secret, address: '10.0.0.1', nowSeconds: noon }))
          throw new Error('nobody should wait');
        ledger.noteToken(one, grant, n % 2 === 0 ? some : scopes, noon);
      }
    };
    count(50_000);
    const began = performance.now();
    const tokens = 200_000;
    count(tokens);
    const micros = ((performance.now() - began) * 1000) / tokens;
    expect(micros).toBeLessThan(10);
  });
});
