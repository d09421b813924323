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

/** What programs read where nothing closer is known. */
const codes: Record<ExitCode, string> = {
  [exitCodes.ok]: 'ok',
  [exitCodes.refused]: 'refused',
  [exitCodes.usage]: 'usage',
  [exitCodes.unreachable]: 'unreachable',
};

export interface CliErrorOptions {
  cause?: unknown;
  /** The server's own, where it gave one. */
  code?: string | undefined;
  /** What the server's log knows the request by. */
  requestId?: string | undefined;
}

export class CliError extends Error {
  readonly exitCode: ExitCode;
  /** What is printed: what happened, and what to do about it. */
  readonly lines: readonly string[];
  readonly code: string;
  readonly requestId: string | undefined;

  constructor(exitCode: ExitCode, lines: readonly string[], options: CliErrorOptions = {}) {
    super(lines.join('\n'), { cause: options.cause });
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.lines = lines;
    this.code = options.code ?? codes[exitCode];
    this.requestId = options.requestId;
  }
}
