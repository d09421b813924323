/** `kill -9` of the server in the middle of registrations: what was acknowledged is there (S2), nothing is half-made. */
import { describe, expect, test } from '@jest/globals';
import { AuditKeyChain, type AuditKeyClaims } from '../../src/audit/audit-key-chain.ts';
import { AuditVerifier, chainStart } from '../../src/audit/audit-verifier.ts';
import type { AuditRecord } from '../../src/model/audit-event-body.ts';
import { openDatabase, type Database } from '../../src/store/database/database.ts';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { registerUntilKilled } from '../support/registration-load.ts';
import { startServer, type ServerOptions } from '../support/server-process.ts';
import { databaseKinds, useServerOptions } from '../support/restartable-server.ts';

const rounds = Number(process.env['LATCHKEY_TEST_FAULT_ROUNDS'] ?? '5');
const secondsPerRoundMax = 40;
/** The newest of a round were the ones in danger. */
const lookedAtPerRoundMax = 4;

describe.each(databaseKinds)('kill -9 during registrations ($kind)', ({ chooseDatabase }) => {
  const options = useServerOptions(chooseDatabase);

  test(
    `loses nothing that was acknowledged, in ${rounds} rounds, and leaves nothing half-made`,
    async () => {
      let server = await startServer(options());
      try {
        const admin = new AdminApi(server);
        const api = await admin.createApi(['orders:read']);
        const grants = [{ api: api.identifier, scopes: ['orders:read'] }];
        const acknowledged: RegisteredClient[] = [];
        for (let round = 1; round <= rounds; round += 1) {
          const ofThisRound = await registerUntilKilled(server, admin, grants);
          acknowledged.push(...ofThisRound);
          server = await startServer(options());
          for (const client of ofThisRound.slice(-lookedAtPerRoundMax)) {
            const { status, body } = await admin.request(`/clients/${client.id}`);
            expect({ status, clientId: body['client_id'] }).toEqual({
              status: 200,
              clientId: client.clientId,
            });
            expect(await requestToken(server, client)).toMatchObject({ status: 200 });
          }
        }
        expect(await server.stop()).toBe(0);
        expect(acknowledged.length).toBeGreaterThan(rounds);
        await expectWhole(options(), acknowledged);
      } finally {
        await server.kill();
      }
    },
    rounds * secondsPerRoundMax * 1000,
  );
});

/** Every client has its secret, its grant and its one audit event; versions and events number alike. */
async function expectWhole(
  options: ServerOptions,
  acknowledged: readonly RegisteredClient[],
): Promise<void> {
  const database = await openDatabase(
    { databaseUrl: options.databaseUrl ?? null, dataDir: options.dataDir ?? '' },
    () => undefined,
  );
  try {
    const [clients, state] = [
      await database.pool.query<{ id: string; secrets: string; grants: string; events: string }>(
        `SELECT client.id,
                (SELECT count(*) FROM client_secrets WHERE client_record_id = client.id) AS secrets,
                (SELECT count(*) FROM grant_scopes WHERE client_record_id = client.id AND scope = 'orders:read') AS grants,
                (SELECT count(*) FROM audit_events WHERE target_id = client.id AND action = 'client.created') AS events
           FROM clients client WHERE client.name = 'A client'`,
      ),
      await database.pool.query<{ version: string; last: string; events: string }>(
        `SELECT version, (SELECT max(sequence) FROM audit_events) AS last,
                (SELECT count(*) FROM audit_events) AS events
           FROM registry_state`,
      ),
    ];
    expect(clients.rows.filter((row) => Object.values(row).slice(1).join() !== '1,1,1')).toEqual(
      [],
    );
    const present = new Set(clients.rows.map(({ id }) => id));
    expect(acknowledged.filter(({ id }) => !present.has(id))).toEqual([]);
    const [row] = state.rows;
    expect([row?.last, row?.events]).toEqual([row?.version, row?.version]);
    await expectOneChain(database);
  } finally {
    await database.close();
  }
}

/** every event is signed, behind the one before it, and the counter row knows the last. */
async function expectOneChain({ pool }: Database): Promise<void> {
  const keys = await pool.query<AuditKeyClaims>(
    'SELECT kid, statement, endorsement FROM audit_keys ORDER BY first_sequence',
  );
  const verifier = new AuditVerifier({
    keys: await AuditKeyChain.verify(keys.rows),
    start: chainStart,
    scope: { of: 'everything' },
    checkpoints: [],
  });
  const events = await pool.query<AuditRecord>(
    'SELECT body, signature FROM audit_events ORDER BY sequence',
  );
  for (const event of events.rows) await verifier.verifyNext(event);
  const end = await pool.query<{ link: string }>('SELECT audit_link AS link FROM registry_state');
  expect(end.rows).toEqual([{ link: verifier.position.link }]);
}
