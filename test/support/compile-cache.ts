/** Where the processes of tests keep what V8 made of their modules. */
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../node_modules/.cache/latchkey-tests', import.meta.url));

/** One for each kind of process: they set other flags of V8, and would not take what the other left. */
export function compileCacheOf(kind: string): { NODE_COMPILE_CACHE: string } {
  return { NODE_COMPILE_CACHE: `${folder}/${kind}` };
}
