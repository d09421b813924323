/** How a result is shown: as a table, in a page, as a picture, and read again from JSON. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { summarizeGroup, type BenchmarkResult, type Round } from '../../bench/benchmark-result.ts';
import { replaceBenchmarkBlock } from '../../bench/document-block.ts';
import { planGroup, type GroupName } from '../../bench/groups.ts';
import { drawResult } from '../../bench/result-chart.ts';
import { formatResult } from '../../bench/result-table.ts';
import { pickGroups, readResults } from '../../bench/stored-result.ts';
import { conditions, machine, measureNothing, sampleResult, sizes } from './sample-result.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-test-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The remarks under the tables of one group. */
function remarksOf(name: GroupName, rounds: Record<string, readonly Partial<Round>[]> = {}) {
  const group = planGroup(name, sizes);
  const result = summarizeGroup(group, conditions, measureNothing(group, rounds));
  return formatResult({ machine, groups: [result] })
    .split('\n')
    .filter((line) => line.startsWith('- '));
}

const same = '1.00 (1.00 – 1.00)';
const theRounds =
  '- Interleaved rounds: 3 of 5 s on 32 keep-alive connections, from 2026-01-01T00:00:00.000Z on. The server under load had one core.';

test('the whole of a group: two tables, what was promised, memory and conditions', () => {
  expect(formatResult(sampleResult('main')).split('\n')).toEqual(
    [
      'Node.js v24, PostgreSQL 18, 2 cores of a processor, 8 GB of memory. Each number is the median of its rounds; ratios are of rounds, not of medians, with the lowest and the highest in brackets.',
      '',
      '### One process',
      '',
      '| server                                    | tokens/s |      ratio to bare | p50 ms | p99 ms |        p99 to bare |',
      '| ----------------------------------------- | -------: | -----------------: | -----: | -----: | -----------------: |',
      `| bare node:http                            |    1,000 | ${same} |   1.00 |   2.00 | ${same} |`,
      `| oidc-provider as it comes, 10,000 clients |    1,000 | ${same} |   1.00 |   2.00 | ${same} |`,
      `| Latchkey, 1 client                        |    1,000 | ${same} |   1.00 |   2.00 | ${same} |`,
      `| Latchkey, 100,000 clients                 |    1,000 | ${same} |   1.00 |   2.00 | ${same} |`,
      '',
      '| server                                    | CPU µs/token | PostgreSQL µs/token | resident MB | server core | generator core | other load |',
      '| ----------------------------------------- | -----------: | ------------------: | ----------: | ----------: | -------------: | ---------: |',
      '| bare node:http                            |         50.0 |                     |         100 |       100 % |           50 % |        0 % |',
      '| oidc-provider as it comes, 10,000 clients |         50.0 |                     |         100 |       100 % |           50 % |        0 % |',
      '| Latchkey, 1 client                        |         50.0 |                 1.0 |         100 |       100 % |           50 % |        0 % |',
      '| Latchkey, 100,000 clients                 |         50.0 |                 1.0 |         100 |       100 % |           50 % |        0 % |',
      '',
      `- Latchkey with one client against the bare server: ${same} of its tokens/s; promised: 0.90; 1.00 of its CPU per token, 1.00 of its p99.`,
      `- Latchkey with 100,000 clients against one: ${same} of its tokens/s; promised: 0.95; 1.00 of its CPU per token, 1.00 of its p99.`,
      `- Latchkey with 100,000 clients against oidc-provider as it comes: ${same} of its tokens/s; promised: 3.50; 1.00 of its CPU per token, 1.00 of its p99.`,
      '- A remembered client takes 650 bytes (heap 600, Buffers 50); promised: at most 1,024.',
      '- In no round was any client read from the database, as promised: all were remembered. Latchkey, 1 client; Latchkey, 100,000 clients.',
      theRounds,
      '',
      '',
    ].slice(0, -1),
  );
});

test('says how many changes were made, and what they cost the instance under load', () => {
  const clientsReadPerToken = 0.0123;
  expect(remarksOf('feed', { 'latchkey-changing': [{ clientsReadPerToken }] })).toEqual([
    `- Latchkey with 100 changes a second against none: ${same} of its tokens/s; 1.00 of its CPU per token, 1.00 of its p99.`,
    '- Latchkey, 100 changes/s: 99.9 changes a second were acknowledged by every instance, in 8.0 ms (p50) and 21.0 ms (p99); of 1,000 tokens, 12.3 had their client read from the database again.',
    '- In no round was any client read from the database, as promised: all were remembered. Latchkey, no changes.',
    theRounds,
  ]);
});

