/**
 * Servers whose registry has two organizations, on either database. No route makes organizations yet, so
 * both are there before the server starts; the operator is in the older one.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRecordId } from '../../src/registry/credential.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrations.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';

export interface ServerOfTwo {
  server: ServerProcess;
  /** Record ids. */
  homeOrganization: string;
  foreignOrganization: string;
  stop(): Promise<void>;
}

async function startServerOfTwo(databaseUrl: string | null): Promise<ServerOfTwo> {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-two-'));
  const homeOrganization = createRecordId('org');
  const foreignOrganization = createRecordId('org');
  const database = await openDatabase({ databaseUrl, dataDir }, (error) => {
    throw error;
  });
  await migrate(database.dataSource);
  await database.dataSource.query(
    `INSERT INTO organizations (id, name, created_at)
     VALUES ($1, 'Home', '2026-01-01T00:00:00Z'), ($2, 'Somebody else', '2026-01-02T00:00:00Z')`,
    [homeOrganization, foreignOrganization],
  );
  await database.close();
  const server = await startServer({
    dataDir,
    ...(databaseUrl === null ? {} : { databaseUrl }),
  });
  return {
    server,
    homeOrganization,
    foreignOrganization,
    async stop() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** `[name, start]`, for describe.each. */
export const databases: [string, () => Promise<ServerOfTwo>][] = [
  ['PostgreSQL', async () => startServerOfTwo(await createDatabase())],
  ['embedded database', () => startServerOfTwo(null)],
];

/** A record id of the right shape that nobody has. */
export function unknownId(noun: 'api' | 'client' | 'secret' | 'notice'): string {
  return `${noun}_${randomBytes(11).toString('hex')}`;
}
