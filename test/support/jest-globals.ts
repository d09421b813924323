/**
 * What `@jest/globals` stands for in suites that Node loads (`native-runner.ts`). Modules stay loaded from one
 * suite to the next, so these are bindings that change with the suite.
 */
import type * as jestGlobals from '@jest/globals';

/** As far as suites use it. */
export type Globals = Pick<
  typeof jestGlobals,
  | 'afterAll'
  | 'afterEach'
  | 'beforeAll'
  | 'beforeEach'
  | 'describe'
  | 'expect'
  | 'it'
  | 'jest'
  | 'test'
>;

export let afterAll: Globals['afterAll'];
export let afterEach: Globals['afterEach'];
export let beforeAll: Globals['beforeAll'];
export let beforeEach: Globals['beforeEach'];
export let describe: Globals['describe'];
export let expect: Globals['expect'];
export let it: Globals['it'];
export let jest: Globals['jest'];
export let test: Globals['test'];

export function setGlobals(globals: Globals): void {
  ({ afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } = globals);
}
