/** The processes that serve on the same ports: forked, watched, started again when one ends, stopped together. */
import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ListeningPorts } from '../compose/compose-listeners.ts';
import type { Log } from '../http/log.ts';
import type { WorkerMetrics } from '../http/worker-metrics.ts';
import { ForkedWorker, type WorkerEnd } from './forked-worker.ts';
import { RestartPolicy, steadyMillis } from './restart-policy.ts';
import type { StartFailure } from './worker-message.ts';

/** A worker that does not answer by then is taken as it was last seen. */
const metricsMillisMax = 1_000;

/** In which the same signal reaches all processes of a group. */
const sameOrderMillis = 200;

/** A process could not start, and has said why. */
export class WorkerStartFailed extends Error {
  readonly failure: StartFailure;

  constructor(failure: StartFailure) {
    super(failure.lines.join('\n'));
    this.name = 'WorkerStartFailed';
    this.failure = failure;
  }
}

interface Dependencies {
  count: number;
  log: Log;
  metrics: WorkerMetrics;
}

export class WorkerProcesses {
  readonly #dependencies: Dependencies;
  readonly #workers = new Set<ForkedWorker>();
  readonly #restarts = new RestartPolicy();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #listening = Promise.withResolvers<ListeningPorts>();
  readonly #serving = Promise.withResolvers<void>();
  readonly #failed = Promise.withResolvers<never>();
  readonly #ended = Promise.withResolvers<void>();
  #ports: ListeningPorts | undefined;
  #begun = false;
  #stopping = false;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    // Whoever waits hears of it; nobody may be waiting yet.
    this.#failed.promise.catch(() => undefined);
    // However this process ends, as long as it can still do something.
    process.once('exit', () => this.kill());
  }

  /** Rejects when they cannot be kept running. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  get servingCount(): number {
    return this.#list(({ isServing }) => isServing).length;
  }

  /** Resolves with their ports when all of them listen. Throws WorkerStartFailed. */
  async listen(): Promise<ListeningPorts> {
    // Node hands the connections out in turn; the system would give most of them to a few.
    cluster.schedulingPolicy = cluster.SCHED_RR;
    for (let forked = 0; forked < this.#dependencies.count; forked += 1) this.#fork();
    return Promise.race([this.#listening.promise, this.failed]);
  }

  /** From now on they are ready, whoever listens; resolves when all of them are. */
  async begin(): Promise<void> {
    this.#begun = true;
    for (const worker of this.#list(({ ports }) => ports !== undefined)) worker.begin();
    await Promise.race([this.#serving.promise, this.failed]);
  }

  /** Resolves when all of them have drained and ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const worker of this.#workers) worker.stop(false);
    if (this.#workers.size > 0) await this.#ended.promise;
  }

  kill(): void {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const worker of this.#workers) worker.kill();
  }

  /** Resolves when all have told their metrics, or have had the time for it. */
  async collectMetrics(): Promise<void> {
    const asked = this.#list(({ isServing }) => isServing).map((worker) => worker.askForMetrics());
    const inTime = new AbortController();
    const { signal } = inTime;
    const late = sleep(metricsMillisMax, undefined, { signal }).catch(() => undefined);
    await Promise.race([Promise.all(asked), late]);
    inTime.abort();
  }

  #list(matches: (worker: ForkedWorker) => boolean): ForkedWorker[] {
    return [...this.#workers].filter(matches);
  }

  #fork(): void {
    const { metrics } = this.#dependencies;
    const forked = new ForkedWorker(cluster.fork(this.#chosenPorts()), {
      onListening: (worker) => this.#noteListening(worker),
      onServing: () => this.#noteServing(),
      onSignalled: (worker) => this.#noteSignalled(worker),
      onStartFailure: (worker, failure) => this.#noteStartFailure(worker, failure),
      onMetrics: (worker, snapshot) => metrics.note(worker.number, snapshot),
      onEnd: (worker, end) => this.#noteEnd(worker, end),
      isAnotherListening: (worker) =>
        this.#list((other) => other !== worker && other.ports !== undefined).length > 0,
    });
    this.#workers.add(forked);
  }

  /** Whoever was given any free port keeps it. */
  #chosenPorts(): Record<string, string> {
    const { port, adminPort } = this.#ports ?? {};
    return {
      ...(port === undefined ? {} : { PORT: String(port) }),
      ...(adminPort === undefined ? {} : { LATCHKEY_ADMIN_PORT: String(adminPort) }),
    };
  }

  #noteListening(worker: ForkedWorker): void {
    this.#ports = worker.ports;
    if (this.#begun) worker.begin();
    const { length } = this.#list(({ ports }) => ports !== undefined);
    if (length === this.#dependencies.count && worker.ports !== undefined) {
      this.#listening.resolve(worker.ports);
    }
  }

  #noteServing(): void {
    if (this.servingCount === this.#dependencies.count) this.#serving.resolve();
  }

  /** Whoever ends all processes at once has told us too, or will have in a moment. */
  #noteSignalled(worker: ForkedWorker): void {
    setTimeout(() => {
      if (!this.#stopping) worker.stop(true);
    }, sameOrderMillis);
  }

  /** Of the first start it is the answer; later there are others, and another attempt. */
  #noteStartFailure(worker: ForkedWorker, failure: StartFailure): void {
    const { log } = this.#dependencies;
    if (!this.#begun) return this.#failed.reject(new WorkerStartFailed(failure));
    log.error({ worker: worker.number, reason: failure.lines }, 'a worker could not start');
  }

  #noteEnd(worker: ForkedWorker, { exitCode, signal }: WorkerEnd): void {
    const { log, metrics } = this.#dependencies;
    this.#workers.delete(worker);
    metrics.noteEnd(worker.number);
    if (this.#stopping) {
      if (this.#workers.size === 0) this.#ended.resolve();
      return;
    }
    const isSteady = ({ servedMillis }: ForkedWorker) => servedMillis >= steadyMillis;
    const waitMillis = this.#restarts.noteEnd(worker.servedMillis, this.#list(isSteady).length > 0);
    const facts = { worker: worker.number, pid: worker.pid, exit_code: exitCode, signal };
    if (waitMillis === undefined) {
      const how = signal ?? `exit code ${exitCode}`;
      this.#failed.reject(new Error(`workers end again and again soon after their start: ${how}`));
      return;
    }
    // Without a fault it was told to, by somebody else.
    log[exitCode === 0 ? 'warn' : 'error']({ ...facts, wait_ms: waitMillis }, 'a worker ended');
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      metrics.noteRestart();
      this.#fork();
    }, waitMillis);
    this.#timers.add(timer);
  }
}
