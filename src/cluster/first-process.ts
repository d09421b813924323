/** The first of several processes: it prepares the database, starts the others, and serves their metrics. */
import { availableParallelism } from 'node:os';
import { composeRegistry, ensureOperator } from '../compose/compose-registry.ts';
import { type StartedServer } from '../compose/compose-server.ts';
import type { Settings } from '../config.ts';
import type { Log } from '../http/log.ts';
import { listenForMetrics, type MetricsListener } from '../http/metrics-listener.ts';
import { WorkerMetrics } from '../http/worker-metrics.ts';
import { WorkerProcesses } from './worker-processes.ts';

/** Only until the others serve. */
const connectionsMax = 2;

export interface StartedWorkers extends StartedServer {
  /** Rejects when they cannot be kept running. */
  failed: Promise<never>;
}

/** Resolves when all of them serve. Throws WorkerStartFailed. */
export async function composeWorkers(
  settings: Settings,
  log: Log,
  options: { mayShowSecret: boolean },
): Promise<StartedWorkers> {
  const { workers: count, metricsPort } = settings;
  const cores = availableParallelism();
  if (count > cores) log.warn({ workers: count, cores }, 'there are more workers than cores');
  const metrics = new WorkerMetrics();
  const workers = new WorkerProcesses({ count, log, metrics });
  const readMetrics = async () => {
    await workers.collectMetrics();
    metrics.setServing(workers.servingCount);
    return metrics.read();
  };

  const registry = await composeRegistry({ ...settings, connectionsMax }, log, {
    keepIssuer: true,
  });
  if (registry.migrated.length > 0) log.info({ migrations: registry.migrated }, 'migrated');
  let metricsListener: MetricsListener | undefined;
  try {
    if (metricsPort >= 0) metricsListener = await listenForMetrics(metricsPort, readMetrics);
    const ports = await workers.listen();
    // A secret that was made must not be lost to a port that is taken.
    const { bootstrap } = registry;
    const firstStart = await ensureOperator(registry, settings, options.mayShowSecret);
    const hasOperator = firstStart !== undefined || (await bootstrap.hasOperator());
    await workers.begin();
    const server = {
      ...ports,
      metricsPort: metricsListener?.port,
      hasOperator,
      databaseKind: registry.database.kind,
      close: async () => {
        await workers.stop();
        metricsListener?.server.close();
      },
    };
    return { server, firstStart, failed: workers.failed };
  } catch (error) {
    workers.kill();
    metricsListener?.server.close();
    throw error;
  } finally {
    await registry.database.close();
  }
}
