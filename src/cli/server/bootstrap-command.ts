/** `latchkey bootstrap`: makes an admin client on the database itself; with `--force`, or a link, the way back in. */
import { Command, Option } from 'commander';
import type { Registry } from '../../compose/compose-registry.ts';
import { loadSettings, type Settings } from '../../config.ts';
import { createLog } from '../../http/log.ts';
import type { BootstrapCredential } from '../../registry/bootstrap.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { formatCredentials } from '../remote/credentials-file.ts';
import { explainDatabaseFault } from './database-fault.ts';
import { addExamples, addJsonOption, type SaveOptions } from '../remote/remote-command.ts';
import { withReservedFile } from '../terminal/saved-file.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatFields, formatTime } from '../terminal/text-table.ts';

interface BootstrapOptions extends Pick<SaveOptions, 'save' | 'force'> {
  json?: boolean;
  consoleLink?: boolean;
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
      .addOption(
        new Option(
          '--console-link',
          'make a link instead, which makes whoever opens it an owner of the first organization; an earlier one ends',
        ).conflicts(['force', 'save']),
      )
      .action((options: BootstrapOptions) =>
        options.consoleLink ? printConsoleLink(terminal, options) : bootstrap(terminal, options),
      ),
    'bootstrap --force --save admin.env',
    'bootstrap --console-link',
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
      const { issuer, adminUrl } = settings;
      await file?.write(formatCredentials(issuer, operator, adminUrl));
      const isNew = operator.clientSecret !== settings.bootstrapClientSecret;
      const shown = isNew && !file ? operator.clientSecret : null;
      if (options.json) {
        return terminal.printJson({
          issuer,
          ...(adminUrl === issuer ? {} : { admin_url: adminUrl }),
          client_id: operator.clientId,
          client_secret: shown,
          ...(file ? { saved_to: file.path } : {}),
        });
      }
      const fields = formatFields([
        ['LATCHKEY_ISSUER', issuer],
        ['LATCHKEY_ADMIN_URL', adminUrl === issuer ? null : adminUrl],
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

async function printConsoleLink(terminal: Terminal, options: BootstrapOptions): Promise<void> {
  const settings = await loadSettings();
  const { createOwnerLink } = await import('../../compose/compose-registry.ts');
  const registry = await openRegistry(settings);
  try {
    const { url, expiresAt } = await createOwnerLink(registry.store, settings);
    if (options.json) {
      terminal.printJson({ console_link: url, expires_at: expiresAt.toISOString() });
    } else {
      terminal.print(
        'Whoever opens this becomes an owner of the first organization. It works once, while the server runs.',
        '',
        ...formatFields([
          ['link', url],
          ['good until', formatTime(expiresAt.toISOString())],
        ]),
      );
    }
  } finally {
    await registry.database.close();
  }
}

async function openRegistry(settings: Settings): Promise<Registry> {
  const { composeRegistry } = await import('../../compose/compose-registry.ts');
  return composeRegistry(settings, createLog('silent'), { keepIssuer: true }).catch(
    (error: unknown) => {
      throw explainDatabaseFault(error, settings);
    },
  );
}

/** With `force` always a new credential: the one of the environment may be what was lost, or is taken. */
async function createOperator(settings: Settings, force: boolean): Promise<BootstrapCredential> {
  const { bootstrapClientId: clientId, bootstrapClientSecret: clientSecret } = settings;
  const registry = await openRegistry(settings);
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
