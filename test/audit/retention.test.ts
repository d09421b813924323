/** Events that are too old are removed once, and the signed words of it stay: A-66. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AuditRetention } from '../../src/audit/audit-retention.ts';
import type { AuditFault } from '../../src/audit/audit-fault.ts';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import { AttackedLog } from './attacked-log.ts';

const dayMillis = 86_400_000;
/** However old they are. */
const eventsKept = 10;
const eventsRemoved = 15;

describe.each(['postgresql', 'embedded'] as const)('retention (%s)', (kind) => {
  let log: AttackedLog;
  let offsetMillis = 0;
  let faults: AuditFault[] = [];

  beforeAll(async () => {
    log = await AttackedLog.begin(kind, undefined, () => offsetMillis);
    await log.write(10);
    await log.rotate();
    await log.write(eventsKept + eventsRemoved - 12);
    await log.keepCopy();
  });
  afterEach(async () => {
    offsetMillis = 0;
    faults = [];
    await log.restore();
  });
  afterAll(() => log.close());

  function retention(days: number): AuditRetention {
    return new AuditRetention({
      store: log.store,
      verification: log.verification,
      days,
      actor: operatorAtTheMachine,
      eventsKept: BigInt(eventsKept),
      onFault: (fault) => void faults.push(fault),
      onError: (error) => {
        throw error;
      },
    });
  }

  test('removes what is old, except the newest, and verification begins behind it', async () => {
    offsetMillis = 39 * dayMillis;
    expect(await retention(40).removeOld()).toBe(0);
    offsetMillis = 41 * dayMillis;
    // Two instances at the same moment.
    const removed = await Promise.all([retention(40).removeOld(), retention(40).removeOld()]);
    // Each removal is an event of its own, and makes room for one more.
    expect(removed[0] + removed[1]).toBeGreaterThanOrEqual(eventsRemoved);
    expect(removed[0] + removed[1]).toBeLessThan(eventsRemoved + 5);
    const [row] = await log.sql<{ first: string; last: string }>(
      'SELECT min(sequence) AS first, max(sequence) AS last FROM audit_events',
    );
    expect(Number(row?.last) - Number(row?.first)).toBeGreaterThanOrEqual(eventsKept);
    const { fault, removed: said, events, position } = await log.verify();
    expect(fault).toBeUndefined();
    expect(said).toEqual({
      through: BigInt(Number(row?.first) - 1),
      count: Number(row?.first) - 1,
    });
    expect(BigInt(events)).toBe(position.sequence - BigInt(Number(row?.first) - 1));
    // An organization whose older events are gone misses none of them.
    const own = { sight: { organizationId: 'org_even', locationId: null }, from: undefined };
    expect(
      await log.verification.verify({ ...own, eventsMax: 1_000, checkpoints: [] }),
    ).toMatchObject({ fault: undefined, isComplete: true });
  });

  test('keeps everything for ever when it is not asked to remove anything', async () => {
    offsetMillis = 4_000 * dayMillis;
    expect(await retention(0).removeOld()).toBe(0);
  });

  test.each([
    ['removed', 'DELETE FROM audit_anchor', 'wrong_sequence'],
    ['changed', `UPDATE audit_anchor SET anchor = replace(anchor, '.', '.A')`, 'wrong_anchor'],
    [
      'of the forger',
      `UPDATE audit_anchor SET anchor = (SELECT statement FROM audit_keys LIMIT 1)`,
      'wrong_anchor',
    ],
  ])('an anchor that was %s shows', async (_name, tampering, code) => {
    offsetMillis = 41 * dayMillis;
    await retention(40).removeOld();
    await log.sql(tampering);
    expect((await log.verify()).fault?.code).toBe(code);
  });

  test('an older anchor in the place of the newest shows, and so do events that were put back', async () => {
    offsetMillis = 41 * dayMillis;
    await retention(40).removeOld();
    const [older] = await log.sql<{ anchor: string }>('SELECT anchor FROM audit_anchor');
    await log.write(20);
    offsetMillis = 82 * dayMillis;
    expect(await retention(40).removeOld()).toBeGreaterThan(0);
    expect((await log.verify()).fault).toBeUndefined();
    await log.sql('INSERT INTO audit_events SELECT * FROM kept_audit_events WHERE sequence = 7');
    expect((await log.verify()).fault).toMatchObject({ code: 'wrong_sequence', sequence: 7n });
    await log.sql('DELETE FROM audit_events WHERE sequence = 7');
    await log.sql('UPDATE audit_anchor SET anchor = $1', [older?.anchor]);
    expect((await log.verify()).fault?.code).toBe('wrong_sequence');
  });

  test('removes nothing that somebody made to look old, and nothing that does not verify', async () => {
    await log.sql(`UPDATE audit_events SET occurred_at = occurred_at - interval '1 year'`);
    expect(await retention(40).removeOld()).toBe(0);
    await log.sql(`DELETE FROM audit_events WHERE sequence = 12`);
    offsetMillis = 41 * dayMillis;
    await expect(retention(40).removeOld()).rejects.toMatchObject({
      name: 'AuditFault',
      code: 'wrong_sequence',
      sequence: 12n,
    });
    expect(await log.sql('SELECT anchor FROM audit_anchor')).toEqual([]);
  });
});
