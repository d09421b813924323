/** Results that were written with `--json`, read again, and several of one machine as one. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { BenchmarkResult } from './benchmark-result.ts';
import { groupNames, type GroupName } from './groups.ts';

/** Only enough to tell a result from something else: nobody writes one by hand. */
const resultSchema = z.looseObject({
  machine: z.looseObject({ node: z.string(), cores: z.number() }),
  groups: z
    .array(
      z.looseObject({
        name: z.enum(groupNames),
        contestants: z.array(z.looseObject({ rounds: z.array(z.object({}).loose()).min(1) })),
      }),
    )
    .min(1),
});

/** Groups in their usual order; of a group that was measured twice, the one in the later file. */
export function readResults(files: readonly string[]): BenchmarkResult {
  const [first, ...others] = files.map((file) => readResult(file));
  if (first === undefined) throw new Error('no result to read');
  for (const [index, other] of others.entries()) {
    if (isDeepStrictEqual(other.machine, first.machine)) continue;
    throw new Error(`${files[index + 1]} is of another machine or version than ${files[0]}`);
  }
  const byName = new Map(
    [first, ...others].flatMap(({ groups }) => groups.map((group) => [group.name, group])),
  );
  return {
    machine: first.machine,
    groups: groupNames.flatMap((name) => byName.get(name) ?? []),
  };
}

export function pickGroups(result: BenchmarkResult, names: readonly GroupName[]): BenchmarkResult {
  const groups = result.groups.filter(({ name }) => names.includes(name));
  if (groups.length === 0) throw new Error(`the result has none of the groups ${names.join(', ')}`);
  return { ...result, groups };
}

function readResult(file: string): BenchmarkResult {
  const text = readFileSync(file, 'utf8');
  try {
    resultSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${file} is not what "npm run --silent bench -- --json" printed`, { cause });
  }
  // Written by run.ts, from a BenchmarkResult.
  return JSON.parse(text) as BenchmarkResult;
}
