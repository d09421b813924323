/** What a hostile token request costs: little CPU, and no question to the registry that it has no right to. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { answerRaw } from '../support/raw-http.ts';
import { credential, startInProcessServer, type InProcessServer } from './in-process-server.ts';
import {
  encodeBase64,
  formatBasic,
  formatTokenRequest,
  type TokenRequestParts,
} from './token-cases.ts';

let server: InProcessServer;

beforeAll(async () => {
  server = await startInProcessServer();
});
afterAll(async () => {
  await server.close();
});
beforeEach(() => {
  server.reads.length = 0;
});

const base = 'grant_type=client_credentials';
const authorization = formatBasic(credential);
const runs = 10;

/** The least CPU of several runs, client and server together: the rest is other people's noise. */
async function measureCpuMillis(parts: TokenRequestParts, status: number): Promise<number> {
  let least = Infinity;
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    const answer = await answerRaw(server, formatTokenRequest(parts));
    const { user, system } = process.cpuUsage(before);
    expect(answer.status).toBe(status);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

const costs: [name: string, millisMax: number, status: number, parts: TokenRequestParts][] = [
  [
    'a wrong secret of 10 KB', // P-039
    20,
    401,
    { body: `${base}&client_id=the_client&client_secret=${'x'.repeat(10_240)}` },
  ],
  // P-091
  ['28,000 parameters', 50, 413, { authorization, body: 'a&'.repeat(28_000) }],
  ['as many parameters as fit', 50, 400, { authorization, body: 'a&'.repeat(8191) }],
  // P-133
  ['24,000 scopes', 20, 413, { authorization, body: `${base}&scope=${'a+'.repeat(24_000)}a` }],
  [
    'as many scopes as fit',
    20,
    400,
    { authorization, body: `${base}&scope=${'a+'.repeat(8000)}a` },
  ],
  ['spaces alone', 20, 400, { authorization, body: `${base}&scope=${'+'.repeat(16_000)}` }],
  ['a media type of 15 KB', 50, 400, { authorization, contentType: `a/b${' ;'.repeat(7500)}` }],
  [
    'a charset after 15 KB',
    50,
    400,
    { authorization, contentType: `a/b;${' '.repeat(15_000)}charset=x` },
  ],
  ['an Authorization header of 15 KB', 50, 401, { authorization: `Basic ${' '.repeat(15_000)}x` }],
  ['base64 of 15 KB', 50, 401, { authorization: `Basic ${'A'.repeat(15_000)}` }],
];

test.each(costs)('%s costs less than %i ms', async (_name, millisMax, status, parts) => {
  expect(await measureCpuMillis(parts, status)).toBeLessThan(millisMax);
});

const unasked: [name: string, status: number, parts: TokenRequestParts][] = [
  // P-086
  [
    'a client_id of 10 KB',
    401,
    { body: `${base}&client_id=${'a'.repeat(10_240)}&client_secret=x` },
  ],
  [
    'a client_id of 129 characters',
    401,
    { body: `${base}&client_id=${'a'.repeat(129)}&client_secret=x` },
  ],
  ['a client_id with a hyphen', 401, { body: `${base}&client_id=a-b&client_secret=x` }],
  ['a client_id with NUL', 401, { authorization: `Basic ${encodeBase64('a\0:x')}`, body: base }],
  // P-102
  ['a foreign Origin', 400, { authorization, headers: ['Origin: https://evil.test'], body: base }],
  ['a query', 400, { authorization, target: '/oauth2/token?x', body: base }],
  ['another media type', 400, { authorization, contentType: 'application/json', body: '{}' }],
  ['another method', 405, { authorization, method: 'PUT', body: base }],
  ['malformed scope', 400, { authorization, body: `${base}&scope=%22` }],
  ['malformed resource', 400, { authorization, body: `${base}&resource=x` }],
];

test.each(unasked)('the registry is not asked about %s', async (_name, status, parts) => {
  expect((await answerRaw(server, formatTokenRequest(parts))).status).toBe(status);
  expect(server.reads).toEqual([]);
});

test('the registry is asked once for a request that could be right', async () => {
  await answerRaw(server, formatTokenRequest({ authorization, body: base }));
  expect(server.reads).toEqual(['the_client']);
});
