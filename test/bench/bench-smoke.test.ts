/** The benchmark in its smallest form, so that it cannot rot. Nothing here is decided by time. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import type { BenchmarkResult } from '../../bench/benchmark-result.ts';
import { formatResult } from '../../bench/result-table.ts';

const script = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));

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
const expectedRound = (hasDatabase: boolean) => ({
  tokensPerSecond: positive,
  p50Millis: positive,
  p99Millis: positive,
  cpuMicrosPerToken: positive,
  // Only Linux tells.
  databaseCpuMicrosPerToken: hasDatabase && process.platform === 'linux' ? positive : null,
  serverCoreShare: positive,
  loadGeneratorCoreShare: positive,
  otherCoreShare: expect.any(Number),
});
const expectedSpread = { median: positive, min: positive, max: positive };

test('every contestant is measured, and JSON alone is on standard output', async () => {
  const options = [
    '--json',
    '--rounds',
    '1',
    '--seconds',
    '1',
    '--clients',
    '100',
    '--connections',
    '4',
  ];
  const { stdout, stderr, exitCode } = await runBench(...options);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });

  const result = JSON.parse(stdout) as BenchmarkResult;
  const contestant = (key: string, name: string, clients: number) => ({
    key,
    name,
    clients,
    tokenCharacters: positive,
    median: expectedRound(key.startsWith('latchkey')),
    ratioToBare: expectedSpread,
    rounds: [expectedRound(key.startsWith('latchkey'))],
  });
  expect(result).toEqual({
    conditions: {
      startedAt: expect.any(String),
      node: process.version,
      postgresql: expect.any(String),
      processor: expect.any(String),
      cores: positive,
      pinned: expect.any(Boolean),
      rounds: 1,
      secondsPerRound: 1,
      connections: 4,
    },
    contestants: [
      contestant('bare', 'bare node:http', 1),
      contestant('oidc-provider', 'oidc-provider as it comes, in memory', 100),
      contestant('latchkey-1', 'Latchkey on PostgreSQL', 1),
      contestant('latchkey-many', 'Latchkey on PostgreSQL', 100),
    ],
    ratios: { manyClientsToOne: expectedSpread, toOidcProvider: expectedSpread },
  });
  const [bare, , latchkey] = result.contestants;
  expect(bare?.ratioToBare).toEqual({ median: 1, min: 1, max: 1 });
  // The yardstick signs the same token: claims of the same names and lengths.
  expect(bare?.tokenCharacters).toBe(latchkey?.tokenCharacters);
  // A heading, a rule and one line per contestant.
  expect(
    formatResult(result)
      .split('\n')
      .filter((line) => line.startsWith('|')),
  ).toHaveLength(6);
}, 120_000);

test('says what it measures when asked for help', async () => {
  const { stdout, stderr, exitCode } = await runBench('--help');
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(stdout).toContain('--rounds N');
});

test.each([
  [['--rounds', '0'], '--rounds must be a whole number from 1 to 1000, not "0"\n'],
  [['--clients', 'many'], '--clients must be a whole number from 1 to 1000000, not "many"\n'],
])('refuses %j', async (options, stderr) => {
  expect(await runBench(...options)).toEqual({ stdout: '', stderr, exitCode: 1 });
});
