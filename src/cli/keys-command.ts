/** `latchkey keys`: the signing keys of the server. */
import { Command } from 'commander';
import { addYesOption, requireYes, type ConfirmationOptions } from './terminal/confirmation.ts';
import { noteMore } from './terminal/listing.ts';
import { formatDuration, parseDuration } from './terminal/option-values.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  type RemoteOptions,
} from './remote/remote-command.ts';
import type { Terminal } from './terminal/terminal.ts';
import { formatTable, formatTime } from './terminal/text-table.ts';
import { rotatedKeySchema, signingKeySchema } from './remote/wire-records.ts';

interface RotateOptions extends RemoteOptions {
  alg?: string;
  emergency?: boolean;
  publishAhead?: number;
}

interface RevokeOptions extends RemoteOptions, ConfirmationOptions {}

export function keysCommand(terminal: Terminal): Command {
  const keys = new Command('keys').description('list, rotate and revoke signing keys');
  addExamples(
    addRemoteOptions(keys.command('list'))
      .description('list every signing key there ever was, newest first')
      .action((options: RemoteOptions) => listKeys(terminal, options)),
    'keys list',
  );
  addExamples(
    addRemoteOptions(keys.command('rotate'))
      .description('publish a successor, which signs when validators have had time to fetch it')
      .option('--alg <alg>', 'ES256 (default), RS256, PS256 or EdDSA')
      .option(
        '--publish-ahead <duration>',
        'how long before it signs: 15m to 30d (default: 24h)',
        parseDuration,
      )
      .option(
        '--emergency',
        'sign with it at once; validators that cache refuse new access tokens for a while',
      )
      .action((options: RotateOptions) => rotateKey(terminal, options)),
    'keys rotate --alg RS256 --publish-ahead 48h',
    'keys rotate --emergency',
  );
  addExamples(
    addYesOption(addRemoteOptions(keys.command('revoke')))
      .description(
        'take a signing key out of the JWKS at once: every access token it signed is refused',
      )
      .argument('<kid>', 'see "keys list"')
      .action((kid: string, options: RevokeOptions) => revokeKey(terminal, kid, options)),
    'keys revoke b5c8Xw2QeR7tYu1iOp4aSd --yes',
  );
  return addExamples(keys, 'keys list');
}

async function listKeys(terminal: Terminal, options: RemoteOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const listing = await admin.list('/signing-keys', signingKeySchema, {}, listLimitDefault);
  if (options.json) return terminal.printJson(listing);
  noteMore(terminal, listing.next_cursor, listLimitDefault);
  const rows = listing.data.map((key) => [
    key.kid,
    key.alg,
    key.state,
    formatTime(key.created_at),
    formatTime(key.signs_at),
    formatTime(key.gone_at),
  ]);
  terminal.print(...formatTable(['KID', 'ALG', 'STATE', 'CREATED', 'SIGNS FROM', 'GONE'], rows));
}

async function rotateKey(terminal: Terminal, options: RotateOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const key = await admin.post('/signing-keys/rotate', rotatedKeySchema, {
    ...(options.alg === undefined ? {} : { alg: options.alg }),
    ...(options.publishAhead === undefined ? {} : { publish_ahead_seconds: options.publishAhead }),
    ...(options.emergency ? { emergency: true } : {}),
  });
  if (options.json) return terminal.printJson(key);
  const wait = (Date.parse(key.signs_at) - Date.parse(key.created_at)) / 1000;
  terminal.print(
    key.state === 'signing'
      ? `The ${key.alg} key ${key.kid} signs from now on.`
      : `The ${key.alg} key ${key.kid} is published, and signs from ${formatTime(key.signs_at)} (in ${formatDuration(wait)}).`,
  );
  if (key.warning !== null) terminal.note(key.warning);
}

async function revokeKey(terminal: Terminal, kid: string, options: RevokeOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const question = `Revoke the signing key ${kid}? Every access token it signed is refused as soon as validators fetch the JWKS again.`;
  await requireYes(terminal, options, question, 'nothing was revoked');
  const path = `/signing-keys/${encodeURIComponent(kid)}/revoke`;
  const key = await admin.post(path, signingKeySchema, {});
  if (options.json) return terminal.printJson(key);
  terminal.print(`Revoked the ${key.alg} key ${key.kid}: it is out of the JWKS.`);
}
