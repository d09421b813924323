/**
 * Our modules and the libraries they use in a few files (`build-bundle.ts`): to find and read 1,300 modules is half
 * the work of a start. Only what was made of this very source is run; after a change, that is the source itself.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const sourceFolder = fileURLToPath(new URL('..', import.meta.url));
/** Names every library. */
const lockFile = '../package-lock.json';

export const bundleFolder = join(sourceFolder, '../dist');

/** Where the build notes what it made the bundle of. */
export const bundleStamp = join(bundleFolder, 'source.sha256');

/** The modules that processes begin with. */
export type Entry =
  | 'cli/program.ts'
  | 'cli/terminal/terminal.ts'
  | 'compose/compose-server.ts'
  | 'config.ts'
  | 'http/log.ts';

export function bundledName(entry: Entry): string {
  return entry.replaceAll('/', '-').replace(/\.ts$/, '.js');
}

export function digestSource(): string {
  const digest = createHash('sha256');
  const modules = readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort();
  for (const name of [lockFile, ...modules]) {
    digest.update(`\0${name}\0`).update(readFileSync(join(sourceFolder, name)));
  }
  return digest.digest('hex');
}

let isUsed: boolean | undefined;

/** The URL to import a module of `src/` from, by a process that begins with it. */
export function locate(entry: Entry): string {
  isUsed ??= existsSync(bundleStamp) && readFileSync(bundleStamp, 'utf8') === digestSource();
  return isUsed
    ? pathToFileURL(join(bundleFolder, bundledName(entry))).href
    : pathToFileURL(join(sourceFolder, entry)).href;
}
