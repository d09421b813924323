/** The servers that a benchmark compares, each started once and left idle while another one is loaded. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../test/support/free-port.ts';
import { newCredential } from '../test/support/server-process.ts';
import { startProcess, type BenchmarkProcess } from './benchmark-process.ts';
import { seedClients } from './seed-clients.ts';
import { checkToken } from './token-check.ts';

export interface Contestant {
  key: ContestantKey;
  name: string;
  issuer: string;
  /** The load draws from so many registered clients. */
  clientCount: number;
  process: BenchmarkProcess;
}

export type ContestantKey = 'bare' | 'oidc-provider' | 'latchkey-1' | 'latchkey-many';

const stockClientsMax = 10_000;
const startMillisMax = 30_000;
const firstTokenMillisMax = 5_000;

interface Start {
  key: ContestantKey;
  name: string;
  clientCount: number;
  port: number;
  core: number | undefined;
  script: string;
  args: readonly string[];
  env?: Record<string, string>;
}

export async function startBareServer(core: number | undefined): Promise<Contestant> {
  const port = await findFreePort();
  return start({
    key: 'bare',
    name: 'bare node:http',
    clientCount: 1,
    port,
    core,
    script: './bare-server.ts',
    args: [String(port)],
  });
}

export async function startStockOidcProvider(
  core: number | undefined,
  clientsMax: number,
): Promise<Contestant> {
  const port = await findFreePort();
  const clientCount = Math.min(clientsMax, stockClientsMax);
  return start({
    key: 'oidc-provider',
    name: 'oidc-provider as it comes, in memory',
    clientCount,
    port,
    core,
    script: './stock-oidc-provider.ts',
    args: [String(port), String(clientCount)],
  });
}

/** As in production: `latchkey serve` on PostgreSQL, with the default log level, logging to /dev/null. */
export async function startLatchkey(
  key: 'latchkey-1' | 'latchkey-many',
  core: number | undefined,
  databaseUrl: string,
  clientCount: number,
): Promise<Contestant> {
  const port = await findFreePort();
  const operator = newCredential();
  const options: Start = {
    key,
    name: 'Latchkey on PostgreSQL',
    clientCount,
    port,
    core,
    script: '../src/main.ts',
    args: ['serve'],
    env: {
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      LATCHKEY_KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      LATCHKEY_BOOTSTRAP_CLIENT_ID: operator.clientId,
      LATCHKEY_BOOTSTRAP_CLIENT_SECRET: operator.clientSecret,
      LATCHKEY_METRICS_PORT: '-1',
      LATCHKEY_DRAIN_SECONDS: '0',
    },
  };
  // The first start migrates; the second finds its clients where a running instance would have them.
  const first = launch(options);
  try {
    await waitUntil(first, () => answers(`${issuerOf(port)}/health/ready`));
  } finally {
    await first.stop();
  }
  await seedClients(databaseUrl, clientCount);
  return start(options);
}

/** Resolves when the server has issued a token that verifies. */
async function start(options: Start): Promise<Contestant> {
  const { key, name, clientCount, port } = options;
  const server = launch(options);
  const contestant = { key, name, clientCount, issuer: issuerOf(port), process: server };
  try {
    await waitUntil(server, () => answers(`${contestant.issuer}/`));
    await waitForToken(contestant);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return contestant;
}

function launch({ name, core, script, args, env }: Start): BenchmarkProcess {
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
  return startProcess({
    name,
    core,
    args: ['--import', path('./cpu-report.ts'), path(script), ...args],
    ...(env === undefined ? {} : { env }),
  });
}

function issuerOf(port: number): string {
  return `http://localhost:${port}`;
}

async function waitUntil(server: BenchmarkProcess, isReady: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + startMillisMax;
  while (performance.now() < deadline) {
    server.requireRunning();
    if (await isReady()) return;
    await sleep(50);
  }
  throw new Error(`a server was not ready after ${startMillisMax} ms`);
}

/** A database that has just taken many clients in may keep the first requests waiting, and they see a 503. */
async function waitForToken(contestant: Contestant): Promise<void> {
  const deadline = performance.now() + firstTokenMillisMax;
  while (performance.now() < deadline) {
    const issued = await checkToken(contestant).then(
      () => true,
      () => false,
    );
    if (issued) return;
    await sleep(200);
  }
  await checkToken(contestant);
}

/** Whether anything but a failure of the server comes back. */
function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ status }) => status < 500,
    // Not listening yet.
    () => false,
  );
}
