/** How V8 compiles what the processes of tests run, and where they keep what it made of their modules. */
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../node_modules/.cache/latchkey-tests', import.meta.url));

/** One for each kind of process: they set other flags of V8, and would not take what the other left. */
export function compileCacheOf(kind: string): { NODE_COMPILE_CACHE: string } {
  return { NODE_COMPILE_CACHE: `${folder}/${kind}` };
}

/**
 * The embedded database is compiled by V8's quick compiler alone: a test's process does not live long enough to get
 * back what the thorough one takes, which was the half of what it cost.
 */
export const quickCompilerOnly = '--liftoff-only';
