/** The server as it is served, except that its parent can move its clock: `{ offsetMillis }` by IPC. */
import { composeServer } from '../../src/compose.ts';
import { loadSettings } from '../../src/config.ts';
import { createLog } from '../../src/http/log.ts';

let offsetMillis = 0;
const settings = await loadSettings();
const { server } = await composeServer(settings, createLog(settings.logLevel), {
  mayShowSecret: false,
  clockOffsetMillis: () => offsetMillis,
});

process.on('message', (message: { offsetMillis: number }) => {
  offsetMillis = message.offsetMillis;
  process.send?.({ moved: offsetMillis });
});
process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
process.send?.({ ready: true, metricsPort: server.metricsPort });
