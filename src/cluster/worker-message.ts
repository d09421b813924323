/** What the first process and its workers tell each other. */
import type { MetricsSnapshot } from '../http/metrics.ts';

export type MessageToWorker =
  /** All listen: be ready. */
  | { type: 'begin' }
  /** Drain, and end. */
  | { type: 'stop' }
  | { type: 'metrics' };

export type MessageFromWorker =
  | { type: 'listening'; port: number }
  | { type: 'serving' }
  | { type: 'failed'; failure: StartFailure }
  | { type: 'metrics'; snapshot: MetricsSnapshot };

/** Why a process could not start, for people. */
export interface StartFailure {
  exitCode: number;
  lines: readonly string[];
}
