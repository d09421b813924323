/** Three instances behind a balancer are restarted one after the other, and no request fails (S4). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { findFreePort } from '../support/free-port.ts';
import { HttpConnections } from '../support/http-connections.ts';
import { Instances } from '../support/instances.ts';
import { RoundRobinBalancer } from '../support/round-robin-balancer.ts';
import { killServersLeft, type Credential } from '../support/server-process.ts';
import { tokenRequest } from '../support/token-request.ts';

/** How often each instance is restarted. */
const restarts = Math.ceil(Number(process.env['LATCHKEY_TEST_FAULT_ROUNDS'] ?? '20') / 20);
const senders = 6;
const pauseMillis = 3;
const pauseBetweenRegistrationsMillis = 30;
const secondsPerRestartMax = 30;

let instances: Instances;
let balancer: RoundRobinBalancer;
let admin: AdminApi;
let grants: object[];

beforeAll(async () => {
  const port = await findFreePort();
  const issuer = `http://localhost:${port}`;
  instances = await Instances.start({
    count: 3,
    issuer,
    env: { LATCHKEY_DRAIN_SECONDS: '1' },
  });
  balancer = await RoundRobinBalancer.start(
    port,
    instances.all.map((instance) => instance.port),
  );
  await untilReady(3);
  const [first] = instances.all;
  if (first === undefined) throw new Error('there are three instances');
  admin = new AdminApi({ issuer, operator: first.address.operator });
  const { identifier } = await admin.createApi(['orders:read']);
  grants = [{ api: identifier, scopes: ['orders:read'] }];
});
afterAll(async () => {
  await killServersLeft();
  await balancer.close();
  await instances.stop();
});

async function untilReady(count: number): Promise<void> {
  while (balancer.readyCount !== count) await sleep(20);
}

/** Everybody goes on until told, with their own connection; resolves with the statuses and how many there were. */
async function fetchTokens(client: Credential, signal: AbortSignal): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  await Promise.all(
    Array.from({ length: senders }, async () => {
      const connections = new HttpConnections(balancer.port, 1);
      while (!signal.aborted) {
        const { status } = await connections.send(tokenRequest(client, { inBody: true }));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        await sleep(pauseMillis);
      }
      connections.close();
    }),
  );
  return statuses;
}

/** Throws when one is not registered; resolves with their ids. */
async function registerClients(signal: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  while (!signal.aborted) {
    ids.push((await admin.createClient(grants, { name: 'Rolling' })).id);
    await sleep(pauseBetweenRegistrationsMillis);
  }
  return ids;
}

async function restartAll(): Promise<void> {
  for (let restart = 0; restart < restarts; restart += 1) {
    for (const instance of instances.all) {
      expect(await instance.server.stop()).toBe(0);
      await instance.start();
      await untilReady(3);
    }
  }
}

test(
  'tokens are issued and clients registered all the while, each once',
  async () => {
    const client = await admin.createClient(grants);
    const over = new AbortController();
    const { signal } = over;
    const [statuses, registered] = await Promise.all([
      fetchTokens(client, signal),
      registerClients(signal),
      restartAll().finally(() => over.abort()),
    ]);
    // F-74
    expect(balancer.failures).toEqual([]);
    expect([...statuses.keys()]).toEqual([200]);
    expect(statuses.get(200)).toBeGreaterThan(300 * restarts);
    // F-56
    expect(registered.length).toBeGreaterThan(10 * restarts);
    expect((await readCreated()).filter((id) => registered.includes(id)).toSorted()).toEqual(
      registered.toSorted(),
    );
  },
  restarts * 3 * secondsPerRestartMax * 1_000,
);

/** The record ids of all registrations in the audit trail. */
async function readCreated(): Promise<string[]> {
  const events = await admin.readAll<{ target: { id: string } }>(
    '/audit-events?action=client.created',
  );
  return events.map(({ target }) => target.id);
}
