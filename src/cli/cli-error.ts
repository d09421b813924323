/** Why a command ends: the exit codes of `latchkey`, and the error that carries one with lines for people. */

export const exitCodes = {
  ok: 0,
  /** The server refused, or what was checked is not valid. */
  refused: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** No server or database answers: the same command may work later. */
  unreachable: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export class CliError extends Error {
  readonly exitCode: ExitCode;
  /** What is printed: what happened, and what to do about it. */
  readonly lines: readonly string[];

  constructor(exitCode: ExitCode, lines: readonly string[], options: { cause?: unknown } = {}) {
    super(lines.join('\n'), options);
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.lines = lines;
  }
}
