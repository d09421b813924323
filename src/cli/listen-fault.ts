/** Why a server cannot listen where it was told to, in words, and what to do about it. */
import type { Settings } from '../config.ts';
import { CliError, exitCodes } from './cli-error.ts';

/** What fails: `bind` where the first of several processes listens for the others. */
const syscalls: ReadonlySet<unknown> = new Set(['listen', 'bind']);

/** The same error when it is not about listening. */
export function explainListenFault(error: unknown, settings: Settings): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  const isHostUnknown = 'hostname' in error && error.hostname === settings.host;
  if (!syscalls.has(error.syscall) && !isHostUnknown) return error;
  const code = 'code' in error ? String(error.code) : '';
  const failedPort = 'port' in error ? Number(error.port) : settings.port;
  const isMetrics = failedPort === settings.metricsPort;
  const variable = isMetrics ? 'LATCHKEY_METRICS_PORT' : 'PORT';
  const lines: Record<string, string[]> = {
    EADDRINUSE: [
      `port ${failedPort} is in use by another process, so ${isMetrics ? 'the metrics' : 'the server'} cannot listen there`,
      `End that process, or choose another port: ${variable}=${failedPort + 1} ${isMetrics ? '(0: any free one, -1: no metrics) ' : ''}npx latchkey serve`,
    ],
    EACCES: [
      `this user may not listen on port ${failedPort}`,
      `Choose a port above 1023 with ${variable}.`,
    ],
    ENOTFOUND: [
      `${settings.host} is not a name or address of this machine`,
      'Correct HOST: 127.0.0.1 for this machine only, 0.0.0.0 for all its addresses.',
    ],
    EADDRNOTAVAIL: [
      `${settings.host} is not an address of this machine`,
      'Correct HOST: 127.0.0.1 for this machine only, 0.0.0.0 for all its addresses.',
    ],
  };
  return new CliError(exitCodes.refused, lines[code] ?? [error.message], { cause: error });
}
