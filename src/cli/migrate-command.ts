/** `latchkey migrate`: brings the database's tables up to date, and does nothing else to it. */
import { Command } from 'commander';
import { loadSettings } from '../config.ts';
import { createLog } from '../http/log.ts';
import { explainDatabaseFault } from './database-fault.ts';
import { addExamples, addJsonOption } from './remote-command.ts';
import type { Terminal } from './terminal.ts';

export function migrateCommand(terminal: Terminal): Command {
  return addExamples(
    addJsonOption(new Command('migrate'))
      .description(
        'bring the database up to date (the server does so by itself when it starts); works on the database of this folder or of DATABASE_URL',
      )
      .action((options: { json?: boolean }) => migrate(terminal, options)),
    'migrate',
  );
}

async function migrate(terminal: Terminal, options: { json?: boolean }): Promise<void> {
  const settings = await loadSettings();
  // Loaded here: the other commands do without the database and should start fast.
  const { composeStore } = await import('../compose.ts');
  const { database, migrated } = await composeStore(settings, createLog('silent')).catch(
    (error: unknown) => {
      throw explainDatabaseFault(error, settings);
    },
  );
  await database.close();
  if (options.json) return terminal.printJson({ database: database.kind, migrated });
  terminal.print(
    migrated.length === 0
      ? 'The database is up to date.'
      : `The database is up to date. Applied now: ${migrated.join(', ')}`,
  );
}
