/** Pipelined requests (RFC 9112 §9.3.2): each is answered by what is true when its answer leaves. S1, P-119. */
import { expect, test } from '@jest/globals';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { headerOf, sendRaw, type RawAnswer } from '../support/raw-http.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { formatTokenRequest, formatBasic } from '../oauth/token-cases.ts';

/** After so many a refusal of the same client_id is held back for 300 ms. */
const guesses = 32;
const attemptsMax = 5;

describeOnBothDatabases('a request behind another one on its connection', (server) => {
  const admin = new AdminApi(server);

  async function newClient(): Promise<RegisteredClient> {
    const { identifier } = await admin.createApi(['read']);
    return admin.createClient([{ api: identifier, scopes: ['read'] }]);
  }

  const ask = (credential: { clientId: string; clientSecret: string }) =>
    formatTokenRequest({
      authorization: formatBasic(credential),
      body: 'grant_type=client_credentials',
    });

  /** Sends a refused request and one for a token, and deactivates its client; undefined: that took too long. */
  async function deactivateBehindRefusal(): Promise<RawAnswer[] | undefined> {
    const client = await newClient();
    expect((await requestToken(server, client)).status).toBe(200);
    const wrong = { ...(await newClient()), clientSecret: 'x' };
    await Promise.all(Array.from({ length: guesses }, () => requestToken(server, wrong)));
    let isAnswered = false;
    const exchange = sendRaw(server, [Buffer.concat([ask(wrong), ask(client)])], {
      answers: 2,
    }).finally(() => {
      isAnswered = true;
    });
    const deactivation = { method: 'PATCH', body: { active: false } };
    const { status } = await admin.request(`/clients/${client.id}`, deactivation);
    expect(status).toBe(200);
    const inTime = !isAnswered;
    const { answers } = await exchange;
    return inTime ? answers : undefined;
  }

  test('gets no token for what was taken away while the refusal before it was held back', async () => {
    let answers: RawAnswer[] | undefined;
    // A busy machine may need longer for the change than the refusal is held back.
    for (let attempt = 1; answers === undefined && attempt <= attemptsMax; attempt += 1) {
      answers = await deactivateBehindRefusal();
    }
    expect(answers?.map(({ status }) => status)).toEqual([401, 401]);
  });

  test('is answered in its order, whatever it is', async () => {
    const client = await newClient();
    const wrong = { ...client, clientSecret: 'x' };
    const probe = Buffer.from('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    const requests = [ask(wrong), ask(client), probe, ask(wrong), ask(client)];
    const { answers } = await sendRaw(server, [Buffer.concat(requests)], { answers: 5 });
    expect(answers.map(({ status }) => status)).toEqual([401, 200, 200, 401, 200]);
    const ids = answers.map((answer) => headerOf(answer, 'x-request-id'));
    expect(new Set(ids).size).toBe(5);
  });
});
