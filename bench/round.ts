/** One round of one contestant: a warm-up, then the load that is measured. */
import { cpus } from 'node:os';
import type { Round } from './benchmark-result.ts';
import type { HelperProcess } from './benchmark-process.ts';
import type { Contestant } from './contestants.ts';
import type { Load, LoadResult } from './load-generator.ts';
import { cpuMicrosBetween, type PostgresProcesses } from './postgres-processes.ts';
import { checkToken } from './token-check.ts';

const warmUpSecondsMax = 2;
/** Of the seconds that are measured. */
const warmUpShare = 0.4;

export interface RoundOptions {
  /** Of measuring; a warm-up comes before it. */
  seconds: number;
  connections: number;
}

/** Rejects when the server gives any answer but a token: what is measured must be what was asked for. */
export async function measureRound(
  contestant: Contestant,
  { postgres, loadGenerator }: { postgres: PostgresProcesses; loadGenerator: HelperProcess },
  { seconds, connections }: RoundOptions,
): Promise<Round> {
  const { issuer, plan, server, latchkey, changer } = contestant;
  const run = async (seconds: number) => {
    const load = {
      urls: [issuer, ...(plan.tokensPerSecond === null ? [] : (changer?.urls ?? []))],
      tokensPerSecond: plan.tokensPerSecond ?? undefined,
      connections,
      clientCount: plan.clients,
    };
    const result = await loadGenerator.ask<LoadResult>({
      kind: 'load',
      seconds,
      ...load,
    } satisfies Load);
    requireTokensAlone(plan.name, result);
    return result;
  };
  const look = async () => ({
    at: performance.now(),
    machine: machineCpuMicros(),
    database: postgres.cpuMicros(),
    neighbours: (await changer?.cpuMicros()) ?? 0,
    ...(await server.report()),
  });

  await checkToken(contestant);
  await changer?.begin();
  await run(Math.min(seconds * warmUpShare, warmUpSecondsMax));
  await changer?.forgetWarmUp();
  const before = await look();
  const result = await run(seconds);
  if (!(result.tokensPerSecond > 0)) {
    throw new Error(`${plan.name} gave ${result.tokens} tokens: too few to measure`);
  }
  const after = await look();
  const changes = await changer?.end();

  const serverCpu = after.cpuMicros - before.cpuMicros;
  const databaseCpu = cpuMicrosBetween(before.database, after.database);
  const knownCpu =
    serverCpu + databaseCpu + after.neighbours - before.neighbours + result.totalCpuMicros;
  const { size } = before.database;
  return {
    tokensPerSecond: result.tokensPerSecond,
    p50Millis: result.p50Millis,
    p99Millis: result.p99Millis,
    cpuMicrosPerToken: serverCpu / result.tokens,
    databaseCpuMicrosPerToken: size > 0 && latchkey ? databaseCpu / result.tokens : null,
    clientsReadPerToken: latchkey ? (after.clientsRead - before.clientsRead) / result.tokens : null,
    residentBytes: after.residentBytes,
    serverCoreShare: serverCpu / result.elapsedMicros,
    loadGeneratorCoreShare: result.cpuMicros / result.elapsedMicros,
    otherCoreShare:
      Math.max(0, after.machine - before.machine - knownCpu) / ((after.at - before.at) * 1000),
    changesPerSecond: changes?.perSecond ?? null,
    changeP50Millis: changes?.p50Millis ?? null,
    changeP99Millis: changes?.p99Millis ?? null,
  };
}

function requireTokensAlone(name: string, { tokens, refusals, errors }: LoadResult): void {
  if (Object.keys(refusals).length === 0 && errors === 0) return;
  throw new Error(
    `${name} gave ${tokens} tokens, other answers by status ${JSON.stringify(refusals)} and ` +
      `${errors} broken connections: there is nothing to compare`,
  );
}

/** CPU time of everything that runs on this machine, in microseconds. */
function machineCpuMicros(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys, 0) * 1000;
}
