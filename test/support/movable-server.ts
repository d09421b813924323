/**
 * The server as it is served, except that its parent can move its clock (`{ offsetMillis }` by IPC), look
 * into its memory (`{ heapSnapshotFile }`), and say how soon uses are stored.
 */
import { flushCompileCache } from 'node:module';
import { writeHeapSnapshot } from 'node:v8';
import { locate } from '../../src/start/bundle.ts';
import type * as compose from '../../src/compose/compose-server.ts';
import type * as config from '../../src/config.ts';
import type * as log from '../../src/http/log.ts';

// The same modules, wherever they are.
const { composeServer } = (await import(locate('compose/compose-server.ts'))) as typeof compose;
const { loadSettings } = (await import(locate('config.ts'))) as typeof config;
const { createLog } = (await import(locate('http/log.ts'))) as typeof log;

let offsetMillis = 0;
/** `count`: how many requests the fast lane answered can be asked; `off`: the engine answers all. */
const fastLane = process.env['LATCHKEY_TEST_FAST_LANE'];
let answeredByFastLane = 0;
const useFlushMillis = process.env['LATCHKEY_TEST_USE_FLUSH_MILLIS'];
const webhookPollMillis = process.env['LATCHKEY_TEST_WEBHOOK_POLL_MILLIS'];
const settings = await loadSettings();
const { server } = await composeServer(settings, createLog(settings.logLevel), {
  mayShowSecret: false,
  clockOffsetMillis: () => offsetMillis,
  ...(fastLane === 'off' ? { onFastLane: null } : {}),
  ...(fastLane === 'count'
    ? { onFastLane: (answered) => void (answeredByFastLane += Number(answered)) }
    : {}),
  ...(webhookPollMillis === undefined
    ? {}
    : { webhookPollMillis: webhookPollMillis === 'never' ? null : Number(webhookPollMillis) }),
  ...(useFlushMillis === undefined ? {} : { useFlushMillis: Number(useFlushMillis) }),
});

// For those that start while this one still runs.
flushCompileCache();

type Question = { offsetMillis: number } | { heapSnapshotFile: string } | 'fast lane';

process.on('message', (message: Question) => {
  if (message === 'fast lane') return process.send?.({ answeredByFastLane });
  if ('heapSnapshotFile' in message) writeHeapSnapshot(message.heapSnapshotFile);
  else offsetMillis = message.offsetMillis;
  process.send?.('done');
});
// Nobody is left who would end it.
process.on('disconnect', () => process.exit(1));
process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
