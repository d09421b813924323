/** For servers that are ended and started again on what they left: one folder, port and credential for all. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { findFreePort } from './free-port.ts';
import { copyPreparedDatabase } from './prepared-databases.ts';
import { killServersLeft, newCredential, type ServerOptions } from './server-process.ts';
import { createDatabase } from './shared-servers.ts';

/** For `describe.each`: a suite of its own on each kind of database. */
export const databaseKinds = [
  { kind: 'PostgreSQL', chooseDatabase: createDatabase },
  { kind: 'embedded database', chooseDatabase: async () => undefined },
];

/** Made before all, with a database of their own, and removed after all; there when the tests run. */
export function useServerOptions(
  chooseDatabase: () => Promise<string | undefined>,
): () => ServerOptions {
  let dataDir: string;
  let options: ServerOptions | undefined;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
    const databaseUrl = await chooseDatabase();
    if (databaseUrl === undefined) copyPreparedDatabase(dataDir);
    options = {
      port: await findFreePort(),
      dataDir,
      operator: newCredential(),
      keyEncryptionKey: randomBytes(32).toString('base64'),
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    };
  });
  afterAll(async () => {
    await killServersLeft();
    await rm(dataDir, { recursive: true, force: true });
  });
  return () => {
    if (options === undefined) throw new Error('the options are there only while the tests run');
    return options;
  };
}
