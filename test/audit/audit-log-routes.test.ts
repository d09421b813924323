/** The audit log over HTTP: verification, an export that strangers can check, keys; and what an organization sees of it. */
import { Readable } from 'node:stream';
import { compactVerify, flattenedVerify, importJWK } from 'jose';
import { beforeAll, expect, test } from '@jest/globals';
import { verifyExport } from '../../src/audit/audit-file-verification.ts';
import { organizationPermissions, registerAdmin } from '../admin/admin-clients.ts';
import { AdminApi } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

interface Verification {
  verified: boolean;
  complete: boolean;
  events: number;
  last_event: number;
  fault: unknown;
  checkpoint: string | null;
  next_cursor: string | null;
}

interface AuditKey {
  kid: string;
  public_jwk: { kty: string; crv: string; x: string };
  first_event: number;
}

const fileOf = (text: string) => Readable.from([Buffer.from(text)]);

describeOnBothDatabases('the audit log', (server) => {
  const operator = new AdminApi(server);
  let colleague: AdminApi;

  beforeAll(async () => {
    await operator.request('/audit-keys/rotate', { method: 'POST' });
    colleague = (await registerAdmin(operator, organizationPermissions)).api;
    await colleague.createClient([]);
  });

  test('is verified by the server, in as many calls as it takes, and ends with a checkpoint', async () => {
    let events = 0;
    let calls = 0;
    let last: Verification | undefined;
    for (let cursor = ''; calls === 0 || cursor !== ''; calls += 1) {
      const { status, body } = await operator.request<Verification>(
        `/audit-events/verification?limit=300${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      expect({
        status,
        verified: body.verified,
        complete: body.complete,
        fault: body.fault,
      }).toEqual({
        status: 200,
        verified: true,
        complete: true,
        fault: null,
      });
      events += body.events;
      cursor = body.next_cursor ?? '';
      expect(body.checkpoint === null).toBe(cursor !== '');
      last = body;
    }
    expect(last?.last_event).toBe(events);
    const again = await operator.request<Verification>(
      `/audit-events/verification?limit=10000&checkpoint=${last?.checkpoint}`,
    );
    expect(again.body.verified).toBe(true);
  });

  test('refuses a checkpoint of another log, and a cursor that is none', async () => {
    const { body } = await operator.request<Verification>(
      '/audit-events/verification?checkpoint=eyJhbGciOiJFZERTQSJ9.e30.AAAA',
    );
    expect({ verified: body.verified, fault: body.fault }).toEqual({
      verified: false,
      fault: {
        code: 'wrong_checkpoint',
        event: null,
        detail: expect.stringContaining('which this log does not have'),
      },
    });
    for (const cursor of ['x', 'WzFd', 'WyJhIixudWxsXQ']) {
      const refused = await operator.request(`/audit-events/verification?cursor=${cursor}`);
      expect({ status: refused.status, code: refused.body['code'] }).toEqual({
        status: 400,
        code: 'invalid',
      });
    }
  });

  // A-62
  test('shows an organization that its own events verify, and that none of them is missing', async () => {
    const { body } = await colleague.request<Verification>(
      '/audit-events/verification?limit=10000',
    );
    expect(body).toMatchObject({ verified: true, complete: true, fault: null });
    expect(body.events).toBeGreaterThan(0);
    const seen = JSON.parse(
      Buffer.from(body.checkpoint?.split('.')[1] ?? '', 'base64url').toString(),
    );
    expect(seen).toMatchObject({
      organization: expect.stringMatching(/^org_/),
      sequence: body.last_event,
    });
    const again = await colleague.request<Verification>(
      `/audit-events/verification?limit=10000&checkpoint=${body.checkpoint}`,
    );
    expect(again.body).toMatchObject({ verified: true, complete: true });
  });

  // A-67, W-29
  test('is exported whole, and the file verifies without the server', async () => {
    const { text, headers } = await fetchExport(operator, '');
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    expect(headers.get('content-disposition')).toBe('attachment; filename="latchkey-audit.ndjson"');
    expect(headers.get('cache-control')).toBe('no-store');
    const { body } = await operator.request<{ data: AuditKey[] }>('/audit-keys');
    const found = await verifyExport(fileOf(text), { checkpoints: [], kid: body.data[0]?.kid });
    expect(found).toMatchObject({ fault: undefined, filter: null, first: 1n, signedFrom: 1n });
    expect(found.events).toBe(Number(found.last));
    expect(found.kids).toEqual(body.data.map(({ kid }) => kid));
  });

  test('an export says what a filter asked for, and verifies as to what it has', async () => {
    const filter = 'action=client.created&from=2020-01-01T00:00:00Z';
    const { text } = await fetchExport(colleague, `?${filter}`);
    const found = await verifyExport(fileOf(text), { checkpoints: [] });
    expect(found).toMatchObject({
      fault: undefined,
      filter: {
        action: 'client.created',
        from: '2020-01-01T00:00:00Z',
        organization: expect.stringMatching(/^org_/),
      },
    });
    expect(found.events).toBeGreaterThan(0);
    expect(text).not.toContain('signing_key.created');
    const none = await fetchExport(operator, '?target=nobody');
    expect(await verifyExport(fileOf(none.text), { checkpoints: [] })).toMatchObject({
      fault: undefined,
      events: 0,
    });
  });

  test('a stranger with any JOSE library can check an export', async () => {
    const { text } = await fetchExport(operator, '');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { body } = await operator.request<{ data: AuditKey[] }>('/audit-keys');
    const keys = new Map(body.data.map((key) => [key.kid, key.public_jwk]));
    const keyOf = async ({ kid = '' }: { kid?: string } = {}) =>
      importJWK({ ...keys.get(kid) }, 'EdDSA');
    for (const { body: payload, signature } of lines.slice(1, -1).slice(-20)) {
      const [header, , value] = String(signature).split('.');
      await flattenedVerify(
        {
          protected: String(header),
          payload: Buffer.from(String(payload)).toString('base64url'),
          signature: String(value),
        },
        keyOf,
      );
    }
    const { payload, protectedHeader } = await compactVerify(
      String(lines.at(-1).checkpoint),
      keyOf,
    );
    expect(protectedHeader.typ).toBe('latchkey-audit-checkpoint');
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({
      sequence: lines.length - 2,
    });
  });

  // A-16
  test('an export holds no secret, no digest of one, and no token', async () => {
    const client = await operator.createClient([]);
    const { text } = await fetchExport(operator, `?target=${client.id}`);
    expect(text).toContain(client.clientId);
    expect(text).not.toContain(client.clientSecret.slice(4, -4));
    const event = JSON.parse(JSON.parse(text.split('\n')[1] ?? '').body);
    expect(event.credential).toEqual({
      type: 'access_token',
      id: expect.stringMatching(/^secret_/),
      token: expect.stringMatching(/^[\w-]{16}$/),
    });
  });

  async function fetchExport(
    admin: AdminApi,
    query: string,
  ): Promise<{ text: string; headers: Headers }> {
    const { headers, text } = await admin.requestText(`/audit-events/export${query}`);
    return { headers, text };
  }
});
