/** An export that takes its time ends with what its reader was let in by. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { AuditExport } from '../../src/audit/audit-export.ts';
import { everything, type Actor } from '../../src/model/principal.ts';
import { createRecordId } from '../../src/registry/credential.ts';
import type { Database } from '../../src/store/database/database.ts';
import { beginAuditLog } from '../support/own-audit-log.ts';
import { openOwnDatabase } from '../support/own-database.ts';

const organization = createRecordId('org');
const member = createRecordId('member');
const session = createRecordId('session');
const reader: Actor = {
  principal: {
    type: 'member',
    id: member,
    name: 'ada@example.com',
    organizationId: organization,
    locationId: null,
    permissions: new Set(['audit:read']),
  },
  origin: { requestId: 'request-1', address: '192.0.2.1' },
  entitlement: { kind: 'session', sessionId: session, registryVersion: 0n, recordIds: [] },
};
let database: Database;
let exports: AuditExport;

beforeAll(async () => {
  database = await openOwnDatabase();
  exports = new AuditExport(await beginAuditLog(database));
  const { pool } = database;
  await pool.query(`INSERT INTO organizations (id, name) VALUES ($1, 'Ours')`, [organization]);
  await pool.query(
    `INSERT INTO members (id, organization_id, email, name, role) VALUES ($1, $2, 'ada@example.com', 'Ada', 'auditor')`,
    [member, organization],
  );
  await pool.query(
    `INSERT INTO member_sessions (id, member_id, token_digest, created_at, last_seen_at, expires_at, address, user_agent)
     VALUES ($1, $2, $3, now(), now(), now() + interval '1 hour', '192.0.2.1', '')`,
    [session, member, randomBytes(32)],
  );
  // More than a page; an export reads what is there, and verifies nothing.
  await pool.query(
    `INSERT INTO audit_events (sequence, id, occurred_at, actor_type, actor_id, action, target_type, target_id,
                               organization_id, body, signature)
     SELECT n, 'event_' || n, now(), 'system', 'system', 'client.updated', 'client', 'client_1', $1, '{}', 'x'
       FROM generate_series(10, 700) n`,
    [organization],
  );
  await pool.query('UPDATE registry_state SET version = 700');
});
afterAll(() => database.close());

const setRole = (role: string) =>
  database.pool.query('UPDATE members SET role = $1 WHERE id = $2', [role, member]);

beforeEach(() => setRole('auditor'));

/** After the first page, `act`; returns how many lines came in all. */
async function exportWhile(act: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of await exports.open({
    reader,
    filter: { sight: everything },
    filterNamed: null,
  })) {
    lines.push(line);
    if (lines.length === 50) await act();
  }
  return lines;
}

test('of a reader who may still read it is whole', async () => {
  const lines = await exportWhile(async () => undefined);
  expect(lines.at(-1)).toContain('"type":"end"');
  expect(lines.length).toBeGreaterThan(691);
});

test('it breaks off when the permission is taken away, and when the session ends', async () => {
  await expect(exportWhile(() => setRole('developer'))).rejects.toThrow(
    'audit:read was taken from you',
  );
  await setRole('auditor');
  const endSession = () => database.pool.query('DELETE FROM member_sessions');
  await expect(exportWhile(endSession)).rejects.toThrow('the session ended');
});
