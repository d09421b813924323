/** Overload (L-02): what each route says to whoever is reached late in a turn that is too long. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { composeServer, type RunningServer } from '../../src/compose/compose-server.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { findFreePort } from '../support/free-port.ts';
import { HttpConnections, type HttpAnswer, type HttpRequest } from '../support/http-connections.ts';
import { inProcessSettings, silentLog } from '../support/in-process-settings.ts';
import type { Credential, ServerAddress } from '../support/server-process.ts';
import { tokenRequest } from '../support/token-request.ts';

/** More than an ordinary turn has, and each of them takes long enough for the turn to be too long. */
const crowd = 60;
const millisEach = 5;

let server: RunningServer;
let address: ServerAddress;
let authorization: string;
/** For how long the server does nothing else when a token is asked for. */
let busyMillis = 0;

beforeAll(async () => {
  const port = await findFreePort();
  const settings = { ...(await inProcessSettings()), port, issuer: `http://localhost:${port}` };
  const operator: Credential = {
    clientId: settings.bootstrapClientId ?? '',
    clientSecret: settings.bootstrapClientSecret ?? '',
  };
  ({ server } = await composeServer(settings, silentLog, {
    mayShowSecret: false,
    onFastLane: () => beBusy(busyMillis),
  }));
  address = { issuer: settings.issuer, operator };
  const { body } = await requestToken(address, operator, { resource: `${settings.issuer}/api` });
  authorization = `Bearer ${String(body['access_token'])}`;
});
afterAll(() => server.close());

function beBusy(millis: number): void {
  const until = performance.now() + millis;
  while (performance.now() < until);
}

/** One connection that is kept alive, and that the server has taken. */
async function openConnection(): Promise<HttpConnections> {
  const connection = new HttpConnections(server.port, 1);
  await connection.send({ path: '/health/live' });
  return connection;
}

/** The answer to a request that comes behind a crowd, in the same turn of the event loop. */
async function sendBehindCrowd(
  connection: HttpConnections,
  request: HttpRequest,
): Promise<HttpAnswer> {
  const ahead = await Promise.all(Array.from({ length: crowd }, openConnection));
  try {
    busyMillis = millisEach;
    // All are written before the server, in this very process, reads any of them: in their order.
    const served = ahead.map((each) => each.send(tokenRequest(address.operator)));
    const answer = await connection.send(request);
    await Promise.all(served);
    return answer;
  } finally {
    busyMillis = 0;
    for (const each of ahead) each.close();
  }
}

async function answerBehindCrowd(request: HttpRequest): Promise<HttpAnswer> {
  const connection = await openConnection();
  const answer = await sendBehindCrowd(connection, request);
  connection.close();
  return answer;
}

function expectOverloaded({ status, headers, body }: HttpAnswer): void {
  expect({ status, headers, body: JSON.parse(body) as unknown }).toEqual({
    status: 503,
    headers: {
      'retry-after': '1',
      'x-request-id': expect.any(String),
      'x-content-type-options': 'nosniff',
      'content-type': 'application/problem+json',
      'content-length': String(body.length),
      'cache-control': 'no-store',
      connection: 'keep-alive',
      date: expect.any(String),
    },
    body: {
      type: 'urn:latchkey:problem:unavailable',
      title: 'Temporarily unavailable',
      status: 503,
      detail: 'the server is overloaded: try again in a moment',
      code: 'unavailable',
      request_id: headers['x-request-id'],
    },
  });
}

// L-02
test.each([
  '/api/v1/clients',
  '/api/v1/openapi.json',
  '/.well-known/jwks.json',
  '/.well-known/oauth-authorization-server',
  '/nowhere',
])('GET %s is told to come again in a second', async (path) => {
  expectOverloaded(await answerBehindCrowd({ path, headers: { authorization } }));
});

// L-02
test('a change is not begun, and may be sent again on the same connection', async () => {
  const registration: HttpRequest = {
    path: '/api/v1/clients',
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Registered once' }),
  };
  const connection = await openConnection();
  expectOverloaded(await sendBehindCrowd(connection, registration));
  expect((await connection.send(registration)).status).toBe(201);
  connection.close();
  const { body } = await new AdminApi(address).request<{ data: unknown[] }>('/clients?q=once');
  expect(body.data.length).toBe(1);
});

// L-02
test('the token endpoint says it in a form of its own', async () => {
  const { status, headers, body } = await answerBehindCrowd(tokenRequest(address.operator));
  expect([status, headers['retry-after'], JSON.parse(body)]).toEqual([
    503,
    '1',
    {
      error: 'temporarily_unavailable',
      error_description: 'the server is overloaded: try again in a moment',
    },
  ]);
});

test.each(['/health/live', '/health/ready'])(
  'GET %s is answered all the same: who is busy is not dead',
  async (path) => {
    expect((await answerBehindCrowd({ path })).status).toBe(200);
  },
);
