/** The layout of DESIGN §11 stays true: who may import whom, and which package has which home. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const sourceRoot = fileURLToPath(new URL('../../src', import.meta.url));

const foundations = ['model', 'store', 'audit'];
const rules = ['registry', 'directory', 'signing-key'];
/** What follows from what happened. */
const consequences = ['usage', 'notice', 'webhook'];
/** Rooms of `src/` and what each may import besides itself. */
const mayImport: Record<string, readonly string[]> = {
  model: [],
  store: ['model'],
  audit: ['model', 'store'],
  registry: foundations,
  // Below the rules, which it knows nothing of: who remembers decides nothing.
  'registry-memory': ['model', 'store'],
  // What belongs to an organization is the registry's to know.
  directory: [...foundations, 'registry'],
  'signing-key': foundations,
  usage: foundations,
  notice: foundations,
  // They are registered as clients are, by the same rules.
  webhook: [...foundations, 'registry'],
  'access-token': [...foundations, ...rules],
  http: ['model'],
  // Not store: they reach the database through the rules.
  oauth: ['model', 'audit', ...rules, 'access-token', 'http'],
  admin: ['model', 'audit', ...rules, ...consequences, 'access-token', 'http'],
  // What it shows comes from the admin API: it serves files.
  console: [],
  // How a process begins faster.
  start: [],
  'config.ts': ['setting-values.ts'],
  'setting-values.ts': ['model'],
  compose: [
    'model',
    'store',
    'audit',
    ...rules,
    ...consequences,
    'registry-memory',
    'access-token',
    'http',
    'oauth',
    'admin',
    'console',
    'config.ts',
  ],
  cluster: ['http', 'config.ts', 'compose'],
  // An export of the audit log is verified without any server.
  cli: ['model', 'audit', 'http', 'registry', 'config.ts', 'compose', 'cluster'],
  'main.ts': ['start', 'cli'],
};

/** Packages that only these rooms may import; every other package is free. */
const homes: Record<string, readonly string[]> = {
  typeorm: ['store'],
  pg: ['store'],
  '@electric-sql/pglite': ['store'],
  'oidc-provider': ['oauth'],
  jose: ['access-token', 'signing-key', 'oauth', 'cli'],
  koa: ['http', 'oauth', 'admin', 'console'],
  '@koa/router': ['http', 'oauth', 'admin', 'console'],
  '@koa/send': ['console'],
  'koa-helmet': ['http'],
  pino: ['http'],
  'prom-client': ['http'],
  '@node-rs/argon2': ['directory'],
  commander: ['cli'],
  config: ['config.ts'],
  standardwebhooks: ['webhook'],
  'ipaddr.js': ['webhook', 'setting-values.ts'],
};

interface Import {
  file: string;
  room: string;
  /** A room, or an external package. */
  target: string;
  isInternal: boolean;
  targetFile: string;
}

function roomOf(file: string): string {
  const path = relative(sourceRoot, file);
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function readImports(): Import[] {
  const files = readdirSync(sourceRoot, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.flatMap((name) => {
    const file = join(sourceRoot, name);
    const source = readFileSync(file, 'utf8');
    const specifiers = [...source.matchAll(/(?:from\s+|import\s*\(?\s*)'([^']+)'/g)].map(
      ([, specifier = '']) => specifier,
    );
    return specifiers.map((specifier): Import => {
      const targetFile = resolve(dirname(file), specifier);
      const isInternal = specifier.startsWith('.') && targetFile.startsWith(`${sourceRoot}/`);
      return {
        file,
        room: roomOf(file),
        target: isInternal ? roomOf(targetFile) : packageOf(specifier),
        isInternal,
        targetFile,
      };
    });
  });
}

const imports = readImports();
const describeImport = ({ file, target }: Import) =>
  `${relative(sourceRoot, file)} imports ${target}`;

test('every room of src is known to the rules', () => {
  const unknown = [...new Set(imports.map(({ room }) => room))].filter(
    (room) => mayImport[room] === undefined,
  );
  expect(unknown).toEqual([]);
});

test('nothing points upwards or sideways', () => {
  const offenders = imports.filter(
    ({ room, target, isInternal }) =>
      isInternal && room !== target && !mayImport[room]?.includes(target),
  );
  expect(offenders.map(describeImport)).toEqual([]);
});

test('each external package stays in its home', () => {
  const offenders = imports.filter(
    ({ room, target, isInternal }) =>
      !isInternal && homes[target] !== undefined && !homes[target].includes(room),
  );
  expect(offenders.map(describeImport)).toEqual([]);
});

test('no files import each other in a circle', () => {
  const edges = new Map<string, string[]>();
  for (const { file, targetFile, isInternal } of imports) {
    if (isInternal) edges.set(file, [...(edges.get(file) ?? []), targetFile]);
  }
  const done = new Set<string>();
  const findCycle = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of edges.get(file) ?? []) {
      const cycle = findCycle(next, [...path, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  const cycles = [...edges.keys()]
    .map((file) => findCycle(file, []))
    .filter((cycle) => cycle !== undefined);
  expect(
    cycles.map((cycle) => cycle.map((file) => relative(sourceRoot, file)).join(' → ')),
  ).toEqual([]);
});
