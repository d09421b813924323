/** A worker as the first process sees it. */
import type { Worker } from 'node:cluster';
import type { ListeningPorts } from '../compose/compose-listeners.ts';
import type { MetricsSnapshot } from '../http/request-tally.ts';
import { rescueHandedConnections } from './handed-connections.ts';
import type { MessageFromWorker, MessageToWorker, StartFailure } from './worker-message.ts';

export interface WorkerEnd {
  exitCode: number | null;
  signal: string | null;
}

export interface WorkerObserver {
  onListening(worker: ForkedWorker): void;
  onServing(worker: ForkedWorker): void;
  onSignalled(worker: ForkedWorker): void;
  onStartFailure(worker: ForkedWorker, failure: StartFailure): void;
  onMetrics(worker: ForkedWorker, snapshot: MetricsSnapshot): void;
  /** Called once, after everything it said. */
  onEnd(worker: ForkedWorker, end: WorkerEnd): void;
  isAnotherListening(worker: ForkedWorker): boolean;
}

export class ForkedWorker {
  readonly #worker: Worker;
  #ports: ListeningPorts | undefined;
  #servingSince: number | undefined;
  #askedForMetrics: PromiseWithResolvers<void> | undefined;
  /** What it was told last, when that was to stop. */
  #stopOrder: MessageToWorker | undefined;

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

  /** undefined: it does not listen yet. */
  get ports(): ListeningPorts | undefined {
    return this.#ports;
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

  stop(othersListen: boolean): void {
    this.#stopOrder = { type: 'stop', othersListen };
    this.#tell(this.#stopOrder);
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
        this.#ports = { port: message.port, adminPort: message.adminPort };
        observer.onListening(this);
        // What it was told before it could hear is lost: Node has given that to nobody.
        if (this.#stopOrder) this.#tell(this.#stopOrder);
        break;
      case 'serving':
        this.#servingSince = performance.now();
        observer.onServing(this);
        break;
      case 'signalled':
        observer.onSignalled(this);
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

  #watch(observer: WorkerObserver): void {
    const child = this.#worker.process;
    const end = (exitCode: number | null, signal: string | null) => {
      this.#noteMetricsAnswered();
      observer.onEnd(this, { exitCode, signal });
    };
    // It has exited, and all it said was read.
    child.once('close', end);
    this.#worker.on('error', () => {
      // Else a message could not be sent, and its end will say why.
      if (child.pid === undefined) end(null, null);
    });
  }
}
