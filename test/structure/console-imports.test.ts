/** The console's rooms, and its one window to the server: types alone, in one file. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const consoleRoot = fileURLToPath(new URL('../../console/src', import.meta.url));
const serverRoot = fileURLToPath(new URL('../../src', import.meta.url));
/** The one file that may name what the server answers. */
const window = 'api/records.ts';

const foundations = ['text', 'api', 'session', 'elements'];
/** Rooms below the pages, and what each may import besides itself. Pages may import all of them. */
const mayImport: Record<string, readonly string[]> = {
  text: [],
  api: ['text'],
  session: ['api', 'text'],
  elements: ['api', 'session', 'text'],
  frame: foundations,
  'theme.ts': [],
  'console.css': [],
};

interface Import {
  file: string;
  room: string;
  statement: string;
  target: string;
}

function roomOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path;
}

const imports = readdirSync(consoleRoot, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .flatMap((name): Import[] => {
    const source = readFileSync(join(consoleRoot, name), 'utf8');
    const statements = source.matchAll(/(?:^|\n)((?:import|export)[^;]*?from\s+'([^']+)')/g);
    return [...statements]
      .filter(([, , specifier = '']) => specifier.startsWith('.'))
      .map(([, statement = '', specifier = '']) => ({
        file: name,
        room: roomOf(name),
        statement,
        target: resolve(dirname(join(consoleRoot, name)), specifier),
      }));
  });
const describeImport = ({ file, target }: Import) =>
  `${file} imports ${relative(consoleRoot, target)}`;

test('it is read at all', () => {
  expect(imports.length).toBeGreaterThan(50);
});

test('nothing of the server is in the page but types, and one file alone names them', () => {
  const offenders = imports.filter(
    ({ file, statement, target }) =>
      target.startsWith(`${serverRoot}/`) &&
      !(file === window && /^(?:import|export)\s+type\b/.test(statement)),
  );
  const astray = imports.filter(
    ({ target }) => !target.startsWith(`${serverRoot}/`) && !target.startsWith(`${consoleRoot}/`),
  );
  expect([...offenders, ...astray].map(describeImport)).toEqual([]);
});

test('what is sent is sent in one way: whether it is under way, and what went wrong, no form keeps for itself', () => {
  const keepers = readdirSync(consoleRoot, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.tsx') && name !== 'elements/use-submit.tsx')
    .filter((name) =>
      /\bset(?:Problem|IsBusy)\b|form\.submitting/.test(
        readFileSync(join(consoleRoot, name), 'utf8'),
      ),
    );
  expect(keepers).toEqual([]);
});

// W-10: what answers a change may be a secret, and lives only as long as it is shown.
test('no answer to a change is in a cache, and nothing of ours is in a storage of the browser', () => {
  const keepers = readdirSync(consoleRoot, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .filter((name) => {
      const source = readFileSync(join(consoleRoot, name), 'utf8');
      const asking = [...source.matchAll(/\bqueryFn:[^]*?,\n/g)];
      return (
        /\buseMutation\b|\bsetQuer(?:y|ies)Data\b|\bfetchQuery\b|\binitialData\b/.test(source) ||
        /\b(?:local|session)Storage\b|\bindexedDB\b|\bcaches\b|serviceWorker/.test(source) ||
        asking.some(([query]) => /\b(?:post|patch|remove|create)[(<]|'(?:POST|PATCH)'/.test(query))
      );
    });
  expect(keepers).toEqual([]);
});

test('the rooms below the pages know nothing of them, nor of each other upwards', () => {
  const offenders = imports.filter(({ room, target }) => {
    const allowed = mayImport[room];
    if (allowed === undefined || !target.startsWith(`${consoleRoot}/`)) return false;
    const targetRoom = roomOf(relative(consoleRoot, target));
    return targetRoom !== room && !allowed.includes(targetRoom);
  });
  expect(offenders.map(describeImport)).toEqual([]);
});
