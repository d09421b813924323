/** No page of the console is forgotten by the suites that look at every page. */
import { expect, test } from '@jest/globals';
import {
  declaredPages,
  pagesBehindTheDoor,
  pagesInFrontOfTheDoor,
} from '../console/console-pages.ts';

test('every page that a routes.tsx declares stands in test/console/console-pages.ts: add it there', () => {
  const listed = new Set(Object.keys({ ...pagesInFrontOfTheDoor, ...pagesBehindTheDoor }));
  const declared = declaredPages();
  expect(declared.length).toBeGreaterThan(10);
  expect(declared.filter((path) => !listed.has(path))).toEqual([]);
  expect([...listed].filter((path) => !declared.includes(path))).toEqual([]);
});
