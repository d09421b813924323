/** `latchkey secrets`: several may live at once, and each is shown once. */
import { Command } from 'commander';
import type { z } from 'zod';
import { requireYesKnowingImpact } from './client-impact.ts';
import { addYesOption, type ConfirmationOptions } from '../terminal/confirmation.ts';
import { formatCredentials } from '../remote/credentials-file.ts';
import { noteMore } from '../terminal/listing.ts';
import { formatDuration, parseDelay, parseDuration } from '../terminal/option-values.ts';
import { findClient } from '../remote/record-reference.ts';
import {
  addCreationOptions,
  addExamples,
  addRemoteOptions,
  addSaveOptions,
  connectAdmin,
  type CreationOptions,
  type RemoteOptions,
  type SaveOptions,
  listLimitDefault,
} from '../remote/remote-command.ts';
import { withReservedFile } from '../terminal/saved-file.ts';
import { adviseAnother, requireShown } from '../terminal/shown-secret.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatFields, formatTable, formatTime } from '../terminal/text-table.ts';
import { createdSecretSchema, secretSchema } from '../remote/wire-records.ts';

interface CreateOptions extends CreationOptions, SaveOptions {
  expiresIn?: number;
  retireOthersIn?: number;
  retireOthersWhenQuiet?: number;
  retireOthersBy?: number;
}

interface RevokeOptions extends RemoteOptions, ConfirmationOptions {
  keepTokens?: boolean;
}

const referenceText = 'record id, client_id, or a name only one client has';

export function secretsCommand(terminal: Terminal): Command {
  const secrets = new Command('secrets').description('make, list, keep and revoke client secrets');
  addExamples(
    addSaveOptions(addCreationOptions(secrets.command('create')), 'the credential')
      .description('make another secret for a client; it is shown this once')
      .argument('<client>', referenceText)
      .option('--expires-in <duration>', 'such as 90d (default: it never expires)', parseDuration)
      .option(
        '--retire-others-in <duration>',
        'end every other secret then; 0 for now (default: they stay)',
        parseDelay,
      )
      .option(
        '--retire-others-when-quiet <duration>',
        'end each other secret once nobody has used it for so long, such as 7d: choose more than the longest pause of whoever uses it',
        parseDuration,
      )
      .option(
        '--retire-others-by <duration>',
        'with --retire-others-when-quiet: be told of those that are used then still (default: 30d)',
        parseDuration,
      )
      .action((reference: string, options: CreateOptions) =>
        createSecret(terminal, reference, options),
      ),
    'secrets create "Billing" --expires-in 90d --retire-others-in 24h --save billing-new.env',
    'secrets create "Billing" --retire-others-when-quiet 7d --save billing-new.env',
  );
  addExamples(
    addRemoteOptions(secrets.command('list'))
      .description('list the secrets of a client: hints and dates, never a secret')
      .argument('<client>', referenceText)
      .action((reference: string, options: RemoteOptions) =>
        listSecrets(terminal, reference, options),
      ),
    'secrets list "Billing"',
  );
  addExamples(
    addRemoteOptions(secrets.command('keep'))
      .description('cancel the retirement of a secret that another one is to replace')
      .argument('<client>', referenceText)
      .argument('<secret>', 'record id of the secret: see "secrets list"')
      .action((reference: string, secretId: string, options: RemoteOptions) =>
        keepSecret(terminal, reference, secretId, options),
      ),
    'secrets keep "Billing" secret_5Qd2xA0PzvK1mT8rYb3WcE',
  );
  addExamples(
    addYesOption(addRemoteOptions(secrets.command('revoke')))
      .description('revoke a secret at once')
      .argument('<client>', referenceText)
      .argument('<secret>', 'record id of the secret: see "secrets list"')
      .option('--keep-tokens', 'leave the access tokens it was used for active')
      .action((reference: string, secretId: string, options: RevokeOptions) =>
        revokeSecret(terminal, reference, secretId, options),
      ),
    'secrets revoke "Billing" secret_5Qd2xA0PzvK1mT8rYb3WcE --yes',
  );
  return addExamples(secrets, 'secrets list "Billing"');
}

