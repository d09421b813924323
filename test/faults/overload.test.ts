/** A flood, of wrong secrets or by one client with a right one, keeps nobody else from their tokens. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { HttpConnections } from '../support/http-connections.ts';
import {
  killServersLeft,
  startServer,
  type Credential,
  type ServerProcess,
} from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { randomAddress } from '../support/token-load.ts';
import { tokenRequest } from '../support/token-request.ts';

const floodMillis = Number(process.env['LATCHKEY_TEST_FAULT_ROUNDS'] ?? '20') * 150;
/** All of them fit into one turn of the server: what it does when they do not is another matter. */
const floodersOfEachKind = 12;
const pauseMillis = 10;
const addressOfVictim = '192.0.2.7';

let server: ServerProcess;
let clients: RegisteredClient[];

beforeAll(async () => {
  server = await startServer({
    databaseUrl: await createDatabase(),
    entry: 'main',
    env: { LATCHKEY_TRUST_PROXY: '1', LATCHKEY_LOG_LEVEL: 'warn' },
  });
  const admin = new AdminApi(server);
  const { identifier } = await admin.createApi(['orders:read']);
  clients = [];
  for (let client = 0; client < 5; client += 1) {
    clients.push(await admin.createClient([{ api: identifier, scopes: ['orders:read'] }]));
  }
});
afterAll(killServersLeft);

interface Sent {
  /** Every kind of answer, and how many there were. */
  answers: Map<string, number>;
  /** How long each was waited for. */
  waits: number[];
}

/** `senders` connections, until it is over. */
async function send(
  senders: number,
  signal: AbortSignal,
  choose: () => { credential: Credential; address: string; pause?: number },
): Promise<Sent> {
  const answers = new Map<string, number>();
  const waits: number[] = [];
  await Promise.all(
    Array.from({ length: senders }, async () => {
      const connections = new HttpConnections(server.port, 1);
      while (!signal.aborted) {
        const { credential, address, pause } = choose();
        const sentAt = performance.now();
        const { status, headers, body } = await connections.send(
          tokenRequest(credential, { headers: { 'x-forwarded-for': address } }),
        );
        waits.push(performance.now() - sentAt);
        const { error = '' } = JSON.parse(body) as { error?: string };
        const answer = `${status} ${error} ${headers['retry-after'] ?? ''}`.trim();
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        if (pause) await sleep(pause);
      }
      connections.close();
    }),
  );
  return { answers, waits };
}

const wrongSecret = () => `lks_${randomBytes(25).toString('hex').slice(0, 49)}`;
const unknownId = () => `lkc_${randomBytes(11).toString('hex')}`;
const count = ({ waits }: Sent) => waits.length;
const meanWait = ({ waits }: Sent) => waits.reduce((a, b) => a + b, 0) / waits.length;

// L-02, L-05, L-06
test(
  'right secrets are never refused while wrong ones come from everywhere',
  async () => {
    const [victim, ...others] = clients;
    if (victim === undefined) throw new Error('there are five clients');
    const signal = AbortSignal.timeout(floodMillis);
    const pickOther = () => others[Math.floor(Math.random() * others.length)] ?? victim;
    const [ofOthers, ofVictim, ...floods] = await Promise.all([
      send(4, signal, () => ({
        credential: pickOther(),
        address: randomAddress(),
        pause: pauseMillis,
      })),
      send(2, signal, () => ({ credential: victim, address: addressOfVictim, pause: pauseMillis })),
      send(floodersOfEachKind, signal, () => ({
        credential: { clientId: unknownId(), clientSecret: wrongSecret() },
        address: randomAddress(),
      })),
      send(floodersOfEachKind, signal, () => ({
        credential: { clientId: victim.clientId, clientSecret: wrongSecret() },
        address: randomAddress(),
      })),
      send(floodersOfEachKind, signal, () => ({
        credential: { clientId: victim.clientId, clientSecret: wrongSecret() },
        address: addressOfVictim,
      })),
    ]);
    for (const sent of [ofOthers, ofVictim]) {
      expect([...sent.answers.keys()]).toEqual(['200']);
      expect(count(sent)).toBeGreaterThan(20);
    }
    const refusals = ['401 invalid_client', '503 temporarily_unavailable 1'];
    for (const { answers } of floods) {
      expect(refusals).toEqual(expect.arrayContaining([...answers.keys()]));
    }
    expect(Math.min(...floods.map(count))).toBeGreaterThan(20);
    process.stdout.write(
      `flood: ${floods.map(count).join(' + ')} refusals beside ${count(ofOthers)} + ${count(ofVictim)} tokens in ${floodMillis} ms\n`,
    );
  },
  floodMillis + 60_000,
);

// L-04: there are no quotas (ADR 10); one that asks all the time takes its turn among all others.
test(
  'a client that asks without a pause, on more connections than all others, keeps none of them from their tokens',
  async () => {
    const [hostile, ...others] = clients;
    if (hostile === undefined) throw new Error('there are five clients');
    const signal = AbortSignal.timeout(floodMillis);
    const [flood, ...sentByOthers] = await Promise.all([
      send(2 * floodersOfEachKind, signal, () => ({
        credential: hostile,
        address: addressOfVictim,
      })),
      ...others.map((credential) =>
        send(1, signal, () => ({ credential, address: randomAddress(), pause: pauseMillis })),
      ),
    ]);
    for (const sent of sentByOthers) {
      expect([...sent.answers.keys()]).toEqual(['200']);
      expect(count(sent)).toBeGreaterThan(10);
      // Whoever asks now and then waits no longer than whoever asks all the time: for its turn.
      expect(meanWait(sent)).toBeLessThan(4 * meanWait(flood));
    }
    expect(['200', '503 temporarily_unavailable 1']).toEqual(
      expect.arrayContaining([...flood.answers.keys()]),
    );
    expect(count(flood)).toBeGreaterThan(sentByOthers.flatMap(({ waits }) => waits).length);
    process.stdout.write(
      `one client: ${count(flood)} tokens, each after ${meanWait(flood).toFixed(1)} ms, beside ${sentByOthers.map(count).join(' + ')} of others, after ${sentByOthers.map((sent) => meanWait(sent).toFixed(1)).join(', ')} ms\n`,
    );
  },
  floodMillis + 60_000,
);
