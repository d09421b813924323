/**
 * Puts the server and the command line into a few files, `dist`, with the libraries they use, unless they are
 * there already. `npm ci` runs it, and so does a run of the tests after a change.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogLevel, Plugin, RolldownLog } from 'rolldown';
import { bundledName, bundleFolder, bundleStamp, digestSource, type Entry } from './bundle.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const entries: readonly Entry[] = [
  'cli/program.ts',
  'cli/terminal/terminal.ts',
  'compose/compose-server.ts',
  'config.ts',
  'http/log.ts',
];

/** They stay where they are, for they read files of their own: WebAssembly, machine code, a thread's script. */
const withOwnFiles = ['@electric-sql/pglite', '@node-rs/argon2', 'config', 'pino', 'pino-pretty'];

/** Whoever measures a server reaches into it, to count what it asks the database (`bench/process-report.ts`). */
const reachedInto = ['pg'];

/** Which TypeORM would load for other databases, and `pg` for a driver in C: none is installed. */
const neverInstalled = [
  '@google-cloud/spanner',
  '@sap/hana-client',
  '@sap/hana-client/extension/Stream',
  'better-sqlite3',
  'ioredis',
  'mongodb',
  'mssql',
  'mysql',
  'mysql2',
  'oracledb',
  'pg-native',
  'pg-query-stream',
  'react-native-sqlite-storage',
  'redis',
  'sql.js',
  'sqlite3',
  'typeorm-aurora-data-api-driver',
];

/** Our modules find what lies beside them from where they are themselves. */
const fromItsOwnPlace: Plugin = {
  name: 'from-its-own-place',
  transform: {
    filter: { id: /[\\/]src[\\/].*\.ts$/, code: 'import.meta.url' },
    handler(code, id) {
      const place = relative(bundleFolder, id).replaceAll('\\', '/');
      return code.replaceAll('import.meta.url', `new URL('${place}', import.meta.url).href`);
    },
  },
};

/** Whoever cannot be bundled fails here rather than in a process that runs. */
function refuseFaults(level: LogLevel, log: RolldownLog): void {
  // `depd` makes functions of so many parameters; what they are given is in its own text.
  if (level !== 'warn' || log.code === 'EVAL') return;
  throw new Error(log.message);
}

async function build(): Promise<void> {
  // Only where it is installed: production does not need it.
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(
      entries.map((entry) => [bundledName(entry), join(root, 'src', entry)]),
    ),
    platform: 'node',
    external: [...withOwnFiles, ...reachedInto, ...neverInstalled],
    plugins: [fromItsOwnPlace],
    onLog: refuseFaults,
  });
  await bundle.write({
    dir: bundleFolder,
    cleanDir: true,
    // Names are API: of oidc-provider's models, of errors in the log.
    keepNames: true,
    entryFileNames: '[name]',
    chunkFileNames: '[name].js',
  });
  await bundle.close();
}

const digest = digestSource();
if (!existsSync(bundleStamp) || readFileSync(bundleStamp, 'utf8') !== digest) {
  if (existsSync(join(root, 'node_modules/rolldown'))) {
    await build();
    writeFileSync(bundleStamp, digest);
  } else {
    process.stderr.write(
      'the server is not bundled, and starts slower: its build tools are not installed\n',
    );
  }
}
