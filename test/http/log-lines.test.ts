/** One JSON line per request, that nobody outside can write into and that tells no secret (INV10, W-25, P-054). */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerRaw, headerOf, type RawAnswer } from '../support/raw-http.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { formatBasic, formatTokenRequest, type TokenRequestParts } from '../oauth/token-cases.ts';

type Line = Record<string, unknown>;

let server: ServerProcess;

beforeAll(async () => {
  server = await startServer({
    databaseUrl: await createDatabase(),
    env: { LATCHKEY_LOG_LEVEL: 'trace' },
  });
});
afterAll(async () => {
  await server.stop();
});

const readLines = (): Line[] =>
  server
    .output()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

/** Every line of one request, once there is one. */
async function linesOf(answer: RawAnswer): Promise<Line[]> {
  const requestId = headerOf(answer, 'x-request-id');
  for (;;) {
    const lines = readLines().filter((line) => line['request_id'] === requestId);
    if (lines.length > 0) return lines;
    await sleep(5);
  }
}

const requestLine = (fields: Line): Line => ({
  level: 'info',
  time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  service: 'latchkey',
  request_id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
  duration_ms: expect.any(Number),
  address: '127.0.0.1',
  msg: 'request',
  ...fields,
});

const body = 'grant_type=client_credentials&scope=clients:read';
const ask = (parts: TokenRequestParts) => answerRaw(server, formatTokenRequest(parts));

test('a token says who got it and what became of it', async () => {
  const answer = await ask({ authorization: formatBasic(server.operator), body });
  expect(await linesOf(answer)).toEqual([
    requestLine({
      method: 'POST',
      route: 'token',
      status: 200,
      client_id: server.operator.clientId,
      outcome: 'issued',
    }),
  ]);
});

test('a refusal says which one, and names no client that it could not be sure of', async () => {
  const answer = await ask({
    authorization: formatBasic({ ...server.operator, clientSecret: 'wrong' }),
    body,
  });
  expect(await linesOf(answer)).toEqual([
    requestLine({ method: 'POST', route: 'token', status: 401, outcome: 'invalid_client' }),
  ]);
});

test.each([
  ['an unknown path', 'GET /no/such?secret=canary_path HTTP/1.1\r\n\r\n', 'GET', 'unknown', 404],
  ['a public route', 'GET /health/live?canary_query HTTP/1.1\r\n\r\n', 'GET', 'health', 200],
  [
    'an admin route',
    'GET /api/v1/clients/canary_id?q=canary_q HTTP/1.1\r\nAuthorization: Bearer canary_token\r\n\r\n',
    'GET',
    '/api/v1/clients/{id}',
    401,
  ],
])(
  '%s is logged as a route, without path, query or headers',
  async (_name, request, method, route, status) => {
    const answer = await answerRaw(server, request);
    expect(await linesOf(answer)).toEqual([requestLine({ method, route, status })]);
    expect(server.output()).not.toContain('canary');
  },
);

test('what is no request has a line as well', async () => {
  const answer = await answerRaw(server, 'hello\r\n\r\n');
  expect(await linesOf(answer)).toEqual([requestLine({ route: 'unreadable', status: 400 })]);
});

test('a caller that stops halfway is answered, and logged once', async () => {
  const before = readLines().length;
  const request = formatTokenRequest({ body }).subarray(0, -5);
  // Our half ends with the request unfinished.
  await answerRaw(server, request, { endAfter: true }).catch(() => undefined);
  while (readLines().length === before) await sleep(5);
  expect(readLines().slice(before)).toEqual([
    requestLine({
      method: 'POST',
      route: 'token',
      status: 400,
      outcome: expect.stringMatching(/^(aborted|invalid_request)$/),
    }),
  ]);
});

