/** What the first process and its workers tell each other. */
import type { ListeningPorts } from '../compose/compose-listeners.ts';
import type { MetricsSnapshot } from '../http/request-tally.ts';

export type MessageToWorker =
  /** All listen: be ready. */
  | { type: 'begin' }
  /** End: without a drain when the others go on. */
  | { type: 'stop'; othersListen: boolean }
  | { type: 'metrics' };

export type MessageFromWorker =
  | ({ type: 'listening' } & ListeningPorts)
  | { type: 'serving' }
  /** Somebody told it to stop: all of them, or it alone? */
  | { type: 'signalled' }
  | { type: 'failed'; failure: StartFailure }
  | { type: 'metrics'; snapshot: MetricsSnapshot };

/** Why a process could not start, for people. */
export interface StartFailure {
  exitCode: number;
  lines: readonly string[];
}
