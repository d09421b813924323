/**
 * Builds the console into `console/dist`, unless nothing that goes into it has changed since the last time.
 * `npm ci` runs it; `npm run console` runs it after a change.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('.', import.meta.url));
const output = join(root, 'dist');
const stamp = join(output, 'inputs.sha256');
const compressible = new Set(['.js', '.css', '.html', '.svg']);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .sort();
}

/** Of the sources, the build itself, and the lock file, which names every library. */
function digestInputs(): string {
  const inputs = [
    ...filesBelow(join(root, 'src')),
    ...filesBelow(join(root, 'public')),
    ...['index.html', 'build.ts', 'vite.config.ts', 'tsconfig.json', '../package-lock.json'].map(
      (name) => join(root, name),
    ),
  ];
  const digest = createHash('sha256');
  for (const file of inputs) {
    digest
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return digest.digest('hex');
}

/** Beside each file, so that no request pays for it. */
function compress(): void {
  for (const file of filesBelow(output)) {
    if (!compressible.has(extname(file))) continue;
    const content = readFileSync(file);
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
    writeFileSync(`${file}.br`, brotliCompressSync(content, quality));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}

const digest = digestInputs();
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
  if (existsSync(join(root, '../node_modules/vite'))) {
    // Only where they are installed: production needs neither.
    const [{ build }, { consoleBuild }] = await Promise.all([
      import('vite'),
      import('./vite.config.ts'),
    ]);
    await build(consoleBuild);
    compress();
    writeFileSync(stamp, digest);
  } else {
    process.stderr.write('the console is not built: its build tools are not installed\n');
  }
}
