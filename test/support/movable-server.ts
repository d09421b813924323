/**
 * The server as it is served, except that its parent can move its clock (`{ offsetMillis }` by IPC) and
 * look into its memory (`{ heapSnapshotFile }`).
 */
import { writeHeapSnapshot } from 'node:v8';
import { composeServer } from '../../src/compose.ts';
import { loadSettings } from '../../src/config.ts';
import { createLog } from '../../src/http/log.ts';

let offsetMillis = 0;
const settings = await loadSettings();
const { server } = await composeServer(settings, createLog(settings.logLevel), {
  mayShowSecret: false,
  clockOffsetMillis: () => offsetMillis,
});

process.on('message', (message: { offsetMillis: number } | { heapSnapshotFile: string }) => {
  if ('heapSnapshotFile' in message) writeHeapSnapshot(message.heapSnapshotFile);
  else offsetMillis = message.offsetMillis;
  process.send?.('done');
});
// Nobody is left who would end it.
process.on('disconnect', () => process.exit(1));
process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
