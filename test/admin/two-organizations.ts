/** Servers whose registry has two organizations, on either database; the operator is in the older one. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordNoun } from '../../src/model/record-id.ts';
import { copyPreparedDatabase } from '../support/prepared-databases.ts';
import { AdminApi } from '../support/admin-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';

export interface ServerOfTwo {
  server: ServerProcess;
  /** Record ids. */
  homeOrganization: string;
  foreignOrganization: string;
  stop(): Promise<void>;
}

/** A database is made, opened, closed, and opened again by a server: much for a busy machine. */
export const startMillisMax = 120_000;

async function startServerOfTwo(databaseUrl: string | null): Promise<ServerOfTwo> {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-two-'));
  if (databaseUrl === null) copyPreparedDatabase(dataDir);
  const server = await startServer({
    dataDir,
    ...(databaseUrl === null ? {} : { databaseUrl }),
  });
  const operator = new AdminApi(server);
  const { body } = await operator.request<{ data: { id: string }[] }>('/organizations');
  return {
    server,
    homeOrganization: body.data[0]?.id ?? '',
    foreignOrganization: await operator.createOrganization({ name: 'Somebody else' }),
    async stop() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export async function startOnPostgresql(): Promise<ServerOfTwo> {
  return startServerOfTwo(await createDatabase());
}

/** `[name, start]`, for describe.each. */
export const databases: [string, () => Promise<ServerOfTwo>][] = [
  ['PostgreSQL', startOnPostgresql],
  ['embedded database', () => startServerOfTwo(null)],
];

/** A record id of the right shape that nobody has. */
export function unknownId(noun: RecordNoun): string {
  return `${noun}_${randomBytes(11).toString('hex')}`;
}
