/** Registers clients as fast as the server takes them, and keeps what was acknowledged. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminApi, RegisteredClient } from './admin-api.ts';
import type { ServerProcess } from './server-process.ts';

const registrarsPerRound = 6;

/** The clients whose 201 arrived before the server was killed, a random time after the first. */
export async function registerUntilKilled(
  server: ServerProcess,
  admin: AdminApi,
  grants: readonly object[],
): Promise<RegisteredClient[]> {
  const acknowledged: RegisteredClient[] = [];
  const register = async () => {
    for (;;) {
      try {
        const client = await registerOne(admin, grants);
        if (client) acknowledged.push(client);
      } catch (error) {
        // A connection that broke with its server is the end of the round; all else is a failure.
        if (server.child.killed) return;
        throw error;
      }
    }
  };
  const untilKilled = Promise.all(Array.from({ length: registrarsPerRound }, register));
  const untilFirst = async () => {
    while (acknowledged.length === 0) await sleep(1);
  };
  await Promise.race([untilFirst(), untilKilled]);
  await sleep(randomInt(300));
  await server.kill();
  await untilKilled;
  return acknowledged;
}

/** Undefined when a busy server asked to try again: that is no acknowledgement. */
async function registerOne(
  admin: AdminApi,
  grants: readonly object[],
): Promise<RegisteredClient | undefined> {
  const { status, body } = await admin.request('/clients', {
    method: 'POST',
    body: { name: 'A client', grants },
  });
  if (status === 503) return undefined;
  if (status !== 201) throw new Error(`no client: ${JSON.stringify(body)}`);
  return {
    id: String(body['id']),
    clientId: String(body['client_id']),
    clientSecret: String(body['client_secret']),
  };
}
