/** Prometheus metrics: on loopback only, each request counted once, and never a label of a stranger's making. */
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findFreePort } from '../support/free-port.ts';
import { answerRaw } from '../support/raw-http.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { formatBasic, formatTokenRequest, type TokenRequestParts } from '../oauth/token-cases.ts';

let server: ServerProcess;
let metricsPort: number;

beforeAll(async () => {
  metricsPort = await findFreePort();
  server = await startServer({
    databaseUrl: await createDatabase(),
    env: { LATCHKEY_METRICS_PORT: String(metricsPort) },
  });
});
afterAll(async () => {
  await server.stop();
});

const fetchMetrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();

/** The samples of one metric: labels as written, and value. */
async function readSamples(metric: string): Promise<Map<string, number>> {
  const text = await fetchMetrics();
  const samples = text.matchAll(new RegExp(`^${metric}\\{(.*)\\} (\\S+)$`, 'gm'));
  return new Map([...samples].map(([, labels = '', value]) => [labels, Number(value)]));
}

const requests = 'latchkey_http_request_duration_seconds_count';
const outcomes = 'latchkey_token_requests_total';

const countMillisMax = 10_000;

/** What was counted since: an answer is sent before it is counted, so until there is as much as expected. */
async function countedSince(metric: string, before: Map<string, number>, count: number) {
  const deadline = Date.now() + countMillisMax;
  for (;;) {
    const now = await readSamples(metric);
    const added = [...now]
      .map(([labels, value]): [string, number] => [labels, value - (before.get(labels) ?? 0)])
      .filter(([, value]) => value > 0);
    const total = added.reduce((sum, [, value]) => sum + value, 0);
    if (total >= count || Date.now() > deadline) return Object.fromEntries(added);
    await sleep(5);
  }
}

const body = 'grant_type=client_credentials';

// INV7
test('each token request is counted once, by what became of it', async () => {
  const authorization = formatBasic(server.operator);
  const cases: [parts: TokenRequestParts, outcome: string, status: number][] = [
    [{ authorization, body }, 'issued', 200],
    [{ authorization: 'Basic eDp5', body }, 'invalid_client', 401],
    [{ authorization, body: `${body}&scope=made_up` }, 'invalid_scope', 400],
    [{ authorization, body: `${body}&resource=https://made.up` }, 'invalid_target', 400],
    [{ authorization, body: 'grant_type=made_up' }, 'unsupported_grant_type', 400],
    [{ authorization, body: 'x' }, 'invalid_request', 400],
    [{ method: 'PUT' }, 'invalid_request', 405],
  ];
  for (const [parts, outcome, status] of cases) {
    const [requestsBefore, outcomesBefore] = [
      await readSamples(requests),
      await readSamples(outcomes),
    ];
    expect((await answerRaw(server, formatTokenRequest(parts))).status).toBe(status);
    expect(await countedSince(requests, requestsBefore, 1)).toEqual({
      [`route="token",method="${parts.method ?? 'POST'}",status="${status}"`]: 1,
    });
    expect(await countedSince(outcomes, outcomesBefore, 1)).toEqual({
      [`outcome="${outcome}"`]: 1,
    });
  }
});

// W-26
test('no label holds what a stranger sent', async () => {
  const before = await readSamples(requests);
  const sent = [
    'GET /canary HTTP/1.1\r\nHost: canary\r\n\r\n',
    'GET /health/live?canary HTTP/1.1\r\nUser-Agent: canary\r\n\r\n',
    'PROPFIND /canary HTTP/1.1\r\n\r\n',
    'GET /api/v1/clients/canary HTTP/1.1\r\n\r\n',
    'CANARY / HTTP/1.1\r\n\r\n',
    'canary\r\n\r\n',
    formatTokenRequest({ body: 'grant_type=canary&client_id=canary&client_secret=canary' }),
    formatTokenRequest({ body: 'grant_type=canary', authorization: 'Basic Y2FuYXJ5OmNhbmFyeQ==' }),
  ];
  for (const request of sent) await answerRaw(server, request);
  expect(await countedSince(requests, before, sent.length)).toEqual({
    'route="unknown",method="GET",status="404"': 1,
    'route="health",method="GET",status="200"': 1,
    'route="unknown",method="other",status="404"': 1,
    'route="/api/v1/clients/{id}",method="GET",status="401"': 1,
    'route="unreadable",method="other",status="400"': 2,
    'route="token",method="POST",status="401"': 2,
  });
  expect((await fetchMetrics()).toLowerCase()).not.toContain('canary');
});

test('they say that the database is up, and what the process uses', async () => {
  const text = await fetchMetrics();
  expect(text).toContain('latchkey_database_up 1');
  expect(text).toContain('process_cpu_seconds_total');
});

test('they have a listener of their own, which answers nothing else', async () => {
  for (const [path, method] of [
    ['/', 'GET'],
    ['/metrics', 'POST'],
    ['/health/live', 'GET'],
    ['/oauth2/token', 'POST'],
  ] as const) {
    const response = await fetch(`http://127.0.0.1:${metricsPort}${path}`, { method });
    expect([response.status, await response.text()]).toEqual([
      404,
      'metrics are at GET /metrics\n',
    ]);
  }
  expect((await fetch(`${server.issuer}/metrics`)).status).toBe(404);
});

test('that listener is on loopback: the address others see does not answer', async () => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((found) => found?.family === 'IPv4' && !found.internal)?.address;
  // A machine without a network has nothing to show here, and nothing to fear.
  if (address === undefined) return;
  await expect(fetch(`http://${address}:${metricsPort}/metrics`)).rejects.toThrow('fetch failed');
});
