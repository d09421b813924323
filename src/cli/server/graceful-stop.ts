/** Ends the server when it is told to, or after an unexpected error; at once when it is told again. */
import closeWithGrace from 'close-with-grace';
import type { Log } from '../../http/log.ts';

/** Longer than the drain and the slowest answer; then the process ends anyway. */
const closeMillisMargin = 15_000;
const stopSignals = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;
/** One Ctrl-C arrives twice: from the terminal, and from npm, which passes it on. */
const sameOrderMillis = 300;

export function stopGracefully(log: Log, drainSeconds: number, close: () => Promise<void>): void {
  let stoppingSince: number | undefined;
  const grace = closeWithGrace(
    { delay: drainSeconds * 1000 + closeMillisMargin, logger: false, skip: [...stopSignals] },
    async ({ err, signal }) => {
      if (err) log.fatal({ err }, 'stopping after an unexpected error');
      else if (signal !== undefined) log.info({ signal }, 'stopping');
      stoppingSince ??= performance.now();
      await close();
      log.info('stopped');
    },
  );
  const obey = (signal: string) => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now();
      log.info({ signal }, 'stopping');
      grace.close();
    } else if (performance.now() - stoppingSince > sameOrderMillis) {
      process.exit(1);
    }
  };
  for (const signal of stopSignals) process.on(signal, () => obey(signal));
}
