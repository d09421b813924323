/**
 * Before all suites: what is built, as the source says now; one PostgreSQL, databases to copy, and one server on each
 * kind, which the suites share.
 */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { prepareDatabases, preparedDatabase } from './prepared-databases.ts';
import { keepRunningServers, startServer, type ServerProcess } from './server-process.ts';
import type { SharedServers } from './shared-servers.ts';

const builds = ['../../src/start/build-bundle.ts', '../../console/build.ts'].map((script) =>
  fileURLToPath(new URL(script, import.meta.url)),
);

export interface SharedProcesses {
  postgres: PostgresServer;
  servers: ServerProcess[];
  preparedFolder: string;
}

/** F-46: servers, and PostgreSQL, in zones where it is another day than here for half of it: nothing depends on it. */
const zones = { east: 'Pacific/Kiritimati', west: 'America/St_Johns' };

declare global {
  // Only `var` makes a property of globalThis.
  // oxlint-disable-next-line no-var
  var latchkeyShared: SharedProcesses | undefined;
}

// Jest asks for a default export here.
// oxlint-disable-next-line import/no-default-export
export default async function globalSetup(): Promise<void> {
  for (const build of builds) await promisify(execFile)(process.execPath, [build]);
  const postgres = await startPostgres();
  const [databaseUrl, preparedUrl] = [
    await postgres.createDatabase('shared'),
    await postgres.createDatabase(preparedDatabase),
  ];
  const [preparedFolder, onPostgres, embedded] = await startAll(postgres, databaseUrl, preparedUrl);
  keepRunningServers();
  globalThis.latchkeyShared = { postgres, servers: [onPostgres, embedded], preparedFolder };
  const address = ({ issuer, operator }: ServerProcess) => ({ issuer, operator });
  const shared: SharedServers = {
    postgresUrl: databaseUrl,
    postgresql: address(onPostgres),
    embedded: address(embedded),
  };
  process.env['LATCHKEY_TEST_SHARED'] = JSON.stringify(shared);
}

/** Jest does not tear down after a setup that failed, so whatever did start is ended here. */
async function startAll(
  postgres: PostgresServer,
  databaseUrl: string,
  preparedUrl: string,
): Promise<[string, ServerProcess, ServerProcess]> {
  const prepared = prepareDatabases(preparedUrl);
  const starts = [
    startServer({ databaseUrl, env: { TZ: zones.east } }),
    prepared.then(() => startServer({ env: { TZ: zones.west } })),
  ] as const;
  try {
    return await Promise.all([prepared, ...starts]);
  } catch (error) {
    for (const start of await Promise.allSettled(starts)) {
      if (start.status === 'fulfilled') await start.value.stop();
    }
    await prepared.then(
      (folder) => rm(folder, { recursive: true, force: true }),
      () => undefined,
    );
    await postgres.stop();
    throw error;
  }
}
