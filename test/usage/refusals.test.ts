/** Refusals on their way from the token road to the admin: why, bounded, and the newest. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClientRefusal } from '../../src/model/client-use.ts';
import { RefusalLog } from '../../src/usage/refusal-log.ts';
import { countingInstances, type Counted, type CountingInstance } from './counting-instance.ts';

const noon = Date.UTC(2026, 10, 23, 12) / 1000;
const at = (seconds: number) => new Date(seconds * 1000);
const newestFirst = { limit: 200, cursor: null, sort: '-occurred_at' };

describe.each(countingInstances)('refusals (%s)', (_name, open) => {
  let instance: CountingInstance;
  beforeAll(async () => {
    instance = await open();
  });
  afterAll(() => instance.close());

  function refuse({ client }: Counted, refusal: Partial<ClientRefusal>): void {
    instance.ledger.noteRefusal({
      client,
      reason: 'invalid_secret',
      presentedDigest: randomBytes(32),
      address: '10.0.0.1',
      requestId: 'a request',
      nowSeconds: noon,
      ...refusal,
    });
  }

  async function readFailures({ client }: Counted) {
    await instance.flush.flushFailuresOf(client.id);
    const { data } = await instance.store.read(({ clientFailures }) =>
      clientFailures.list(client.id, newestFirst),
    );
    return data;
  }

  const endings: [string, { expiresAt?: Date; retiresAt?: Date; revokedAt?: Date }][] = [
    ['secret_expired', { expiresAt: at(noon - 1) }],
    ['secret_expired', { expiresAt: at(noon - 1), retiresAt: at(noon + 1) }],
    ['secret_expired', { expiresAt: at(noon - 2), retiresAt: at(noon - 1) }],
    ['secret_retired', { retiresAt: at(noon) }],
    ['secret_retired', { expiresAt: at(noon - 1), retiresAt: at(noon - 2) }],
    ['secret_revoked', { revokedAt: at(noon - 1) }],
    ['secret_revoked', { revokedAt: at(noon - 1), expiresAt: at(noon - 2) }],
  ];
  test.each(endings)('%s: a secret that ended like %j', async (reason, ends) => {
    const counted = await instance.addClient();
    const { id, digest } = await instance.addSecret(counted.client.id, ends);
    refuse(counted, { presentedDigest: digest });
    expect(await readFailures(counted)).toEqual([
      {
        occurredAt: at(noon),
        reason,
        secretId: id,
        secretHint: `lks_…${digest.toString('hex').slice(0, 4)}`,
        address: '10.0.0.1',
        requestId: 'a request',
      },
    ]);
  });

  test("wrong_secret: none of the client's, be it another client's", async () => {
    const counted = await instance.addClient();
    const other = await instance.addClient();
    refuse(counted, { presentedDigest: Buffer.from(other.secret.secretDigest) });
    expect(await readFailures(counted)).toMatchObject([
      { reason: 'wrong_secret', secretId: null, secretHint: null },
    ]);
  });

  test('client_id_ended: the right secret with a client_id whose overlap is over', async () => {
    const counted = await instance.addClient();
    const { client, secret } = counted;
    await instance.query(
      `INSERT INTO client_identifiers (client_id, client_record_id, is_current, expires_at)
       VALUES ($1, $2, false, $3)`,
      [`old_${client.clientId}`, client.id, at(noon - 1)],
    );
    const old = { ...client, clientId: `old_${client.clientId}` };
    refuse(counted, { client: old, presentedDigest: Buffer.from(secret.secretDigest) });
    refuse(counted, { client: old, requestId: 'a guess', nowSeconds: noon + 1 });
    expect(await readFailures(counted)).toMatchObject([
      { reason: 'wrong_secret', secretId: null },
      { reason: 'client_id_ended', secretId: secret.id },
    ]);
  });

  test.each(['client_inactive', 'invalid_scope', 'invalid_target', 'token_not_yours'] as const)(
    '%s, with the secret that was used',
    async (reason) => {
      const counted = await instance.addClient();
      refuse(counted, { reason, presentedDigest: Buffer.from(counted.secret.secretDigest) });
      expect(await readFailures(counted)).toMatchObject([{ reason, secretId: counted.secret.id }]);
    },
  );

  test('the last 50 are kept, the newest first, whoever stored them', async () => {
    const counted = await instance.addClient();
    const stay = await instance.addClient();
    refuse(stay, {});
    const requestIds = Array.from({ length: 130 }, (_, n) => `request ${n}`);
    for (const [n, requestId] of requestIds.entries()) {
      refuse(counted, { requestId, nowSeconds: noon + n / 1000 });
      if (n === 40) expect(await readFailures(counted)).toHaveLength(41);
    }
    expect((await readFailures(counted)).map(({ requestId }) => requestId)).toEqual(
      requestIds.toReversed().slice(0, 50),
    );
    // All of the same moment: the order they came in.
    for (const requestId of ['one', 'two', 'three']) {
      refuse(counted, { requestId, nowSeconds: noon + 100 });
    }
    expect((await readFailures(counted)).slice(0, 3).map(({ requestId }) => requestId)).toEqual([
      'three',
      'two',
      'one',
    ]);
    expect(
      await instance.query('SELECT FROM client_failures WHERE client_record_id = $1', [
        counted.client.id,
      ]),
    ).toHaveLength(50);
    expect(await readFailures(stay)).toHaveLength(1);
  });
});

describe('the refusal log', () => {
  const refusal = (client: string, n = 0): ClientRefusal => ({
    // Only these are read of a client.
    client: { id: client, clientId: client } as ClientRefusal['client'],
    reason: 'invalid_secret',
    presentedDigest: Buffer.alloc(32),
    address: 'x',
    requestId: `${client} ${n}`,
    nowSeconds: noon + n,
  });
  const requestIds = (log: RefusalLog) => log.take(1_000_000).map(({ requestId }) => requestId);

  test('holds the last 50 of a client however many come, in their order', () => {
    const log = new RefusalLog();
    for (let n = 0; n < 10_120; n += 1) log.note(refusal('victim', n));
    expect(log.size).toBe(50);
    expect(requestIds(log)).toEqual(Array.from({ length: 50 }, (_, n) => `victim ${10_070 + n}`));
    expect(log.takeDropped()).toBe(10_070);
    expect(log.size).toBe(0);
  });

  test('holds 2,000 in all, says how many it dropped, and a flood replaces its own alone', () => {
    const log = new RefusalLog();
    log.note(refusal('quiet'));
    for (let client = 0; client < 100; client += 1)
      for (let n = 0; n < 50; n += 1) log.note(refusal(`loud ${client}`, n));
    expect(log.size).toBe(2_000);
    expect(log.takeDropped()).toBe(3_001);
    log.note(refusal('quiet', 1));
    const kept = requestIds(log);
    expect(kept).toHaveLength(2_000);
    expect(kept).toContain('quiet 1');
    expect(kept).not.toContain('quiet 0');
    log.note(refusal('late'));
    expect(requestIds(log)).toEqual(['late 0']);
  });
});
