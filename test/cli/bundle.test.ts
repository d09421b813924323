/** What is run is the bundle, and never that of another source (ADR 31). */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as bundle from '../../src/start/bundle.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let copy: string;

/** An installation with one module and a bundle of it. */
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'latchkey-bundle-'));
  for (const folder of ['src/http', 'src/start', 'dist'])
    mkdirSync(join(copy, folder), { recursive: true });
  for (const file of ['src/start/bundle.ts', 'src/http/log.ts', 'package-lock.json']) {
    cpSync(join(root, file), join(copy, file));
  }
});

afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** As a process does that begins now. */
async function begin(): Promise<typeof bundle> {
  const { href } = pathToFileURL(join(copy, 'src/start/bundle.ts'));
  // The same module in another place.
  return (await import(`${href}?${crypto.randomUUID()}`)) as typeof bundle;
}

async function findLog(): Promise<string> {
  return (await begin()).locate('http/log.ts').slice(pathToFileURL(copy).href.length);
}

async function stamp(): Promise<void> {
  writeFileSync(join(copy, 'dist/source.sha256'), (await begin()).digestSource());
}

test('the servers of these tests run the bundle', () => {
  expect(bundle.locate('compose/compose-server.ts')).toBe(
    pathToFileURL(join(root, 'dist/compose-compose-server.js')).href,
  );
});

test('a bundle of this very source is run', async () => {
  await stamp();
  expect(await findLog()).toBe('/dist/http-log.js');
});

test('without a bundle the source is run', async () => {
  expect(await findLog()).toBe('/src/http/log.ts');
});

test.each(['src/http/log.ts', 'src/http/new.ts', 'package-lock.json'])(
  'after a change of %s the source is run, until it is bundled again',
  async (file) => {
    await stamp();
    writeFileSync(join(copy, file), '// changed', { flag: 'a' });
    expect(await findLog()).toBe('/src/http/log.ts');
    await stamp();
    expect(await findLog()).toBe('/dist/http-log.js');
  },
);

test('a module that is gone is a change', async () => {
  await stamp();
  rmSync(join(copy, 'src/http/log.ts'));
  expect(await findLog()).toBe('/src/http/log.ts');
});
