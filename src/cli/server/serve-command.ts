/** `latchkey serve`: runs the server until it is told to stop. */
import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import { WorkerStartFailed } from '../../cluster/worker-processes.ts';
import type { StartedServer } from '../../compose/compose-server.ts';
import { loadSettings, takeDebug, type Settings } from '../../config.ts';
import { createLog, type Log } from '../../http/log.ts';
import { CliError, exitCodes, type ExitCode } from '../terminal/cli-error.ts';
import { explainDatabaseFault } from './database-fault.ts';
import { describeFailure } from '../terminal/failure.ts';
import { stopGracefully } from './graceful-stop.ts';
import { explainListenFault } from './listen-fault.ts';
import { addExamples, addJsonOption } from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatWelcome, type Welcome } from './welcome.ts';

interface ServeOptions {
  json?: boolean;
}

export function serveCommand(terminal: Terminal): Command {
  return addExamples(
    addJsonOption(
      new Command('serve'),
      'say where it is in one line of JSON, on standard output among the lines of the log',
    )
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
  const debug = takeDebug();
  const settings = await loadSettings();
  if (settings.workers > 1 && (await serveIfWorker(settings))) return;
  const log = createLog(settings.logLevel, settings.workers > 1 ? {} : undefined);
  if (debug)
    log.warn('DEBUG is ignored: libraries would log secrets; set LATCHKEY_LOG_LEVEL=debug');
  const { server, firstStart } = await start(settings, log).catch((error: unknown) => {
    throw explainStartFault(error, settings);
  });
  stopGracefully(log, settings.drainSeconds, () => server.close());
  const { port, adminPort, databaseKind, hasOperator, metricsPort } = server;
  const { issuer, workers } = settings;
  log.info(
    {
      port,
      admin_port: adminPort,
      database: databaseKind,
      issuer,
      ...adminAddress(settings),
      ...(workers > 1 ? { workers } : {}),
    },
    'serving',
  );
  if (!hasOperator) {
    log.warn(
      'nobody can administer this instance yet: run "latchkey bootstrap" on a terminal, or set LATCHKEY_BOOTSTRAP_CLIENT_ID and _SECRET',
    );
  }
  const welcome: Welcome = { settings, port, adminPort, metricsPort, firstStart };
  // One line, like those of the log beside it.
  if (options.json) terminal.print(JSON.stringify(toJson(welcome, databaseKind)));
  else terminal.print(...formatWelcome(welcome));
}

/** What only the server needs is loaded here: the other commands should start fast. */
async function start(settings: Settings, log: Log): Promise<StartedServer> {
  const mayShowSecret = settings.databaseUrl === null || process.stdout.isTTY;
  if (settings.workers === 1) {
    const { composeServer } = await import('../../compose/compose-server.ts');
    return composeServer(settings, log, { mayShowSecret });
  }
  const { composeWorkers } = await import('../../cluster/first-process.ts');
  const { failed, ...started } = await composeWorkers(settings, log, { mayShowSecret });
  failed.catch((err: unknown) => {
    log.fatal({ err }, 'stopping: no worker goes on');
    process.exit(exitCodes.refused);
  });
  return started;
}

/** The first process starts others with the command line it was started with itself. */
async function serveIfWorker(settings: Settings): Promise<boolean> {
  const { default: cluster } = await import('node:cluster');
  if (cluster.worker === undefined) return false;
  const { serveAsWorker } = await import('../../cluster/worker-process.ts');
  await serveAsWorker(cluster.worker, settings, (error) =>
    describeFailure(explainStartFault(error, settings)),
  );
  return true;
}

function explainStartFault(error: unknown, settings: Settings): unknown {
  if (error instanceof WorkerStartFailed) {
    const { exitCode, lines } = error.failure;
    // Made by describeFailure, in the process of the worker.
    return new CliError(exitCode as ExitCode, lines, { cause: error });
  }
  return explainDatabaseFault(explainListenFault(error, settings), settings);
}

/** Nothing where it is the issuer. */
function adminAddress({ issuer, adminUrl }: Pick<Settings, 'issuer' | 'adminUrl'>): object {
  return adminUrl === issuer ? {} : { admin_url: adminUrl };
}

function toJson({ settings, metricsPort, firstStart }: Welcome, database: string): object {
  return {
    issuer: settings.issuer,
    ...adminAddress(settings),
    database,
    workers: settings.workers,
    metrics_port: metricsPort ?? null,
    client_id: firstStart?.operator.clientId ?? null,
    client_secret: firstStart?.operator.clientSecret ?? null,
    console_link: firstStart?.ownerLink.url ?? null,
  };
}
