/** `latchkey serve`: runs the server until it is told to stop. */
import { setFlagsFromString } from 'node:v8';
import closeWithGrace from 'close-with-grace';
import { Command } from 'commander';
import { loadSettings, type Settings } from '../config.ts';
import { createLog } from '../http/log.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { explainDatabaseFault } from './database-fault.ts';
import { addExamples, addJsonOption } from './remote-command.ts';
import type { Terminal } from './terminal.ts';
import { formatWelcome, type Welcome } from './welcome.ts';

/** Longer than the drain and the slowest answer; then the process ends anyway. */
const closeMillisMargin = 15_000;

interface ServeOptions {
  json?: boolean;
}

export function serveCommand(terminal: Terminal): Command {
  return addExamples(
    addJsonOption(new Command('serve'))
      .description(
        'run the server: with the embedded database in ./data, or on PostgreSQL with DATABASE_URL set',
      )
      .action((options: ServeOptions) => serve(terminal, options)),
    'serve',
  );
}

async function serve(terminal: Terminal, options: ServeOptions): Promise<void> {
  // Else V8 learns from requests that wait for the database that all of them live long, and from then on
  // makes their objects where only a full collection finds them: a fifth of the throughput.
  setFlagsFromString('--no-allocation-site-pretenuring');
  const settings = await loadSettings();
  const log = createLog(settings.logLevel);
  const embedded = settings.databaseUrl === null;
  // Loaded here: the other commands do without the server and should start fast.
  const { composeServer } = await import('../compose.ts');
  const { server, newOperator } = await composeServer(settings, log, {
    mayShowSecret: embedded || process.stdout.isTTY,
  }).catch((error: unknown) => {
    throw explainDatabaseFault(explainListenFault(error, settings), settings);
  });
  closeWithGrace(
    { delay: settings.drainSeconds * 1000 + closeMillisMargin, logger: false },
    async ({ err, signal }) => {
      if (err) log.fatal({ err }, 'stopping after an unexpected error');
      else log.info({ signal }, 'stopping');
      await server.close();
      log.info('stopped');
    },
  );
  log.info(
    { port: server.port, database: server.databaseKind, issuer: settings.issuer },
    'serving',
  );
  if (!server.hasOperator) {
    log.warn(
      'nobody can administer this instance yet: run "latchkey bootstrap" on a terminal, or set LATCHKEY_BOOTSTRAP_CLIENT_ID and _SECRET',
    );
  }
  const welcome: Welcome = { settings, metricsPort: server.metricsPort, newOperator };
  // One line, like those of the log beside it.
  if (options.json) terminal.print(JSON.stringify(toJson(welcome, server.databaseKind)));
  else terminal.print(...formatWelcome(welcome));
}

function toJson({ settings, metricsPort, newOperator }: Welcome, database: string): object {
  return {
    issuer: settings.issuer,
    database,
    metrics_port: metricsPort ?? null,
    client_id: newOperator?.clientId ?? null,
    client_secret: newOperator?.clientSecret ?? null,
  };
}

function explainListenFault(error: unknown, settings: Settings): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  const isHostUnknown = 'hostname' in error && error.hostname === settings.host;
  if (error.syscall !== 'listen' && !isHostUnknown) return error;
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
