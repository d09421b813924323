/** `Idempotency-Key`: a creation that is asked for again happened once, and shows no secret twice. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { permissions, registerAdmin } from './admin-clients.ts';
import { byName, declaredRoutes } from './declared-routes.ts';
import { callRoute } from './route-call.ts';
import { getSample } from './route-samples.ts';

const idempotentRoutes = declaredRoutes.filter(({ idempotent }) => idempotent);

/** What makes another body, where there is no name to change. */
const otherFields: Readonly<Record<string, object>> = {
  createClientSecret: { expires_in_seconds: 61 },
  regenerateClient: { overlap_seconds: 61 },
  createWebhook: { active: false },
  rotateWebhookSecret: { overlap_seconds: 61 },
  createMemberLink: { expires_in_seconds: 61 },
  createInvitation: { expires_in_seconds: 61 },
};

describeOnBothDatabases('a creation with an Idempotency-Key', (server) => {
  const operator = new AdminApi(server);
  const newKey = () => randomBytes(12).toString('hex');

  //
  test.each(byName(idempotentRoutes))(
    '%s answers a replay with the same record, without the secret',
    async (operationId, route) => {
      const request = await getSample(operationId).prepare(operator);
      const headers = { 'idempotency-key': newKey() };
      const first = await callRoute(operator, route, request, headers);
      const replay = await callRoute(operator, route, request, headers);
      // Of what is no record of its own, 200 as well.
      expect(first.status).toBe(getSample(operationId).status);
      expect(replay.status).toBe(200);
      expect(replay.body).toEqual({
        ...first.body,
        ...('client_secret' in first.body
          ? { client_secret: null, secret_already_shown: true }
          : {}),
        ...('token' in first.body ? { token: null, secret_already_shown: true } : {}),
        ...('invitation' in first.body
          ? {
              invitation: {
                ...(first.body['invitation'] as object),
                token: null,
                secret_already_shown: true,
              },
            }
          : {}),
        ...('signing_secret' in first.body
          ? { signing_secret: null, secret_already_shown: true }
          : {}),
      });
      expect(replay.headers.get('etag')).toBe(first.headers.get('etag'));
    },
  );

  //
  test.each(byName(idempotentRoutes.filter(({ body }) => body !== undefined)))(
    '%s refuses the same key with another body',
    async (operationId, route) => {
      const request = await getSample(operationId).prepare(operator);
      const headers = { 'idempotency-key': newKey() };
      await callRoute(operator, route, request, headers);
      const other = {
        ...request.body,
        ...(otherFields[operationId] ?? { name: 'Another' }),
      };
      const { status, body } = await callRoute(
        operator,
        route,
        { ...request, body: other },
        headers,
      );
      expect({ status, code: body['code'] }).toEqual({ status: 422, code: 'idempotency_mismatch' });
    },
  );

  test('the order of members and what is a default anyway make no other body', async () => {
    const headers = { 'idempotency-key': newKey() };
    const create = (body: object) =>
      operator.request('/clients', { method: 'POST', body, headers });
    expect((await create({ name: 'x', active: true })).status).toBe(201);
    expect((await create({ active: true, grants: [], name: 'x' })).status).toBe(200);
  });

  test('a credential is regenerated once: what the first answer has shown goes on working', async () => {
    const api = await operator.createApi(['a']);
    const client = await operator.createClient([{ api: api.identifier, scopes: ['a'] }]);
    const headers = { 'idempotency-key': newKey() };
    const path = `/clients/${client.id}/regenerate`;
    const body = { client_id: true, overlap_seconds: 600 };
    const first = await operator.request(path, { method: 'POST', body, headers });
    const credential = {
      clientId: String(first.body['client_id']),
      clientSecret: String(first.body['client_secret']),
    };
    const again = await operator.request(path, { method: 'POST', body, headers });
    expect(again.body['old_credential_ends_at']).toBe(first.body['old_credential_ends_at']);
    expect((await requestToken(server, credential)).status).toBe(200);
    expect((await requestToken(server, client)).status).toBe(200);
    const events = await operator.readAll<{ action: string }>(`/audit-events?target=${client.id}`);
    expect(events.filter(({ action }) => action === 'client.regenerated')).toHaveLength(1);
  });

  test('a key belongs to whoever sent it, and to one route', async () => {
    const headers = { 'idempotency-key': newKey() };
    const other = await registerAdmin(operator, permissions);
    const body = { name: 'x' };
    const clients = { method: 'POST', body, headers };
    const first = await operator.request('/clients', clients);
    const second = await other.api.request('/clients', clients);
    const secret = await operator.request(`/clients/${String(first.body['id'])}/secrets`, {
      method: 'POST',
      headers,
    });
    expect([first.status, second.status, secret.status]).toEqual([201, 201, 201]);
    expect(second.body['id']).not.toBe(first.body['id']);
  });

  test('a creation that was refused does not use its key up', async () => {
    const headers = { 'idempotency-key': newKey() };
    const create = (grants: object[]) =>
      operator.request('/clients', { method: 'POST', body: { name: 'x', grants }, headers });
    const missing = [{ api: 'https://nowhere.example.com', scopes: ['a'] }];
    expect((await create(missing)).status).toBe(400);
    expect((await create([])).status).toBe(201);
  });

  test.each(['a b', 'é', 'x'.repeat(256)])('refuses the key %j', async (key) => {
    const { status, body } = await operator.request('/clients', {
      method: 'POST',
      body: { name: 'x' },
      headers: { 'idempotency-key': key },
    });
    expect({ status, detail: body['detail'] }).toEqual({
      status: 400,
      detail: 'Idempotency-Key must be 1 to 255 visible characters without spaces',
    });
  });
});
