/** `latchkey serve`: runs the server until it is told to stop. */
import closeWithGrace from 'close-with-grace';
import { composeServer } from '../compose.ts';
import { loadSettings } from '../config.ts';
import { createLog } from '../http/log.ts';
import { formatWelcome } from './welcome.ts';

/** Longer than the drain and the slowest answer; then the process ends anyway. */
const closeMillisMargin = 15_000;

export async function serve(): Promise<void> {
  const settings = await loadSettings();
  const log = createLog(settings.logLevel);
  const embedded = settings.databaseUrl === null;
  const { server, newOperator } = await composeServer(settings, log, {
    mayShowSecret: embedded || process.stdout.isTTY,
  });
  closeWithGrace(
    { delay: settings.drainSeconds * 1000 + closeMillisMargin, logger: false },
    async ({ err, signal }) => {
      if (err) log.fatal({ err }, 'stopping after an unexpected error');
      else log.info({ signal }, 'stopping');
      await server.close();
      log.info('stopped');
    },
  );
  log.info(
    { port: server.port, database: server.databaseKind, issuer: settings.issuer },
    'serving',
  );
  if (!server.hasOperator) {
    log.warn(
      'nobody can administer this instance yet: run "latchkey bootstrap" on a terminal, or set LATCHKEY_BOOTSTRAP_CLIENT_ID and _SECRET',
    );
  }
  process.stdout.write(formatWelcome({ settings, metricsPort: server.metricsPort, newOperator }));
}
