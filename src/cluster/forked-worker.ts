/** A worker as the first process sees it. */
import type { Worker } from 'node:cluster';
import type { MetricsSnapshot } from '../http/metrics.ts';
import { rescueHandedConnections } from './handed-connections.ts';
import type { MessageFromWorker, MessageToWorker, StartFailure } from './worker-message.ts';

export interface WorkerEnd {
  exitCode: number | null;
  signal: string | null;
}

export interface WorkerObserver {
  onListening(worker: ForkedWorker): void;
  onServing(worker: ForkedWorker): void;
  onStartFailure(worker: ForkedWorker, failure: StartFailure): void;
  onMetrics(worker: ForkedWorker, snapshot: MetricsSnapshot): void;
  /** Called once, after everything it said. */
  onEnd(worker: ForkedWorker, end: WorkerEnd): void;
  isAnotherListening(worker: ForkedWorker): boolean;
}

export class ForkedWorker {
  readonly #worker: Worker;
  #port: number | undefined;
  #servingSince: number | undefined;
  #askedForMetrics: PromiseWithResolvers<void> | undefined;

  constructor(worker: Worker, observer: WorkerObserver) {
    this.#worker = worker;
    rescueHandedConnections(worker, () => observer.isAnotherListening(this));
    // All that comes this way is written by us, in worker-process.ts.
    worker.on('message', (message: MessageFromWorker) => this.#hear(message, observer));
    this.#watch(observer);
  }

  /** In the order in which they were started; never used again. */
  get number(): number {
    return this.#worker.id;
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  get port(): number | undefined {
    return this.#port;
  }

  get isServing(): boolean {
    return this.#servingSince !== undefined;
  }

  get servedMillis(): number {
    return this.#servingSince === undefined ? 0 : performance.now() - this.#servingSince;
  }

  begin(): void {
    this.#tell({ type: 'begin' });
  }

  stop(): void {
    this.#tell({ type: 'stop' });
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }

  /** Resolves when it has answered, or has ended. */
  async askForMetrics(): Promise<void> {
    if (this.#askedForMetrics === undefined) {
      this.#askedForMetrics = Promise.withResolvers<void>();
      this.#tell({ type: 'metrics' });
    }
    await this.#askedForMetrics.promise;
  }

  #tell(message: MessageToWorker): void {
    // That it is gone is heard of anyway.
    if (this.#worker.isConnected()) this.#worker.send(message, () => undefined);
  }

  #hear(message: MessageFromWorker, observer: WorkerObserver): void {
    switch (message.type) {
      case 'listening':
        this.#port = message.port;
        observer.onListening(this);
        break;
      case 'serving':
        this.#servingSince = performance.now();
        observer.onServing(this);
        break;
      case 'failed':
        observer.onStartFailure(this, message.failure);
        break;
      case 'metrics':
        observer.onMetrics(this, message.snapshot);
        this.#noteMetricsAnswered();
        break;
    }
  }

  #noteMetricsAnswered(): void {
    this.#askedForMetrics?.resolve();
    this.#askedForMetrics = undefined;
  }

  /** It has ended when its process has, and all it said was read; or when there never was a process. */
  #watch(observer: WorkerObserver): void {
    const worker = this.#worker;
    const exited = Promise.withResolvers<WorkerEnd>();
    const disconnected = Promise.withResolvers<void>();
    worker.once('exit', (exitCode, signal) => exited.resolve({ exitCode, signal }));
    worker.once('disconnect', () => disconnected.resolve());
    worker.on('error', () => {
      // Else it is a message that could not be sent, and its end will say why.
      if (worker.process.pid !== undefined) return;
      exited.resolve({ exitCode: null, signal: null });
      disconnected.resolve();
    });
    void Promise.all([exited.promise, disconnected.promise]).then(([end]) => {
      this.#noteMetricsAnswered();
      observer.onEnd(this, end);
    });
  }
}
