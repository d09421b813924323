/** Overload (L-02): what each route says to whoever is reached late in a turn that is too long. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { composeServer, type RunningServer } from '../../src/compose/compose-server.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { findFreePort } from '../support/free-port.ts';
import type { HttpAnswer, HttpConnections, HttpRequest } from '../support/http-connections.ts';
import { inProcessSettings, silentLog } from '../support/in-process-settings.ts';
import type { Credential, ServerAddress } from '../support/server-process.ts';
import { tokenRequest } from '../support/token-request.ts';
import { openConnection, TokenCrowd } from './token-crowd.ts';

const crowd = new TokenCrowd();
let server: RunningServer;
let address: ServerAddress;
let authorization: string;

beforeAll(async () => {
  const port = await findFreePort();
  const settings = { ...(await inProcessSettings()), port, issuer: `http://localhost:${port}` };
  const operator: Credential = {
    clientId: settings.bootstrapClientId ?? '',
    clientSecret: settings.bootstrapClientSecret ?? '',
  };
  ({ server } = await composeServer(settings, silentLog, {
    mayShowSecret: false,
    onFastLane: crowd.onFastLane,
  }));
  address = { issuer: settings.issuer, operator };
  const { body } = await requestToken(address, operator, { resource: `${settings.issuer}/api` });
  authorization = `Bearer ${String(body['access_token'])}`;
});
afterAll(() => server.close());

/** The answer to a request that comes behind a crowd, in the same turn of the event loop. */
function sendBehindCrowd(connection: HttpConnections, request: HttpRequest): Promise<HttpAnswer> {
  const { port } = server;
  return crowd.comeBefore({ port, operator: address.operator }, () => connection.send(request));
}

async function answerBehindCrowd(request: HttpRequest): Promise<HttpAnswer> {
  const connection = await openConnection(server.port);
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
  const connection = await openConnection(server.port);
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
