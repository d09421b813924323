/**
 * Runs suites with Jest's own runner, but has Node load them. Jest would load every module anew for every suite,
 * into a realm that it never quite gives up: that was most of what a suite cost, and more with every suite that
 * had run before. Loaded by Node, a module is loaded once in a process, and is what the server runs.
 */
import { createRequire, enableCompileCache, flushCompileCache, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { compileCacheOf, quickCompilerOnly } from './compile-cache.ts';
import { setGlobals, type Globals } from './jest-globals.ts';

enableCompileCache(compileCacheOf('suite').NODE_COMPILE_CACHE);
// For the embedded databases of suites that look inside.
setFlagsFromString(quickCompilerOnly);
registerHooks({
  resolve: (specifier, context, next) =>
    next(
      specifier === '@jest/globals' ? import.meta.resolve('./jest-globals.ts') : specifier,
      context,
    ),
});

/** What jest-circus asks of the runtime of a suite. */
interface SuiteRuntime {
  requireInternalModule(file: string): unknown;
  requireModule(file: string): unknown;
  setGlobalsForRuntime(globals: object): void;
  unstable_shouldLoadAsEsm(file: string): boolean;
  unstable_importModule(file: string): Promise<void>;
  enterTestCode(): void;
  leaveTestCode(): void;
}

/** What Jest gives. */
interface JestRuntime extends SuiteRuntime {
  requireModuleOrMock(from: string, module: string): unknown;
}

type RunSuite<Runtime> = (
  globalConfig: unknown,
  config: unknown,
  environment: unknown,
  runtime: Runtime,
  path: string,
  sendMessageToJest: unknown,
) => Promise<unknown>;

const require = createRequire(import.meta.url);
// The package declares no types for it.
const { default: runCircus } = require('jest-circus/runner') as { default: RunSuite<SuiteRuntime> };
/** How often a suite was loaded: again only when it runs again in the same process, as with `--watch`. */
const timesLoaded = new Map<string, number>();

const runSuite: RunSuite<JestRuntime> = async (
  globalConfig,
  config,
  environment,
  runtime,
  path,
  send,
) => {
  forgetLastSuite();
  const result = await runCircus(
    globalConfig,
    config,
    environment,
    {
      // Of one suite: what it registers are the handlers and the tests of that one.
      requireInternalModule: (module) => {
        delete require.cache[module];
        return require(module) as unknown;
      },
      requireModule: (module) => require(module) as unknown,
      setGlobalsForRuntime: (globals) => {
        runtime.setGlobalsForRuntime(globals);
        // The same, and what belongs to the suite: `jest`.
        setGlobals(runtime.requireModuleOrMock(path, '@jest/globals') as Globals);
      },
      unstable_shouldLoadAsEsm: () => true,
      unstable_importModule: async (module) => {
        const times = timesLoaded.get(module) ?? 0;
        timesLoaded.set(module, times + 1);
        await import(`${pathToFileURL(module).href}${times === 0 ? '' : `?${times}`}`);
      },
      enterTestCode: () => runtime.enterTestCode(),
      leaveTestCode: () => runtime.leaveTestCode(),
    },
    path,
    send,
  );
  // Left to the end it takes a second, and Jest kills a worker that has not ended after half of one.
  flushCompileCache();
  return result;
};
// Jest asks for a default export here.
// oxlint-disable-next-line import/no-default-export
export default runSuite;

/** Where jest-circus 30.5 and the `jest` object keep what is of one suite: properties of the global object. */
const namesOfState = new Set([
  'EVENT_HANDLERS',
  'JEST_STATE_SYMBOL',
  'TEST_TIMEOUT_SYMBOL',
  'RETRY_TIMES',
  'RETRY_TIMES_SETTER',
  'WAIT_BEFORE_RETRY',
  'RETRY_IMMEDIATELY',
  'LOG_ERRORS_BEFORE_RETRY',
]);

function forgetLastSuite(): void {
  for (const key of Object.getOwnPropertySymbols(globalThis)) {
    if (namesOfState.has(key.description ?? '')) Reflect.deleteProperty(globalThis, key);
  }
}