test('says which clients were not all remembered', () => {
  const rounds = { 'latchkey-many': [{ clientsReadPerToken: 0 }, { clientsReadPerToken: 0.5 }] };
  expect(remarksOf('million', rounds)).toContain(
    '- Latchkey, 1,000,000 clients: of 1,000 tokens, 250.0 had their client read from the database: not all were remembered.',
  );
});

test('says when the server was not the limit, and when the machine was not idle', () => {
  expect(remarksOf('workers', { 'latchkey-workers': [{ serverCoreShare: 1.5 }] }).at(-1)).toBe(
    '- Latchkey, 2 workers used 150 % of a core: it was not the limit alone, and might do more with more cores around it.',
  );
  expect(remarksOf('main', { bare: [{ otherCoreShare: 0.5 }, {}, {}] })).toHaveLength(6);
  expect(remarksOf('main', { bare: [{ otherCoreShare: 0.5, serverCoreShare: 0.2 }] }).at(-1)).toBe(
    '- The machine was busy with other things (up to 50 % of a core): repeat this when it is idle.',
  );
});

test('the block of a page is replaced, the rest is kept, and the formatter agrees with it', async () => {
  const page = '# A page\n\n<!-- benchmark -->\n\nold\n\n<!-- /benchmark -->\n\nMore.\n';
  const content = formatResult(sampleResult('main', 'feed'));
  const updated = replaceBenchmarkBlock(page, content);
  expect(updated).toBe(
    `# A page\n\n<!-- benchmark -->\n\n${content.trim()}\n\n<!-- /benchmark -->\n\nMore.\n`,
  );
  expect(replaceBenchmarkBlock(updated, content)).toBe(updated);
  const file = join(folder, 'page.md');
  await writeFile(file, updated);
  const [formatter, settings] = [
    join(root, 'node_modules/.bin/oxfmt'),
    join(root, '.oxfmtrc.json'),
  ];
  execFileSync(process.execPath, [formatter, '--check', '-c', settings, file], { stdio: 'pipe' });
});

test('a page without a place for the numbers is refused', () => {
  expect(() => replaceBenchmarkBlock('# A page\n', 'numbers')).toThrow(
    'the page has no <!-- benchmark --> and <!-- /benchmark --> to write between',
  );
});

test('the picture of the same result is the same text, and names every server with its numbers', () => {
  const result = sampleResult('main', 'feed');
  const svg = drawResult(result);
  expect(drawResult(structuredClone(result))).toBe(svg);
  expect(svg).toMatch(/^<svg role="img" aria-label="[^"]+" width="960" height="\d+" /);
  expect(svg).toMatch(/<rect [^>]*fill="#ffffff"/);
  const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
  const names = result.groups.flatMap((group) => [
    group.title,
    ...group.contestants.map(({ plan }) => plan.name),
  ]);
  expect(texts).toEqual(expect.arrayContaining(names));
  expect(texts.filter((text) => text === '1,000  (1.00)')).toHaveLength(7);
  expect(texts.filter((text) => text === '1.0 – 2.0')).toHaveLength(7);
  // No names that count up, no styles for a mouse.
  expect(svg).not.toMatch(/<style|class=|\bid=|ecmeta/);
});

async function store(name: string, result: BenchmarkResult): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, JSON.stringify(result));
  return file;
}

test('results of one machine are put together, and of a group measured twice the later one counts', async () => {
  const earlier = sampleResult('feed', 'main');
  const later = sampleResult('main');
  for (const group of later.groups) group.startedAt = '2026-02-02T00:00:00.000Z';
  const files = [await store('earlier.json', earlier), await store('later.json', later)];
  const both = readResults(files);
  expect(both).toEqual({ machine, groups: [later.groups[0], earlier.groups[0]] });
  expect(pickGroups(both, ['feed', 'million'])).toEqual({ machine, groups: [earlier.groups[0]] });
  expect(() => pickGroups(both, ['million'])).toThrow('the result has none of the groups million');
});

test('results of different machines are not put together, and nothing else is read as one', async () => {
  const one = await store('one.json', sampleResult('main'));
  const other = await store('other.json', {
    ...sampleResult('main'),
    machine: { ...machine, cores: 64 },
  });
  expect(() => readResults([one, other])).toThrow(
    `${other} is of another machine or version than ${one}`,
  );
  const empty = await store('empty.json', { machine, groups: [] });
  expect(() => readResults([empty])).toThrow(
    `${empty} is not what "npm run --silent bench -- --json" printed`,
  );
});
