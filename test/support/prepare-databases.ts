/**
 * Migrates an empty database of each kind, for servers to start on copies of them:
 * `node prepare-databases.ts <folder of the embedded one> <URL on PostgreSQL>`.
 */
import { openDatabase } from '../../src/store/database/database.ts';
import { migrate } from '../../src/store/database/migrations.ts';

const [dataDir = '', databaseUrl = ''] = process.argv.slice(2);
for (const settings of [
  { databaseUrl, dataDir: '' },
  { databaseUrl: null, dataDir },
]) {
  const database = await openDatabase(settings, (error) => {
    throw error;
  });
  await migrate(database.dataSource);
  await database.close();
}