async function createSecret(
  terminal: Terminal,
  reference: string,
  options: CreateOptions,
): Promise<void> {
  await withReservedFile(
    options.save,
    { mayReplace: () => options.force === true, another: 'secrets create' },
    async (file) => {
      const { admin, issuer } = await connectAdmin(options, terminal);
      const client = await findClient(admin, reference);
      const { client_secret: shown, ...secret } = await admin.create(
        `/clients/${client.id}/secrets`,
        createdSecretSchema,
        {
          ...(options.expiresIn === undefined ? {} : { expires_in_seconds: options.expiresIn }),
          ...(options.retireOthersIn === undefined
            ? {}
            : { retire_others_in_seconds: options.retireOthersIn }),
          ...(options.retireOthersWhenQuiet === undefined
            ? {}
            : { retire_others_when_quiet_for_seconds: options.retireOthersWhenQuiet }),
          ...(options.retireOthersBy === undefined
            ? {}
            : { retire_others_due_in_seconds: options.retireOthersBy }),
        },
        options.idempotencyKey,
      );
      const clientSecret = requireShown(shown, {
        made: `${client.name} has the new secret ${secret.id}`,
        advice: adviseAnother(client.client_id),
      });
      await file?.write(formatCredentials(issuer, { clientId: client.client_id, clientSecret }));
      if (options.json) {
        return terminal.printJson({
          ...secret,
          client_id: client.client_id,
          ...(file ? { saved_to: file.path } : { client_secret: clientSecret }),
        });
      }
      terminal.print(
        `Made a secret for ${client.name}.`,
        '',
        ...formatFields([
          ['client_id', client.client_id],
          ['client_secret', file ? null : clientSecret],
          ['expires', secret.expires_at === null ? 'never' : formatTime(secret.expires_at)],
          ['id', secret.id],
        ]),
        '',
        file
          ? `The credential is in ${file.path}, which only you can read.`
          : 'Keep the secret: it is shown this once, and nobody can read it back.',
      );
    },
  );
}

async function listSecrets(
  terminal: Terminal,
  reference: string,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const client = await findClient(admin, reference);
  const listing = await admin.list(
    `/clients/${client.id}/secrets`,
    secretSchema,
    {},
    listLimitDefault,
  );
  if (options.json) return terminal.printJson(listing);
  noteMore(terminal, listing.next_cursor, listLimitDefault);
  const rows = listing.data.map((secret) => [
    secret.hint,
    secret.status,
    formatTime(secret.created_at),
    describeEnd(secret),
    formatTime(secret.last_used_at),
    secret.last_used_address ?? '–',
    secret.id,
  ]);
  terminal.print(
    ...formatTable(['HINT', 'STATUS', 'CREATED', 'ENDS', 'LAST USED', 'FROM', 'ID'], rows),
  );
}

function describeEnd(secret: z.infer<typeof secretSchema>): string {
  const { status, retires_when_quiet_for_seconds: quietSeconds } = secret;
  if (status === 'retiring' && secret.retires_at === null && quietSeconds !== null) {
    return `when quiet for ${formatDuration(quietSeconds)}`;
  }
  return formatTime(secret.revoked_at ?? secret.retires_at ?? secret.expires_at);
}

async function keepSecret(
  terminal: Terminal,
  reference: string,
  secretId: string,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const client = await findClient(admin, reference);
  const path = `/clients/${client.id}/secrets/${encodeURIComponent(secretId)}/keep`;
  const secret = await admin.post(path, secretSchema, {});
  if (options.json) return terminal.printJson(secret);
  terminal.print(
    secret.expires_at === null
      ? `Kept: the secret ${secret.hint} does not end by itself any more.`
      : `Kept: the secret ${secret.hint} works until it expires, ${formatTime(secret.expires_at)}.`,
  );
}

async function revokeSecret(
  terminal: Terminal,
  reference: string,
  secretId: string,
  options: RevokeOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const client = await findClient(admin, reference);
  await requireYesKnowingImpact({ admin, terminal }, options, {
    client,
    secretId,
    question: `Revoke the secret ${secretId} of ${client.name} (${client.client_id})?`,
    refusal: 'nothing was revoked',
  });
  const revokeTokens = options.keepTokens !== true;
  await admin.delete(
    `/clients/${client.id}/secrets/${encodeURIComponent(secretId)}?revoke_tokens=${revokeTokens}`,
  );
  if (options.json) {
    return terminal.printJson({ id: secretId, revoked: true, tokens_revoked: revokeTokens });
  }
  terminal.print(
    revokeTokens
      ? `Revoked. The access tokens it was used for count no more where the server is asked.`
      : `Revoked. The access tokens it was used for stay good until they expire.`,
  );
}
