/** A warm instance asks the database nothing, neither for a token nor for a guess (P1). */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RegisteredClient } from '../support/admin-api.ts';
import type { DatabaseProxy, ExecutedStatement } from '../support/database-proxy.ts';
import { useInstances } from '../support/instances.ts';
import type { HttpAnswer, HttpConnections } from '../support/http-connections.ts';
import type { Credential } from '../support/server-process.ts';
import { randomAddress } from '../support/token-load.ts';
import { tokenRequest } from '../support/token-request.ts';

const clientsMax = 50;
const tokensMax = 2_000;
const guessesMax = 500;
const sendersAtOnce = 8;
/** Which client_ids exist is learnt soon after a start. */
const warmMillisMax = 3_000;

const instances = useInstances({
  count: 1,
  proxied: true,
  env: { LATCHKEY_TRUST_PROXY: '1' },
});
let proxy: DatabaseProxy;
let connections: HttpConnections;
let clients: RegisteredClient[];

beforeAll(async () => {
  const instance = instances().get(0);
  proxy = instance.ownProxy;
  connections = instance.connect(sendersAtOnce);
  const admin = instances().admin(instance);
  const { identifier } = await admin.createApi(['orders:read']);
  clients = [];
  for (let client = 0; client < clientsMax; client += 1) {
    clients.push(await admin.createClient([{ api: identifier, scopes: ['orders:read'] }]));
  }
});
afterAll(() => connections.close());

function fetchToken(credential: Credential, inBody: boolean): Promise<HttpAnswer> {
  const headers = { 'x-forwarded-for': randomAddress() };
  return connections.send(tokenRequest(credential, { inBody, headers }));
}

/** The statuses of `count` requests, by Basic and in the body in turn. */
async function fetchTokens(
  count: number,
  credentialOf: (request: number) => Credential,
): Promise<Set<number>> {
  const statuses = new Set<number>();
  let sent = 0;
  const send = async () => {
    while (sent < count) {
      const request = sent;
      sent += 1;
      const { status } = await fetchToken(credentialOf(request), request % 2 === 0);
      statuses.add(status);
    }
  };
  await Promise.all(Array.from({ length: sendersAtOnce }, send));
  return statuses;
}

const isPoll = ({ name }: ExecutedStatement) => name === 'poll-feed';
/** Looked after by the clock: deliveries that are due, whose turn a job is, who counts. */
const isHousekeeping = ({ sql }: ExecutedStatement) =>
  /\b(webhook_deliveries|job_turns|counting_instances)\b/.test(sql);

/** Without what is asked whether or not anybody wants a token, and what was counted being stored. */
function questions(statements: readonly ExecutedStatement[]): string[] {
  const left: ExecutedStatement[] = [];
  const open = new Map<number, ExecutedStatement[]>();
  for (const statement of statements.filter((each) => !isPoll(each))) {
    const { sql, connection } = statement;
    if (/^(BEGIN|START TRANSACTION)/i.test(sql)) open.set(connection, []);
    const transaction = open.get(connection);
    (transaction ?? left).push(statement);
    if (transaction === undefined || !/^(COMMIT|ROLLBACK)/i.test(sql)) continue;
    open.delete(connection);
    if (!transaction.some(isExpected)) left.push(...transaction);
  }
  for (const transaction of open.values())
    if (!transaction.some(isExpected)) left.push(...transaction);
  return left.filter((statement) => !isHousekeeping(statement)).map(({ name, sql }) => name || sql);
}

function isExpected(statement: ExecutedStatement): boolean {
  return storesUse(statement) || isHousekeeping(statement);
}

/** At most once a minute for each client, whatever it does; refusals every few seconds, all together. */
function storesUse({ sql }: ExecutedStatement): boolean {
  return /\b(last_used_at|token_usage|client_secret_uses|client_failures)\b/.test(sql);
}

const unknown = (): Credential => ({
  clientId: `lkc_${randomBytes(11).toString('hex')}`,
  clientSecret: `lks_${randomBytes(25).toString('hex').slice(0, 49)}`,
});

// P1
test(`${tokensMax} tokens of ${clientsMax} clients cost no statement`, async () => {
  proxy.takeStatements();
  const credentialOf = (request: number) => clients[request % clientsMax] ?? unknown();
  expect(await fetchTokens(clientsMax, credentialOf)).toEqual(new Set([200]));
  // The proxy sees what is asked: each client is read once.
  expect(questions(proxy.takeStatements())).not.toEqual([]);
  expect(await fetchTokens(tokensMax, credentialOf)).toEqual(new Set([200]));
  const statements = proxy.takeStatements();
  expect(questions(statements)).toEqual([]);
  expect(statements.some(isPoll)).toBe(true);
});

// P1, L-05
test(`${guessesMax} unknown client_ids and wrong secrets cost no statement`, async () => {
  const startedAt = performance.now();
  do {
    await sleep(100);
    proxy.takeStatements();
    await fetchToken(unknown(), true);
  } while (
    questions(proxy.takeStatements()).length > 0 &&
    performance.now() - startedAt < warmMillisMax
  );
  const credentialOf = (request: number) => {
    const { clientId, clientSecret } = unknown();
    const known = clients[request % clientsMax]?.clientId ?? clientId;
    return { clientId: request % 4 < 2 ? clientId : known, clientSecret };
  };
  expect(await fetchTokens(guessesMax, credentialOf)).toEqual(new Set([401]));
  expect(questions(proxy.takeStatements())).toEqual([]);
});
