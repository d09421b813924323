/** One chain, whoever writes to it: several instances at once, an older release before, a process that is killed. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AuditCheckpoints } from '../../src/audit/audit-checkpoints.ts';
import type { AuditFault } from '../../src/audit/audit-fault.ts';
import { AuditLogVerification } from '../../src/audit/audit-log-verification.ts';
import { everything } from '../../src/model/principal.ts';
import { openDatabase, type Database } from '../../src/store/database/database.ts';
import { migrate } from '../../src/store/database/migrations.ts';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import { beginAuditLog } from '../support/own-audit-log.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { AttackedLog } from './attacked-log.ts';

const instances = 3;
const changesEach = 8;

//
test('changes of several instances at once, and a new key in their middle, make one chain', async () => {
  const databaseUrl = await createDatabase();
  const keyEncryptionKey = randomBytes(32).toString('base64');
  const databases: Database[] = [];
  try {
    for (let opened = 0; opened < instances; opened += 1) {
      databases.push(await openDatabase({ databaseUrl, dataDir: '' }, () => undefined));
    }
    const [first] = databases;
    if (first === undefined) throw new Error('there is no database');
    await migrate(first.dataSource);
    // All of them find that there is no key yet.
    const logs = await Promise.all(databases.map((one) => beginAuditLog(one, keyEncryptionKey)));
    await Promise.all(
      logs.map(async ({ store, ring }, instance) => {
        for (let made = 0; made < changesEach; made += 1) {
          if (made === 4) await ring.rotate(operatorAtTheMachine);
          await store.change(operatorAtTheMachine, async (change) => {
            change.affects(`client_${instance}`);
            change.onlyAdds();
            change.audit({
              action: 'client.updated',
              targetType: 'client',
              targetId: `client_${instance}`,
              organizationId: null,
              details: { made },
            });
          });
        }
      }),
    );
    for (const { store, ring } of logs) {
      const verification = new AuditLogVerification({ store, ring });
      const found = await verification.verify({
        sight: everything,
        from: undefined,
        eventsMax: 10_000,
        checkpoints: [],
      });
      expect({ fault: found.fault, events: found.events }).toEqual({
        fault: undefined,
        events: 1 + instances * (changesEach + 1),
      });
    }
    const keys = (await logs[0]?.ring.list()) ?? [];
    expect(keys).toHaveLength(1 + instances);
    const { rows } = await first.pool.query(
      'SELECT kid FROM audit_keys WHERE private_jwe IS NOT NULL',
    );
    expect(rows).toEqual([{ kid: keys.at(-1)?.kid }]);
  } finally {
    await Promise.all(databases.map((database) => database.close()));
  }
});

describe.each(['postgresql', 'embedded'] as const)(
  'a log from before events were signed (%s)',
  (kind) => {
    const unsigned = 205;
    let log: AttackedLog;

    beforeAll(async () => {
      log = await AttackedLog.begin(kind, async ({ pool }) => {
        await pool.query(
          `INSERT INTO audit_events (sequence, id, occurred_at, actor_type, actor_id, action, target_type,
                                   target_id, organization_id, body)
         SELECT number, 'event_' || number, '2026-01-01T00:00:00Z', 'client', 'client_1',
                'client.created', 'client', 'client_2', 'org_1',
                '{"action":"client.created","targetType":"client","targetId":"client_2","organizationId":"org_1",'
                || '"details":{},"sequence":"' || number || '","id":"event_' || number
                || '","occurredAt":"2026-01-01T00:00:00.000Z","actorType":"client","actorId":"client_1",'
                || '"actorName":"lkc_1","requestId":"r","address":null}'
           FROM generate_series(1, ${unsigned}) number`,
        );
        await pool.query('UPDATE registry_state SET version = $1', [unsigned]);
      });
      await log.write(3);
      await log.keepCopy();
    });
    afterAll(() => log.close());

    test('says from which event on they are signed', async () => {
      expect(await log.verify()).toMatchObject({
        fault: undefined,
        events: unsigned + 4,
        signedFrom: BigInt(unsigned + 1),
      });
      // The seal of what was before holds over several calls.
      expect(await log.verify({ eventsMax: 150 })).toMatchObject({
        fault: undefined,
        isDone: false,
      });
    });

    test.each([
      [
        'edited',
        `UPDATE audit_events SET body = replace(body, '"r"', '"s"') WHERE sequence = 100`,
        'wrong_link',
        unsigned + 1,
      ],
      ['removed', 'DELETE FROM audit_events WHERE sequence = 100', 'wrong_sequence', 100],
      [
        'edited in a column',
        `UPDATE audit_events SET actor_id = 'else' WHERE sequence = 100`,
        'wrong_column',
        100,
      ],
    ])(
      'what was %s of the old events since then shows',
      async (_name, tampering, code, sequence) => {
        await log.sql(tampering);
        expect((await log.verify()).fault).toMatchObject({ code, sequence: BigInt(sequence) });
        await log.restore();
      },
    );
  },
);

describe('checkpoints', () => {
  let log: AttackedLog;
  let written: { checkpoint: string; sequence: bigint }[] = [];
  let faults: AuditFault[] = [];
  let version = 0n;
  let now = new Date('2026-11-25T09:00:00Z');

  beforeAll(async () => {
    log = await AttackedLog.begin('postgresql');
    await log.write(5);
    await log.keepCopy();
  });
  afterAll(() => log.close());

  function checkpoints(): AuditCheckpoints {
    written = [];
    faults = [];
    return new AuditCheckpoints({
      store: log.store,
      ring: log.ring,
      verification: log.verification,
      version: () => version,
      now: () => now,
      onCheckpoint: (checkpoint, sequence) => void written.push({ checkpoint, sequence }),
      onFault: (fault) => void faults.push(fault),
      onError: (error) => {
        throw error;
      },
    });
  }

  test('are signed, and what they have seen must be in the log', async () => {
    const taking = checkpoints();
    await taking.take();
    expect(written.map(({ sequence }) => sequence)).toEqual([6n]);
    const held = written.map(({ checkpoint }) => checkpoint);
    await log.write(1);
    const request = { sight: everything, from: undefined, eventsMax: 100, checkpoints: [], held };
    expect((await log.verification.verify(request)).fault).toBeUndefined();
    await log.restore();
    await log.sql('DELETE FROM audit_events WHERE sequence = 6');
    await log.sql('UPDATE registry_state SET version = 5');
    expect((await log.verification.verify(request)).fault?.code).toMatch(/truncated|wrong_end/);
    await log.restore();
  });

  test('are not made of what this process knows better', async () => {
    const taking = checkpoints();
    await log.write(2);
    await taking.take();
    expect(faults).toEqual([]);
    // The server itself goes on from an older state.
    await log.restore();
    await log.write(3);
    await taking.take();
    expect(faults.map(({ code, sequence }) => ({ code, sequence }))).toEqual([
      { code: 'wrong_checkpoint', sequence: 8n },
    ]);
    expect(written).toHaveLength(1);
    await log.sql(`UPDATE audit_events SET body = body || ' ' WHERE sequence = 9`);
    const anew = checkpoints();
    await anew.take();
    expect(faults.map(({ code }) => code)).toEqual(['wrong_end']);
    expect(written).toEqual([]);
    await log.restore();
  });

  test('the last is made when the process stops, if anything has happened', async () => {
    const taking = checkpoints();
    version = 6n;
    taking.start();
    await taking.stop();
    expect(written).toEqual([]);
    taking.start();
    version = 7n;
    await taking.stop();
    expect(written).toHaveLength(1);
    now = new Date(now.getTime() + 1);
  });
});