// P-054
test('credentials in a query are refused, and stand in no line', async () => {
  const { clientId, clientSecret } = server.operator;
  const answer = await ask({
    target: `/oauth2/token?client_id=${clientId}&client_secret=${clientSecret}`,
    body,
  });
  expect(answer.status).toBe(400);
  expect(await linesOf(answer)).toEqual([
    requestLine({ method: 'POST', route: 'token', status: 400, outcome: 'invalid_request' }),
  ]);
  expect(server.output()).not.toContain(clientSecret);
});

const hostile = [
  ['CRLF', '%0D%0A{"level":"fatal"}'],
  ['U+2028', '%E2%80%A8'],
  ['an ANSI escape', '%1B[31mred'],
  ['NUL', '%00'],
  ['a lone surrogate', '%ED%A0%80'],
  ['10 KB', 'x'.repeat(10_240)],
];
const places: [name: string, parts: (value: string) => TokenRequestParts][] = [
  ['client_id', (value) => ({ body: `${body}&client_id=canary${value}&client_secret=x` })],
  ['client_secret', (value) => ({ body: `${body}&client_id=x&client_secret=canary${value}` })],
  [
    'scope',
    (value) => ({
      authorization: formatBasic(server.operator),
      body: `grant_type=client_credentials&scope=canary${value}`,
    }),
  ],
  [
    'resource',
    (value) => ({
      authorization: formatBasic(server.operator),
      body: `${body}&resource=canary${value}`,
    }),
  ],
  [
    'grant_type',
    (value) => ({ authorization: formatBasic(server.operator), body: `grant_type=canary${value}` }),
  ],
];

const hostileCases = places.flatMap(([place, parts]) =>
  hostile.map(([name, value = '']) => [name, place, () => parts(value)] as const),
);

// W-25, W-27
test.each(hostileCases)(
  '%s in %s gets into no line, no description and no challenge',
  async (_name, _place, parts) => {
    const answer = await ask(parts());
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const [line, ...more] = await linesOf(answer);
    expect(more).toEqual([]);
    expect(JSON.stringify(line).length).toBeLessThan(500);
    expect(server.output()).not.toContain('canary');
    const { error_description: description } = JSON.parse(answer.body) as Line;
    expect(description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
    expect(JSON.stringify(answer)).not.toContain('canary');
  },
);

// W-25
test.each([
  ['a User-Agent with an escape', 'User-Agent: canary\u001B[31m'],
  ['a Host with an escape', 'Host: canary\u001B[31m'],
  ['a User-Agent in Latin-1', 'User-Agent: canary\u00E9\u00FF'],
  ['a User-Agent of 10 KB', `User-Agent: ${'canary'.repeat(1700)}`],
  ['a Host in UTF-8', 'Host: canary\u2028'],
])('%s leaves no trace in the log', async (_name, header) => {
  const answer = await answerRaw(server, `GET /health/live HTTP/1.1\r\n${header}\r\n\r\n`);
  const [line] = await linesOf(answer);
  expect(JSON.stringify(line).length).toBeLessThan(500);
  expect(server.output()).not.toContain('canary');
});

test('a reader who leaves in the middle of an answer is no error', async () => {
  const page = await (await fetch(`${server.issuer}/console/`)).text();
  const [, script = ''] = /src="([^"]+\.js)"/.exec(page) ?? [];
  const left = () => readLines().filter(({ msg }) => String(msg).startsWith('a reader left'));
  await until(() => {
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(`GET ${script} HTTP/1.1\r\nHost: localhost\r\n\r\n`, () =>
        socket.resetAndDestroy(),
      );
    });
    return left().length > 0;
  }, 'a line for whoever left');
  expect(left()[0]).toMatchObject({ level: 'info', code: expect.any(String) });
  expect(readLines().filter(({ level }) => level === 'error')).toEqual([]);
});

test('nothing but JSON lines was ever written', () => {
  expect(readLines().length).toBeGreaterThan(10);
  expect(server.output()).not.toContain('oidc-provider');
  expect(server.output()).not.toContain(server.operator.clientSecret);
});
