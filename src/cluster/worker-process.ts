/** One of several processes that serve: it begins, and stops, when the first process tells it to. */
import type { Worker } from 'node:cluster';
import closeWithGrace from 'close-with-grace';
import { composeServer, type RunningServer } from '../compose/compose-server.ts';
import type { Settings } from '../config.ts';
import { createLog } from '../http/log.ts';
import { Metrics } from '../http/metrics.ts';
import type { MessageFromWorker, MessageToWorker, StartFailure } from './worker-message.ts';

/** Of the pool; the registry's feed has one more. */
const connectionsMax = 2;
/** Longer than the slowest answer: the first process ends whoever takes longer. */
const closeMillisMax = 15_000;
/** Nobody is left who would end it. */
const orphanMillisMax = 3_000;
/** A terminal sends them to every process of its group: what they mean is said by the first process. */
const terminalSignals = ['SIGHUP', 'SIGINT', 'SIGQUIT'] as const;

/** Nobody need notice: the others take the new connections. */
const leavingAlone = { drainSeconds: 0, othersListen: true };

/** Resolves when it serves, or has told why it cannot. */
export async function serveAsWorker(
  worker: Worker,
  settings: Settings,
  explain: (error: unknown) => StartFailure,
): Promise<void> {
  const log = createLog(settings.logLevel, { worker: worker.id });
  const metrics = new Metrics();
  const begun = Promise.withResolvers<void>();
  let server: RunningServer | undefined;
  const closing = { drainSeconds: settings.drainSeconds, othersListen: false };
  let isStopping = false;

  const grace = closeWithGrace(
    {
      delay: settings.drainSeconds * 1000 + closeMillisMax,
      logger: false,
      skip: ['SIGTERM', ...terminalSignals],
    },
    async ({ err }) => {
      isStopping = true;
      if (err) log.fatal({ err }, 'stopping after an unexpected error');
      const { drainSeconds, othersListen } = err ? leavingAlone : closing;
      await server?.close(drainSeconds, othersListen);
      await tell({ type: 'metrics', snapshot: await metrics.snapshot() });
    },
  );
  const stop = (how: Partial<typeof closing>) => {
    Object.assign(closing, how);
    if (!isStopping) grace.close();
    isStopping = true;
  };

  for (const signal of terminalSignals) process.on(signal, () => undefined);
  process.on('SIGTERM', () => void tell({ type: 'signalled' }));
  worker.once('disconnect', () => {
    // Else Node ends this process here and now, with what it has not answered and not stored.
    worker.exitedAfterDisconnect = true;
    log.error('the first process is gone: stopping');
    setTimeout(() => process.exit(1), orphanMillisMax).unref();
    stop({ drainSeconds: 0 });
  });
  // All that comes this way is written by us, in forked-worker.ts.
  process.on('message', (message) => {
    const order = message as MessageToWorker;
    if (order.type === 'begin') begun.resolve();
    else if (order.type === 'stop') stop(order.othersListen ? leavingAlone : {});
    else void metrics.snapshot().then((snapshot) => tell({ type: 'metrics', snapshot }));
  });

  try {
    const started = await composeServer({ ...settings, metricsPort: -1, connectionsMax }, log, {
      mayShowSecret: false,
      metrics,
      untilOthersListen: async (ports) => {
        await tell({ type: 'listening', ...ports });
        await begun.promise;
      },
    });
    ({ server } = started);
    const { port, adminPort } = server;
    log.info({ pid: process.pid, port, admin_port: adminPort }, 'serving');
    await tell({ type: 'serving' });
  } catch (error) {
    const failure = explain(error);
    await tell({ type: 'failed', failure });
    process.exit(failure.exitCode);
  }
}

/** Resolves when it is said, or there is nobody to hear it. */
async function tell(message: MessageFromWorker): Promise<void> {
  if (!process.connected) return;
  await new Promise<void>((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });
}
