/** `latchkey migrate`: brings the database's tables up to date, and, when told, moves it to another issuer. */
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { createLog } from '../../http/log.ts';
import { explainDatabaseFault } from './database-fault.ts';
import { addExamples, addJsonOption } from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';

export function migrateCommand(terminal: Terminal): Command {
  return addExamples(
    addJsonOption(new Command('migrate'))
      .description(
        'bring the database up to date (the server does so by itself when it starts); works on the database of this folder or of DATABASE_URL',
      )
      .option(
        '--move-issuer',
        'also make LATCHKEY_ISSUER the issuer of this database: stop every server on it first',
      )
      .action((options: MigrateOptions) => migrate(terminal, options)),
    'migrate',
  );
}

interface MigrateOptions {
  json?: boolean;
  moveIssuer?: boolean;
}

async function migrate(terminal: Terminal, options: MigrateOptions): Promise<void> {
  const settings = await loadSettings();
  // Loaded here: the other commands do without the database and should start fast.
  const { composeRegistry, composeStore } = await import('../../compose/compose-registry.ts');
  const log = createLog('silent');
  const opening = options.moveIssuer
    ? composeRegistry(settings, log, { moveAlone: true })
    : composeStore(settings, log);
  const { database, migrated } = await opening.catch((error: unknown) => {
    throw explainDatabaseFault(error, settings);
  });
  await database.close();
  const issuer = options.moveIssuer ? { issuer: settings.issuer } : {};
  if (options.json) return terminal.printJson({ database: database.kind, migrated, ...issuer });
  if (options.moveIssuer) terminal.print(`The issuer is ${settings.issuer}.`);
  terminal.print(
    migrated.length === 0
      ? 'The database is up to date.'
      : `The database is up to date. Applied now: ${migrated.join(', ')}`,
  );
}
