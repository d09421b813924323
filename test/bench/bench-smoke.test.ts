/** The benchmark in its smallest form, so that it cannot rot. Nothing here is decided by time. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BenchmarkResult } from '../../bench/benchmark-result.ts';
import { help } from '../../bench/command-line.ts';
import { planGroup, type ContestantPlan } from '../../bench/groups.ts';
import { drawResult } from '../../bench/result-chart.ts';
import { formatResult } from '../../bench/result-table.ts';

const script = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
const clients = 100;
const emptyPage = '<!-- benchmark -->\n<!-- /benchmark -->\n';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-test-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function runBench(...options: string[]) {
  const child = spawn(process.execPath, [script, ...options], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr, exitCode: await exitCode };
}

const positive = { asymmetricMatch: (value: unknown) => typeof value === 'number' && value > 0 };
const notNegative = {
  asymmetricMatch: (value: unknown) => typeof value === 'number' && value >= 0,
};
const spread = { median: positive, min: positive, max: positive };

function expectedRound({ kind, changesPerSecond }: ContestantPlan) {
  const hasDatabase = kind === 'latchkey';
  const ofChanges = changesPerSecond > 0 ? positive : null;
  return {
    tokensPerSecond: positive,
    p50Millis: positive,
    p99Millis: positive,
    cpuMicrosPerToken: positive,
    // Only Linux tells.
    databaseCpuMicrosPerToken: hasDatabase && process.platform === 'linux' ? notNegative : null,
    // P1: a client that is remembered costs no statement, on any worker.
    clientsReadPerToken: hasDatabase ? (ofChanges ?? 0) : null,
    residentBytes: positive,
    serverCoreShare: positive,
    loadGeneratorCoreShare: positive,
    otherCoreShare: notNegative,
    changesPerSecond: ofChanges,
    changeP50Millis: ofChanges,
    changeP99Millis: ofChanges,
  };
}

test('one server of each kind is measured, shown, and drawn; JSON alone is on standard output', async () => {
  const [chart, page] = [join(folder, 'chart.svg'), join(folder, 'page.md')];
  await writeFile(page, emptyPage);
  const tiny = `--groups smoke --rounds 1 --seconds 1 --connections 4 --clients ${clients}`;
  const { stdout, stderr, exitCode } = await runBench(
    ...tiny.split(' '),
    '--json',
    '--chart',
    chart,
    '--update',
    page,
  );
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  // Each was asked for, and each answer was a token, before anything was measured.
  expect(stderr).toMatch(/: 100 clients asked for\n(?:round 1.*\n){5}/);

  const plan = planGroup('smoke', { clients, million: 1_000_000, workers: 2 });
  const result = JSON.parse(stdout) as BenchmarkResult;
  expect(result).toEqual({
    machine: {
      node: process.version,
      postgresql: expect.any(String),
      processor: expect.any(String),
      cores: positive,
      memoryBytes: positive,
    },
    groups: [
      {
        name: 'smoke',
        title: plan.title,
        note: plan.note,
        placement: expect.any(String),
        coreShare: null,
        startedAt: expect.any(String),
        rounds: 1,
        secondsPerRound: 1,
        connections: 4,
        contestants: plan.contestants.map((contestant) => ({
          plan: contestant,
          tokenCharacters: positive,
          memory:
            contestant.kind === 'latchkey' ? { heapBytes: positive, bufferBytes: positive } : null,
          median: expectedRound(contestant),
          ratioToBare: spread,
          p99RatioToBare: spread,
          rounds: [expectedRound(contestant)],
        })),
        comparisons: plan.comparisons.map(({ title }) => ({
          title,
          promisedMin: null,
          tokensPerSecond: spread,
          cpuMicrosPerToken: spread,
          p99Millis: spread,
        })),
        // Of so few clients it says nothing, not even its sign.
        bytesPerClient: { heap: expect.any(Number), buffers: expect.any(Number) },
      },
    ],
  });
  const [group] = result.groups;
  const charactersOf = (key: string) =>
    group?.contestants.find((contestant) => contestant.plan.key === key)?.tokenCharacters;
  // The yardsticks sign the same tokens: claims of the same names and lengths.
  expect(charactersOf('bare')).toBe(charactersOf('latchkey-changing'));
  expect(charactersOf('bare-RS256')).toBe(charactersOf('latchkey-workers'));

  expect(await readFile(page, 'utf8')).toBe(
    `<!-- benchmark -->\n\n${formatResult(result).trim()}\n\n<!-- /benchmark -->\n`,
  );
  // The same numbers in another process: the same picture.
  expect(await readFile(chart, 'utf8')).toBe(drawResult(result));
}, 120_000);

test('says what it measures when asked for help', async () => {
  expect(await runBench('--help')).toEqual({ stdout: help, stderr: '', exitCode: 0 });
});

test('refuses what cannot be meant before it starts anything', async () => {
  const missing = join(folder, 'missing.md');
  const refused = await Promise.all([runBench('--rounds', '0'), runBench('--update', missing)]);
  expect(refused).toEqual([
    {
      stdout: '',
      stderr: '--rounds must be a whole number from 1 to 1000, not "0"\n',
      exitCode: 1,
    },
    {
      stdout: '',
      stderr: `ENOENT: no such file or directory, open '${missing}'\n`,
      exitCode: 1,
    },
  ]);
});
