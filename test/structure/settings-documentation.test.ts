/** What is written about the settings is what the server reads. UPDATE_README=1 writes the table anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { describeSettings } from '../../src/config.ts';

const readme = new URL('../../README.md', import.meta.url);
const compose = new URL('../../docker-compose.yml', import.meta.url);
const tablePattern = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;

async function formatTable(): Promise<string> {
  const settings = await describeSettings();
  const rows = settings.map(
    ({ variable, fallback, meaning }) =>
      `| \`${variable}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${meaning} |`,
  );
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

test('the table in the README is the one the settings describe', async () => {
  const text = readFileSync(readme, 'utf8');
  const expected = text.replace(tablePattern, `$1\n${await formatTable()}\n$2`);
  if (process.env['UPDATE_README'] === '1') writeFileSync(readme, expected);
  expect(
    readFileSync(readme, 'utf8')
      .replaceAll(/\| +/g, '| ')
      .replaceAll(/ +\|/g, ' |')
      .replaceAll(/\| -+ /g, '| --- '),
  ).toBe(
    expected
      .replaceAll(/\| +/g, '| ')
      .replaceAll(/ +\|/g, ' |')
      .replaceAll(/\| -+ /g, '| --- '),
  );
});

test('the compose file sets no variable that the server does not read', async () => {
  const known = new Set((await describeSettings()).map(({ variable }) => variable));
  const service = readFileSync(compose, 'utf8').split(/^ {2}latchkey:$/m)[1] ?? '';
  const block = /environment:\n((?: {6}.*\n)+)/.exec(service)?.[1] ?? '';
  const variables = [...block.matchAll(/^ {6}([A-Z_]+):/gm)].map(([, name = '']) => name);
  expect(variables.length).toBeGreaterThan(5);
  expect(variables.filter((name) => !known.has(name))).toEqual([]);
});
