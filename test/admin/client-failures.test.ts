/** `/clients/{id}/failures`: what the 401 may not say, for whoever looks after the client. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import {
  AdminApi,
  requestToken,
  type Answer,
  type RegisteredClient,
} from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import type { Credential } from '../support/server-process.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

interface FailureBody {
  occurred_at: string;
  reason: string;
  secret: string | null;
  secret_hint: string | null;
  address: string;
  request_id: string;
}

describeOnBothDatabases('the last refusals of a client', (server) => {
  const admin = new AdminApi(server);

  async function newClient(): Promise<RegisteredClient & { secret: string; hint: string }> {
    const api = await admin.createApi(['orders:read', 'orders:write']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['orders:read'] }]);
    const { body } = await admin.request<{ data: { id: string; hint: string }[] }>(
      `/clients/${client.id}/secrets`,
    );
    const [secret] = body.data;
    return { ...client, secret: String(secret?.id), hint: String(secret?.hint) };
  }

  async function readFailures({ id }: RegisteredClient, query = ''): Promise<FailureBody[]> {
    const { status, body } = await admin.request<{ data: FailureBody[]; next_cursor: null }>(
      `/clients/${id}/failures${query}`,
    );
    expect({ status, next: body.next_cursor }).toEqual({ status: 200, next: null });
    return body.data;
  }

  async function refused(
    credential: Credential,
    parameters: Record<string, string> = {},
    status = 401,
  ): Promise<Answer> {
    const answer = await requestToken(server, credential, parameters);
    expect(answer.status).toBe(status);
    return answer;
  }

  test('are seen at once, with their true reason, and what was sent is not shown', async () => {
    const client = await newClient();
    expect(await readFailures(client)).toEqual([]);
    const before = Date.now();
    const { headers } = await refused({ ...client, clientSecret: `${client.clientSecret}x` });
    const [failure, ...others] = await readFailures(client);
    expect(others).toEqual([]);
    expect(failure).toEqual({
      occurred_at: expect.any(String),
      reason: 'wrong_secret',
      secret: null,
      secret_hint: null,
      address: expect.stringMatching(/127\.0\.0\.1|::1/),
      request_id: headers.get('x-request-id'),
    });
    const occurredAt = Date.parse(String(failure?.occurred_at));
    // The database's clock and ours, which are one here, and some milliseconds of estimation.
    expect(occurredAt).toBeGreaterThanOrEqual(before - 50);
    expect(occurredAt).toBeLessThanOrEqual(Date.now() + 50);
  });

  test('tell wrong, revoked, retired and expired secrets apart', async () => {
    const client = await newClient();
    const secrets = `/clients/${client.id}/secrets`;
    const { body: expiring } = await admin.request(secrets, {
      method: 'POST',
      body: { expires_in_seconds: 1 },
    });
    const { body: next } = await admin.request(secrets, { method: 'POST' });
    await admin.request(`${secrets}/${String(next['id'])}`, { method: 'DELETE' });
    await refused({ ...client, clientSecret: String(next['client_secret']) });
    await admin.request(secrets, { method: 'POST', body: { retire_others_in_seconds: 0 } });
    await refused(client);
    await sleep(1_100);
    await refused({ ...client, clientSecret: String(expiring['client_secret']) });
    expect(await readFailures(client, '?sort=occurred_at')).toMatchObject([
      { reason: 'secret_revoked', secret: next['id'], secret_hint: next['hint'] },
      { reason: 'secret_retired', secret: client.secret, secret_hint: client.hint },
      // Retired too: whatever ended it first.
      { reason: expect.stringMatching(/^secret_(expired|retired)$/), secret: expiring['id'] },
    ]);
    const alone = await newClient();
    const { body: short } = await admin.request(`/clients/${alone.id}/secrets`, {
      method: 'POST',
      body: { expires_in_seconds: 1 },
    });
    await sleep(1_100);
    await refused({ ...alone, clientSecret: String(short['client_secret']) });
    expect(await readFailures(alone)).toMatchObject([
      { reason: 'secret_expired', secret: short['id'], secret_hint: short['hint'] },
    ]);
  });

  test('tell an old client_id and an inactive client', async () => {
    const client = await newClient();
    const { body } = await admin.request(`/clients/${client.id}/regenerate`, {
      method: 'POST',
      body: { client_id: true },
    });
    const clientSecret = String(body['client_secret']);
    await refused({ clientId: client.clientId, clientSecret });
    await refused(client);
    await admin.request(`/clients/${client.id}`, { method: 'PATCH', body: { active: false } });
    await refused({ clientId: String(body['client_id']), clientSecret });
    expect((await readFailures(client)).map(({ reason }) => reason)).toEqual([
      'client_inactive',
      'secret_revoked',
      'client_id_ended',
    ]);
  });

  test('tell a scope and a resource that are not granted, and the token of another client', async () => {
    const client = await newClient();
    const other = await newClient();
    await refused(client, { scope: 'orders:write' }, 400);
    await refused(client, { resource: 'https://elsewhere.example.com' }, 400);
    const { body } = await requestToken(server, other);
    const revocation = await fetch(`${server.issuer}/oauth2/revoke`, {
      method: 'POST',
      body: new URLSearchParams({
        token: String(body['access_token']),
        client_id: client.clientId,
        client_secret: client.clientSecret,
      }),
    });
    expect(revocation.ok).toBe(false);
    const sent = { secret: client.secret, secret_hint: client.hint };
    expect(await readFailures(client)).toMatchObject([
      { ...sent, reason: 'token_not_yours', request_id: revocation.headers.get('x-request-id') },
      { ...sent, reason: 'invalid_target' },
      { ...sent, reason: 'invalid_scope' },
    ]);
    expect(await readFailures(other)).toEqual([]);
  });

  test('come in pages', async () => {
    const client = await newClient();
    for (let n = 0; n < 5; n += 1) await refused(client, { scope: 'orders:write' }, 400);
    const all = await readFailures(client);
    expect(all).toHaveLength(5);
    const seen: FailureBody[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: Answer<{ data: FailureBody[]; next_cursor: string | null }> =
        await admin.request(
          `/clients/${client.id}/failures?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
      seen.push(...body.data);
      cursor = body.next_cursor;
    }
    expect(seen).toEqual(all);
  });

  test('of all clients come in one list, of no other organization', async () => {
    const client = await newClient();
    await refused(client, { scope: 'orders:write' }, 400);
    const organization = await admin.createOrganization({ name: 'Another' });
    const { api } = await newMember(admin, { role: 'auditor', organization });
    const { body: theirs } = await admin.request('/clients', {
      method: 'POST',
      body: { name: 'Theirs', organization },
    });
    const foreign = { clientId: String(theirs['client_id']), clientSecret: 'wrong' };
    await refused(foreign);
    interface Listed extends FailureBody {
      client: string;
      client_id: string;
      client_name: string;
    }
    const { body } = await admin.request<{ data: Listed[] }>('/failures?limit=200');
    expect(body.data).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          client: client.id,
          client_id: client.clientId,
          reason: 'invalid_scope',
          secret_hint: client.hint,
        }),
        expect.objectContaining({ client: theirs['id'], client_name: 'Theirs' }),
      ]),
    );
    const { body: seen } = await api.request<{ data: Listed[] }>('/failures');
    expect(seen.data.map((failure) => failure.client)).toEqual([theirs['id']]);
    const narrowed = `/failures?organization=${organization}`;
    expect((await admin.request(narrowed)).body).toEqual(seen);
  });
});
