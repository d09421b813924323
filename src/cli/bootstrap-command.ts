/** `latchkey bootstrap`: makes an admin client on the database itself; with `--force`, the way back in. */
import { Command } from 'commander';
import { loadSettings, type Settings } from '../config.ts';
import { createLog } from '../http/log.ts';
import type { BootstrapCredential } from '../registry/bootstrap.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { formatCredentials } from './credentials-file.ts';
import { explainDatabaseFault } from './database-fault.ts';
import { addExamples, addJsonOption, type SaveOptions } from './remote-command.ts';
import { withReservedFile } from './saved-file.ts';
import type { Terminal } from './terminal.ts';
import { formatFields } from './text-table.ts';

interface BootstrapOptions extends Pick<SaveOptions, 'save' | 'force'> {
  json?: boolean;
}

export function bootstrapCommand(terminal: Terminal): Command {
  return addExamples(
    addJsonOption(new Command('bootstrap'))
      .description(
        'make the first admin client, on the database of this folder or of DATABASE_URL; stop a server with an embedded database first',
      )
      .option('--force', 'make another although there is one: the way back in')
      .option(
        '--save <file>',
        'write the credential to a file that only you can read, and do not print it',
      )
      .action((options: BootstrapOptions) => bootstrap(terminal, options)),
    'bootstrap --force --save admin.env',
  );
}

async function bootstrap(terminal: Terminal, options: BootstrapOptions): Promise<void> {
  // Here --force is about the operator; a file is never replaced.
  await withReservedFile(
    options.save,
    { mayReplace: () => false, another: 'bootstrap --force' },
    async (file) => {
      const settings = await loadSettings();
      const operator = await createOperator(settings, options.force === true);
      await file?.write(formatCredentials(settings.issuer, operator));
      const isNew = operator.clientSecret !== settings.bootstrapClientSecret;
      const shown = isNew && !file ? operator.clientSecret : null;
      if (options.json) {
        return terminal.printJson({
          issuer: settings.issuer,
          client_id: operator.clientId,
          client_secret: shown,
          ...(file ? { saved_to: file.path } : {}),
        });
      }
      const fields = formatFields([
        ['LATCHKEY_ISSUER', settings.issuer],
        ['LATCHKEY_CLIENT_ID', operator.clientId],
        ['LATCHKEY_CLIENT_SECRET', shown],
      ]);
      terminal.print(
        'Made an admin client, which operates the instance.',
        '',
        ...fields,
        '',
        explainSecret(file?.path, isNew),
      );
    },
  );
}

function explainSecret(savedTo: string | undefined, isNew: boolean): string {
  if (savedTo !== undefined) return `Its credential is in ${savedTo}, which only you can read.`;
  return isNew
    ? 'Keep the secret: it is shown this once, and nobody can read it back.'
    : 'Its secret is the one in LATCHKEY_BOOTSTRAP_CLIENT_SECRET.';
}

/** With `force` always a new credential: the one of the environment may be what was lost, or is taken. */
async function createOperator(settings: Settings, force: boolean): Promise<BootstrapCredential> {
  const { bootstrapClientId: clientId, bootstrapClientSecret: clientSecret } = settings;
  const { composeRegistry } = await import('../compose/compose-registry.ts');
  const registry = await composeRegistry(settings, createLog('silent'), { keepIssuer: true }).catch(
    (error: unknown) => {
      throw explainDatabaseFault(error, settings);
    },
  );
  try {
    const credential =
      !force && clientId !== null && clientSecret !== null ? { clientId, clientSecret } : undefined;
    const operator = await registry.bootstrap.createOperator({ credential, force });
    if (operator) return operator;
  } finally {
    await registry.database.close();
  }
  throw new CliError(exitCodes.refused, [
    'there is an admin client already, so nothing was made',
    'If its credential is lost, "latchkey bootstrap --force" makes another admin client; the old one stays until you delete it.',
  ]);
}
