/** Measures one group: starts its servers, loads them in turn, round after round, and ends them. */
import pg from 'pg';
import type { PostgresServer } from '../test/support/postgres-server.ts';
import { HelperProcess } from './benchmark-process.ts';
import { summarizeGroup, type GroupResult, type Measured } from './benchmark-result.ts';
import { measureMemory, warmClients } from './client-memory.ts';
import { startContestant, type Contestant } from './contestants.ts';
import {
  bindProcess,
  describePlacement,
  placeOnCores,
  type CorePlacement,
  type Cores,
} from './core-placement.ts';
import { canShareCores, removeShares } from './core-share.ts';
import type { GroupPlan } from './groups.ts';
import type { PostgresProcesses } from './postgres-processes.ts';
import { measureRound, type RoundOptions } from './round.ts';

/** More than in a round: a client that is read for the first time waits for the database. */
const warmingConnections = 64;

/** What outlives a group. */
export interface Arena {
  postgresServer: PostgresServer;
  postgres: PostgresProcesses;
  /** Of a database in which others are made and removed. */
  adminUrl: string;
  cores: Cores | undefined;
}

export interface GroupOptions extends RoundOptions {
  rounds: number;
  /** Told what happens, line by line. */
  progress: (line: string) => void;
}

export async function runGroup(
  group: GroupPlan,
  arena: Arena,
  options: GroupOptions,
): Promise<GroupResult> {
  const { rounds, seconds: secondsPerRound, connections, progress } = options;
  const startedAt = new Date().toISOString();
  const placement =
    group.serverCores === null
      ? undefined
      : arena.cores && placeOnCores(arena.cores, group.serverCores, canShareCores());
  const closers: (() => Promise<unknown>)[] = [];
  try {
    // An earlier group may have bound it.
    const databaseCores = placement?.database ?? arena.cores;
    if (databaseCores) for (const pid of arena.postgres.pids()) bindProcess(pid, databaseCores);
    const loadGenerator = new HelperProcess({
      name: 'the load generator',
      cores: placement?.loadGenerator,
      script: './load-generator.ts',
    });
    closers.push(() => loadGenerator.stop());
    progress(`${group.title}: starting ${group.contestants.length} servers`);
    const contestants = await startAll(group, { arena, placement, progress, closers });
    for (const contestant of contestants) {
      if (!contestant.latchkey) continue;
      await warmClients(contestant, loadGenerator, { connections: warmingConnections, progress });
    }
    const measured = contestants.map(({ plan, tokenCharacters }): Measured => {
      return { plan, tokenCharacters, memory: null, rounds: [] };
    });
    for (let round = 1; round <= rounds; round += 1) {
      for (const [index, contestant] of contestants.entries()) {
        const result = await measureRound(
          contestant,
          { postgres: arena.postgres, loadGenerator },
          options,
        );
        measured[index]?.rounds.push(result);
        const rate = Math.round(result.tokensPerSecond).toLocaleString('en');
        progress(`round ${round}/${rounds}: ${contestant.plan.name}: ${rate} tokens/s`);
      }
    }
    if (group.memory) {
      progress('storing what was counted, then looking at the memory');
      for (const [index, contestant] of contestants.entries()) {
        const entry = measured[index];
        if (entry) entry.memory = await measureMemory(contestant);
      }
    }
    const conditions = { startedAt, rounds, secondsPerRound, connections };
    return summarizeGroup(
      group,
      {
        ...conditions,
        placement: describePlacement(placement),
        coreShare: placement?.share ?? null,
      },
      measured,
    );
  } finally {
    for (const close of closers.toReversed()) await close();
    if (placement?.share !== undefined) removeShares();
  }
}

async function startAll(
  group: GroupPlan,
  surroundings: {
    arena: Arena;
    placement: CorePlacement | undefined;
    progress: (line: string) => void;
    closers: (() => Promise<unknown>)[];
  },
): Promise<Contestant[]> {
  const { arena, placement, progress, closers } = surroundings;
  const contestants: Contestant[] = [];
  for (const [index, plan] of group.contestants.entries()) {
    const createDatabase = async () => {
      const name = `${group.name}_${index}`;
      const url = await arena.postgresServer.createDatabase(name);
      closers.push(() => dropDatabase(arena.adminUrl, name));
      return url;
    };
    const contestant = await startContestant(plan, { placement, createDatabase, progress });
    closers.push(() => contestant.stop());
    contestants.push(contestant);
  }
  return contestants;
}

/** A million clients are a gigabyte that the next group need not carry. */
async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  const connection = new pg.Client({ connectionString: adminUrl });
  await connection.connect();
  await connection.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  await connection.end();
}
