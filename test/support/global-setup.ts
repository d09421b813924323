/** Before all suites: one PostgreSQL, and one server on each kind of database, which the suites share. */
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import type { SharedServers } from './shared-servers.ts';

export interface SharedProcesses {
  postgres: PostgresServer;
  servers: ServerProcess[];
}

declare global {
  // Only `var` makes a property of globalThis.
  // oxlint-disable-next-line no-var
  var latchkeyShared: SharedProcesses | undefined;
}

// Jest asks for a default export here.
// oxlint-disable-next-line import/no-default-export
export default async function globalSetup(): Promise<void> {
  const postgres = await startPostgres();
  const databaseUrl = await postgres.createDatabase('shared');
  const [onPostgres, embedded] = await startBoth(postgres, databaseUrl);
  globalThis.latchkeyShared = { postgres, servers: [onPostgres, embedded] };
  const address = ({ issuer, operator }: ServerProcess) => ({ issuer, operator });
  const shared: SharedServers = {
    postgresUrl: databaseUrl,
    postgresql: address(onPostgres),
    embedded: address(embedded),
  };
  process.env['LATCHKEY_TEST_SHARED'] = JSON.stringify(shared);
}

/** Jest does not tear down after a setup that failed, so whatever did start is ended here. */
async function startBoth(
  postgres: PostgresServer,
  databaseUrl: string,
): Promise<[ServerProcess, ServerProcess]> {
  const starts = [startServer({ databaseUrl }), startServer()] as const;
  try {
    return await Promise.all(starts);
  } catch (error) {
    for (const start of await Promise.allSettled(starts)) {
      if (start.status === 'fulfilled') await start.value.stop();
    }
    await postgres.stop();
    throw error;
  }
}
