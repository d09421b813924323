/** `latchkey keys`: the signing keys of the server. */
import { Command } from 'commander';
import { formatDuration, parseDuration } from './option-values.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  noteMore,
  type RemoteOptions,
} from './remote-command.ts';
import type { Terminal } from './terminal.ts';
import { formatTable, formatTime } from './text-table.ts';
import { rotatedKeySchema, signingKeySchema } from './wire-records.ts';

interface RotateOptions extends RemoteOptions {
  alg?: string;
  emergency?: boolean;
  publishAhead?: number;
}

export function keysCommand(terminal: Terminal): Command {
  const keys = new Command('keys').description('list and rotate signing keys');
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
