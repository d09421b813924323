/** A flood of the public listener leaves that of admins alone: connections and turns are each one's own. A-12, L-02, L-10 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { composeServer, type RunningServer } from '../../src/compose/compose-server.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { findFreePort } from '../support/free-port.ts';
import { inProcessSettings, silentLog } from '../support/in-process-settings.ts';
import type { Credential, ServerAddress } from '../support/server-process.ts';
import { tokenRequest } from '../support/token-request.ts';
import { until } from '../support/until.ts';
import { openConnection, TokenCrowd } from './token-crowd.ts';

const connectionsMax = 80;
const crowd = new TokenCrowd();

let server: RunningServer;
let operator: Credential;
let issuer: string;
let adminAddress: ServerAddress;
let sockets: Socket[] = [];

beforeAll(async () => {
  const [port, adminPort] = [await findFreePort(), await findFreePort()];
  issuer = `http://localhost:${port}`;
  const adminUrl = `http://localhost:${adminPort}`;
  const settings = { ...(await inProcessSettings()), port, issuer, adminPort, adminUrl };
  operator = {
    clientId: settings.bootstrapClientId ?? '',
    clientSecret: settings.bootstrapClientSecret ?? '',
  };
  adminAddress = { issuer: adminUrl, operator };
  ({ server } = await composeServer(settings, silentLog, {
    mayShowSecret: false,
    onFastLane: crowd.onFastLane,
    // Nobody who is idle is closed for others.
    connectionLimits: { connectionsMax, connectionsCrowd: connectionsMax, lookMillis: 60_000 },
  }));
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
});
afterAll(() => server.close());

/** Undefined: it was turned away. */
async function open(port: number): Promise<Socket | undefined> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
  const answered = await Promise.race([
    once(socket, 'data').then(() => true),
    once(socket, 'close').then(() => false),
  ]);
  return answered ? socket : undefined;
}

test('when the public listener takes nobody any more, admins get tokens and work', async () => {
  await until(async () => (await open(server.port)) === undefined, 'it is full');
  const admin = new AdminApi(adminAddress, operator, `${issuer}/api`);
  expect((await admin.request('/clients', { method: 'POST', body: { name: 'x' } })).status).toBe(
    201,
  );
  expect((await fetch(`${adminAddress.issuer}/console/`)).status).toBe(200);
  // It is still full.
  expect(await open(server.port)).toBeUndefined();
});

test('the listener of admins takes no more than it may either, and fills itself alone', async () => {
  let taken = 0;
  const isFull = async () => {
    if ((await open(server.adminPort ?? 0)) === undefined) return true;
    taken += 1;
    return false;
  };
  await until(isFull, 'it is full');
  expect(taken).toBeGreaterThan(connectionsMax / 2);
  expect(taken).toBeLessThanOrEqual(connectionsMax);
  expect(await open(server.port)).toBeDefined();
});

test('in a turn that is too long at the public listener nobody is shed at the other', async () => {
  const resource = `${issuer}/api`;
  const { body } = await requestToken(adminAddress, operator, { resource });
  const authorization = `Bearer ${String(body['access_token'])}`;
  const [last, list, token] = await Promise.all([
    openConnection(server.port),
    openConnection(server.adminPort ?? 0),
    openConnection(server.adminPort ?? 0),
  ]);
  const { port } = server;
  const answers = await crowd.comeBefore({ port, operator }, () =>
    Promise.all([
      last.send(tokenRequest(operator)),
      list.send({ path: '/api/v1/clients', headers: { authorization } }),
      token.send(tokenRequest(operator)),
    ]),
  );
  expect(answers.map(({ status }) => status)).toEqual([503, 200, 200]);
  for (const each of [last, list, token]) each.close();
});
