/** The servers that a benchmark compares, each started once and left idle while another one is loaded. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminApi } from '../test/support/admin-api.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { BenchmarkServer, issuerOf } from './benchmark-server.ts';
import type { CorePlacement } from './core-placement.ts';
import type { ContestantPlan } from './groups.ts';
import { startLatchkey } from './latchkey-server.ts';
import { RegistryChanger } from './registry-changer.ts';
import { checkToken } from './token-check.ts';

const firstTokenMillisMax = 5_000;
const progressClients = 100_000;

export interface Contestant {
  plan: ContestantPlan;
  issuer: string;
  server: BenchmarkServer;
  tokenCharacters: number;
  /** Undefined for what is not Latchkey. */
  latchkey: { admin: AdminApi; databaseUrl: string } | undefined;
  changer: RegistryChanger | undefined;
  stop(): Promise<void>;
}

export interface ContestantOptions {
  placement: CorePlacement | undefined;
  createDatabase: () => Promise<string>;
  progress: (line: string) => void;
}

/** Resolves when it has issued a token that verifies. */
export async function startContestant(
  plan: ContestantPlan,
  options: ContestantOptions,
): Promise<Contestant> {
  const contestant = await startServer(plan, options);
  try {
    contestant.tokenCharacters = await waitForToken(contestant);
  } catch (error) {
    await contestant.stop();
    throw error;
  }
  return contestant;
}

/** After every `progressClients`, and at the end when there were more. */
export function reportClients(
  { name, clients }: ContestantPlan,
  what: string,
  progress: (line: string) => void,
): (done: number) => void {
  return (done) => {
    if (done % progressClients !== 0 && done !== clients) return;
    if (clients === 1) return;
    progress(`${name}: ${done.toLocaleString('en')} clients ${what}`);
  };
}

async function startServer(
  plan: ContestantPlan,
  { placement, createDatabase, progress }: ContestantOptions,
): Promise<Contestant> {
  const { server: cores, share: coreShare } = placement ?? {};
  if (plan.kind !== 'latchkey') {
    const port = await findFreePort();
    const [script, argument] =
      plan.kind === 'bare'
        ? ['./bare-server.ts', plan.algorithm]
        : ['./stock-oidc-provider.ts', String(plan.clients)];
    const args = [String(port), argument];
    const server = await BenchmarkServer.start({
      name: plan.name,
      cores,
      coreShare,
      port,
      script,
      args,
    });
    return toContestant({ plan, issuer: issuerOf(port), server });
  }
  const databaseUrl = await createDatabase();
  const onProgress = reportClients(plan, 'registered', progress);
  const { server, admin, deployment } = await startLatchkey({
    plan,
    databaseUrl,
    cores,
    coreShare,
    onProgress,
  });
  const latchkey = { admin, databaseUrl };
  const started = { plan, issuer: deployment.issuer, server, latchkey };
  if (plan.neighbours === 0) return toContestant(started);
  try {
    const changer = await RegistryChanger.start(plan, deployment, placement?.neighbours);
    return toContestant({ ...started, changer });
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function toContestant(
  started: Pick<Contestant, 'plan' | 'issuer' | 'server'> &
    Partial<Pick<Contestant, 'latchkey' | 'changer'>>,
): Contestant {
  const { latchkey, changer, ...rest } = started;
  return {
    ...rest,
    latchkey,
    changer,
    tokenCharacters: 0,
    async stop() {
      await changer?.stop();
      await rest.server.stop();
    },
  };
}

/** A database that has just taken many clients in may keep the first requests waiting, and they see a 503. */
async function waitForToken(contestant: Contestant): Promise<number> {
  const deadline = performance.now() + firstTokenMillisMax;
  for (;;) {
    try {
      return await checkToken(contestant);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(200);
    }
  }
}
