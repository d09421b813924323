/** A migrated database on the shared PostgreSQL that no server uses, for what is tested in this process. */
import { openDatabase, type Database } from '../../src/store/database/database.ts';
import { migrate } from '../../src/store/database/migrations.ts';
import { createDatabase } from './shared-servers.ts';

export async function openOwnDatabase(): Promise<Database> {
  const database = await openDatabase(
    { databaseUrl: await createDatabase(), dataDir: '' },
    () => undefined,
  );
  await migrate(database.dataSource);
  return database;
}
