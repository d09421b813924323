/** Latchkey on a database of its own, as in production: `latchkey serve`, one log line per request to /dev/null. */
import { randomBytes } from 'node:crypto';
import { AdminApi } from '../test/support/admin-api.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { newCredential, type Credential } from '../test/support/server-process.ts';
import { BenchmarkServer, issuerOf, type ServerOptions } from './benchmark-server.ts';
import type { Cores } from './core-placement.ts';
import type { ContestantPlan } from './groups.ts';
import { apiIdentifier, scope } from './load-profile.ts';
import { seedClients } from './seed-clients.ts';

const readyPath = '/health/ready';

/** What every instance on one database is told alike. */
export interface Deployment {
  databaseUrl: string;
  issuer: string;
  operator: Credential;
  keyEncryptionKey: string;
}

export interface Latchkey {
  server: BenchmarkServer;
  deployment: Deployment;
  admin: AdminApi;
}

/** Resolves when it serves, with all of its clients registered. */
export async function startLatchkey(options: {
  plan: ContestantPlan;
  databaseUrl: string;
  cores: Cores | undefined;
  coreShare: number | undefined;
  onProgress: (clients: number) => void;
}): Promise<Latchkey> {
  const { plan, databaseUrl, cores, coreShare, onProgress } = options;
  const port = await findFreePort();
  const deployment: Deployment = {
    databaseUrl,
    issuer: issuerOf(port),
    operator: newCredential(),
    keyEncryptionKey: randomBytes(32).toString('base64'),
  };
  const admin = new AdminApi(deployment);
  const serve = (workers: number) =>
    startInstance({ name: plan.name, port, cores, coreShare, deployment, workers });

  // The first start migrates; the second finds its clients where a running instance would have them.
  const first = await serve(1);
  let apiId: string;
  try {
    apiId = await registerApi(admin, plan);
  } finally {
    await first.stop();
  }
  await seedClients({ databaseUrl, apiId, count: plan.clients, onProgress });
  return { server: await serve(plan.workers), deployment, admin };
}

/** The API makes the first signing key of its algorithm. */
async function registerApi(admin: AdminApi, { algorithm }: ContestantPlan): Promise<string> {
  const { id } = await admin.createApi([scope], {
    identifier: apiIdentifier,
    name: 'Orders',
    signing_alg: algorithm,
  });
  return id;
}

export async function startInstance(instance: {
  name: string;
  port: number;
  cores: Cores | undefined;
  coreShare?: number | undefined;
  deployment: Deployment;
  workers: number;
}): Promise<BenchmarkServer> {
  const { name, port, cores, coreShare, deployment, workers } = instance;
  const options: ServerOptions = {
    name,
    cores,
    coreShare,
    port,
    script: '../src/main.ts',
    args: ['serve'],
    env: {
      PORT: String(port),
      LATCHKEY_ISSUER: deployment.issuer,
      DATABASE_URL: deployment.databaseUrl,
      LATCHKEY_KEY_ENCRYPTION_KEY: deployment.keyEncryptionKey,
      LATCHKEY_BOOTSTRAP_CLIENT_ID: deployment.operator.clientId,
      LATCHKEY_BOOTSTRAP_CLIENT_SECRET: deployment.operator.clientSecret,
      LATCHKEY_WORKERS: String(workers),
      LATCHKEY_METRICS_PORT: '-1',
      LATCHKEY_DRAIN_SECONDS: '0',
    },
    // Several workers have a first process above them.
    processes: workers === 1 ? 1 : workers + 1,
  };
  return BenchmarkServer.start(options, readyPath);
}
