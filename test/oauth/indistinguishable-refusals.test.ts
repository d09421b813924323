/** S6, and what of A2 needs another time: every refused credential gets the same bytes, and none of them early. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { expectInvariants, sendRaw } from '../support/raw-http.ts';
import {
  newCredential,
  startServer,
  type Credential,
  type ServerProcess,
} from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import {
  encodeBase64,
  expectAnswer,
  formatBasic,
  formatTokenRequest,
  invalidClient,
  type TokenRequestParts,
} from './token-cases.ts';

const refusalMillisMin = 10;
const expiresInSeconds = 480;
const overlapSeconds = 600;

async function makeCredentials(server: ServerProcess) {
  const admin = new AdminApi(server);
  const api = await admin.createApi(['read']);
  const create = () => admin.createClient([{ api: api.identifier, scopes: ['read'] }]);
  const post = async (path: string, body?: object) =>
    (await admin.request(path, { method: 'POST', ...(body ? { body } : {}) })).body;
  const withSecret = (client: RegisteredClient, body: Record<string, unknown>): Credential => ({
    clientId: client.clientId,
    clientSecret: String(body['client_secret']),
  });

  const live = await create();
  const expired = withSecret(
    live,
    await post(`/clients/${live.id}/secrets`, { expires_in_seconds: expiresInSeconds }),
  );
  const retired = await create();
  const renewed = withSecret(
    retired,
    await post(`/clients/${retired.id}/regenerate`, { overlap_seconds: overlapSeconds }),
  );
  const revoked = await create();
  const { body: list } = await admin.request<{ data: { id: string }[] }>(
    `/clients/${revoked.id}/secrets`,
  );
  await admin.request(`/clients/${revoked.id}/secrets/${list.data[0]?.id}`, { method: 'DELETE' });
  const renamed = await create();
  await post(`/clients/${renamed.id}/regenerate`, {
    client_id: true,
    overlap_seconds: overlapSeconds,
  });
  const inactive = await create();
  await admin.request(`/clients/${inactive.id}`, { method: 'PATCH', body: { active: false } });
  const deleted = await create();
  await admin.request(`/clients/${deleted.id}`, { method: 'DELETE' });
  return { live, expired, retired, renewed, revoked, renamed, inactive, deleted };
}

const body = 'grant_type=client_credentials&scope=read';

describe.each(['postgresql', 'embedded'])('a refused credential (%s)', (kind) => {
  let server: ServerProcess;
  let credentials: Awaited<ReturnType<typeof makeCredentials>>;

  beforeAll(async () => {
    server = await startServer({
      operator: { ...newCredential(), clientSecret: randomBytes(64).toString('hex') },
      ...(kind === 'postgresql' ? { databaseUrl: await createDatabase() } : {}),
    });
    credentials = await makeCredentials(server);
  });
  afterAll(async () => {
    await server.stop();
  });

  const ask = async (parts: TokenRequestParts) => {
    const { answers, millis } = await sendRaw(server, formatTokenRequest({ body, ...parts }));
    const [answer] = answers;
    if (answer === undefined) throw new Error('there was no answer');
    expectInvariants(answer);
    return { answer, millis };
  };
  const askWith = (credential: Credential) => ask({ authorization: formatBasic(credential) });

  test('before their time, both secrets of an overlap and one that will expire work', async () => {
    // Two minutes for a slow machine to have made them, and to ask.
    await server.moveClock((expiresInSeconds - 120) * 1000);
    const { live, expired, retired, renewed, renamed } = credentials;
    // P-056, first half
    for (const credential of [live, expired, retired, renewed, renamed]) {
      expectAnswer(server, (await askWith(credential)).answer, 'issued');
    }
  });

  test('the secret that takes the place of others works after the overlap', async () => {
    await server.moveClock((overlapSeconds + 1) * 1000);
    expectAnswer(server, (await askWith(credentials.renewed)).answer, 'issued');
    expectAnswer(server, (await askWith(credentials.live)).answer, 'issued');
  });

  test('gets the same bytes whatever is wrong with it, and never sooner than 10 ms', async () => {
    await server.moveClock((overlapSeconds + 1) * 1000);
    const { live, expired, retired, revoked, renamed, inactive, deleted } = credentials;
    const wrong = { ...live, clientSecret: `${live.clientSecret.slice(0, -1)}!` };
    const unknown = { clientId: `lkc_${'0'.repeat(22)}`, clientSecret: live.clientSecret };
    const basic = formatBasic(live);
    const refusals: Record<string, TokenRequestParts> = {
      'a wrong secret': { authorization: formatBasic(wrong) },
      'an unknown client': { authorization: formatBasic(unknown) }, // P-029
      'an inactive client': { authorization: formatBasic(inactive) }, // P-030
      'a deleted client': { authorization: formatBasic(deleted) }, // P-031
      'an expired secret': { authorization: formatBasic(expired) }, // P-032
      // P-033
      'a wrong secret of a client with an expired one': {
        authorization: formatBasic({ ...expired, clientSecret: `${expired.clientSecret}x` }),
      },
      'a secret after its overlap': { authorization: formatBasic(retired) }, // P-056
      'a revoked secret': { authorization: formatBasic(revoked) },
      'a client_id after its overlap': { authorization: formatBasic(renamed) },
      'a wrong secret of an inactive client': {
        authorization: formatBasic({ ...inactive, clientSecret: 'x' }),
      },
      'a wrong secret in the body': {
        body: `${body}&client_id=${wrong.clientId}&client_secret=${wrong.clientSecret}`,
      },
      'an unknown client in the body': {
        body: `${body}&client_id=${unknown.clientId}&client_secret=${unknown.clientSecret}`,
      },
      // P-037: its secret has 128 characters.
      'the first 72 bytes of a long secret': {
        authorization: formatBasic({
          ...server.operator,
          clientSecret: server.operator.clientSecret.slice(0, 72),
        }),
      },
      'an impossible client_id': { authorization: `Basic ${encodeBase64('a-b.c:d')}` },
      'no credentials': {},
      'an unusable header': { authorization: basic.replace('Basic', 'Bearer') },
    };
    const seen: Record<string, unknown> = {};
    for (const [name, parts] of Object.entries(refusals)) {
      const { answer, millis } = await ask(parts);
      expectAnswer(server, answer, invalidClient);
      expect([name, millis >= refusalMillisMin]).toEqual([name, true]);
      const headers = answer.headers.filter(
        ([header]) => header !== 'date' && header !== 'x-request-id',
      );
      seen[name] = { ...answer, headers };
    }
    const [first] = Object.values(seen);
    expect(seen).toEqual(Object.fromEntries(Object.keys(seen).map((name) => [name, first])));
  });

  test('stays refused when the same request asks for what nobody grants', async () => {
    // Whoever cannot authenticate learns nothing of grants, scopes or APIs.
    for (const parameters of ['scope=made_up', 'resource=https%3A%2F%2Fmade.up', '']) {
      const { answer } = await ask({
        authorization: formatBasic(credentials.inactive),
        body: `grant_type=client_credentials&${parameters}`,
      });
      expectAnswer(server, answer, invalidClient);
    }
  });
});
