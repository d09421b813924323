/** Why a server cannot listen where it was told to, in words, and what to do about it. */
import type { Settings } from '../../config.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';

/** What fails: `bind` where the first of several processes listens for the others. */
const syscalls: ReadonlySet<unknown> = new Set(['listen', 'bind']);

/** One of those that listen, and what moves it. */
interface Place {
  port: number | null;
  host: string;
  who: string;
  portVariable: string;
  hostVariable: string;
  /** What else the port may be. */
  choices?: string;
}

/** The same error when it is not about listening. */
export function explainListenFault(error: unknown, settings: Settings): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  const place = findPlace(error, settings);
  if (place === undefined) return error;
  const { host, who, portVariable, hostVariable, choices = '' } = place;
  const port = 'port' in error ? Number(error.port) : place.port;
  const correction = `Correct ${hostVariable}: 127.0.0.1 for this machine only, 0.0.0.0 for all its addresses.`;
  const lines: Record<string, string[]> = {
    EADDRINUSE: [
      `port ${port} is in use by another process, so ${who} cannot listen there`,
      `End that process, or choose another port: ${portVariable}=${Number(port) + 1} ${choices}npx latchkey serve`,
    ],
    EACCES: [
      `this user may not listen on port ${port}`,
      `Choose a port above 1023 with ${portVariable}.`,
    ],
    ENOTFOUND: [`${host} is not a name or address of this machine`, correction],
    EADDRNOTAVAIL: [`${host} is not an address of this machine`, correction],
  };
  const code = 'code' in error ? String(error.code) : '';
  return new CliError(exitCodes.refused, lines[code] ?? [error.message], { cause: error });
}

/** Undefined: it is not about listening. */
function findPlace(error: object, settings: Settings): Place | undefined {
  const places = listPlaces(settings);
  const fields: Record<string, unknown> = { ...error };
  // A name that nobody knows fails before there is a port.
  const unknownHost = places.find(({ host }) => host === fields['hostname']);
  if (!syscalls.has(fields['syscall'])) return unknownHost;
  const [first] = places;
  const atPort = places.filter(({ port }) => port === fields['port']);
  return atPort.find(({ host }) => host === fields['address']) ?? atPort[0] ?? first;
}

function listPlaces({ port, host, adminPort, adminHost, metricsPort }: Settings): Place[] {
  return [
    { port, host, who: 'the server', portVariable: 'PORT', hostVariable: 'HOST' },
    {
      port: adminPort,
      host: adminHost,
      who: 'the admin API and the console',
      portVariable: 'LATCHKEY_ADMIN_PORT',
      hostVariable: adminHost === host ? 'HOST' : 'LATCHKEY_ADMIN_HOST',
    },
    {
      port: metricsPort,
      // Not for anybody to set.
      host: '127.0.0.1',
      who: 'the metrics',
      portVariable: 'LATCHKEY_METRICS_PORT',
      hostVariable: 'HOST',
      choices: '(0: any free one, -1: no metrics) ',
    },
  ];
}
