/** The registry against a simple model of it: after any changes the token endpoint answers as the model does. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

const runs = Number(process.env['LATCHKEY_TEST_FAULT_ROUNDS'] ?? '12');
const secondsPerRunMax = 10;
const scopeValues = ['a', 'b', 'c'];

interface ModelClient {
  id: string;
  clientId: string;
  active: boolean;
  deleted: boolean;
  granted: Set<string>;
  /** Every secret and client_id it ever had, and whether it still counts. */
  secrets: Map<string, { id: string; live: boolean }>;
  oldClientIds: string[];
}

const anyScopes = fc.uniqueArray(fc.constantFrom(...scopeValues), { minLength: 1 });
const anyClient = fc.nat({ max: 2 });
const anyChange = fc.oneof(
  fc.record({ kind: fc.constant('define' as const), scopes: anyScopes }),
  fc.record({ kind: fc.constant('create' as const), scopes: anyScopes }),
  fc.record({ kind: fc.constant('grant' as const), client: anyClient, scopes: anyScopes }),
  fc.record({
    kind: fc.constantFrom('deactivate', 'activate', 'delete', 'restore', 'secret', 'revoke'),
    client: anyClient,
  }),
  fc.record({
    kind: fc.constant('regenerate' as const),
    client: anyClient,
    newClientId: fc.boolean(),
  }),
);
type Change = typeof anyChange extends fc.Arbitrary<infer Value> ? Value : never;

class Model {
  readonly #admin: AdminApi;
  readonly #api: { id: string; identifier: string };
  readonly #clients: ModelClient[] = [];
  #defined = scopeValues;

  constructor(admin: AdminApi, api: { id: string; identifier: string }) {
    this.#admin = admin;
    this.#api = api;
  }

  /** Makes the change on both sides, and compares what the admin API says of it. */
  async apply(change: Change): Promise<void> {
    if (change.kind === 'create') return this.#create(change.scopes);
    if (change.kind === 'define') return this.#define(change.scopes);
    const client = 'client' in change ? this.#clients[change.client] : undefined;
    if (!client) return;
    const path = `/clients/${client.id}`;
    if (change.kind === 'grant') {
      const asked = 'scopes' in change ? change.scopes : [];
      const defined = asked.every((scope) => this.#defined.includes(scope));
      const grants = [{ api: this.#api.identifier, scopes: asked }];
      await this.#send('PATCH', path, this.#ifThere(client, defined ? 200 : 400), { grants });
      if (!client.deleted && defined) client.granted = new Set(asked);
    } else if (change.kind === 'activate' || change.kind === 'deactivate') {
      const active = change.kind === 'activate';
      await this.#send('PATCH', path, this.#ifThere(client, 200), { active });
      if (!client.deleted) client.active = active;
    } else if (change.kind === 'delete') {
      await this.#send('DELETE', path, this.#ifThere(client, 204));
      client.deleted = true;
      client.active = false;
    } else if (change.kind === 'restore') {
      await this.#send('POST', `${path}/restore`, client.deleted ? 200 : 404);
      client.deleted = false;
    } else await this.#changeSecrets(client, change);
  }

  async #create(scopes: readonly string[]): Promise<void> {
    if (this.#clients.length === 3) return;
    const granted = scopes.filter((scope) => this.#defined.includes(scope));
    const client = await this.#admin.createClient(
      granted.length === 0 ? [] : [{ api: this.#api.id, scopes: granted }],
    );
    const { body } = await this.#admin.request<{ data: { id: string }[] }>(
      `/clients/${client.id}/secrets`,
    );
    this.#clients.push({
      id: client.id,
      clientId: client.clientId,
      active: true,
      deleted: false,
      granted: new Set(granted),
      secrets: new Map([[client.clientSecret, { id: String(body.data[0]?.id), live: true }]]),
      oldClientIds: [],
    });
  }

  async #define(scopes: readonly string[]): Promise<void> {
    const body = { scopes: scopes.map((value) => ({ value })) };
    await this.#send('PATCH', `/apis/${this.#api.id}`, 200, body);
    this.#defined = [...scopes];
    for (const client of this.#clients)
      client.granted = new Set([...client.granted].filter((scope) => scopes.includes(scope)));
  }

  async #changeSecrets(client: ModelClient, change: Change): Promise<void> {
    const path = `/clients/${client.id}`;
    const live = [...client.secrets.values()].filter((secret) => secret.live);
    if (change.kind === 'secret') {
      const made = await this.#send(
        'POST',
        `${path}/secrets`,
        this.#ifThere(client, live.length < 5 ? 201 : 409),
      );
      if (!client.deleted && live.length < 5)
        client.secrets.set(String(made['client_secret']), { id: String(made['id']), live: true });
    } else if (change.kind === 'revoke') {
      const [oldest] = live;
      if (!oldest) return;
      await this.#send('DELETE', `${path}/secrets/${oldest.id}`, this.#ifThere(client, 204));
      if (!client.deleted) oldest.live = false;
    } else if ('newClientId' in change) {
      const made = await this.#send('POST', `${path}/regenerate`, this.#ifThere(client, 200), {
        client_id: change.newClientId,
      });
      if (client.deleted) return;
      for (const secret of live) secret.live = false;
      const { body } = await this.#admin.request<{ data: { id: string }[] }>(`${path}/secrets`);
      const id = String(body.data[0]?.id);
      client.secrets.set(String(made['client_secret']), { id, live: true });
      if (change.newClientId) client.oldClientIds.push(client.clientId);
      client.clientId = String(made['client_id']);
    }
  }

  #ifThere(client: ModelClient, status: number): number {
    return client.deleted ? 404 : status;
  }

  async #send(
    method: string,
    path: string,
    expected: number,
    sent?: object,
  ): Promise<Record<string, unknown>> {
    const { status, body } = await this.#admin.request(path, { method, body: sent });
    expect({ method, path, status }).toEqual({ method, path, status: expected });
    return body;
  }

  /** Every secret with every client_id of every client. */
  async compareTokens(): Promise<void> {
    for (const client of this.#clients) {
      for (const [clientSecret, { live }] of client.secrets) {
        for (const clientId of [client.clientId, ...client.oldClientIds]) {
          const usable = client.active && !client.deleted && live && clientId === client.clientId;
          const { status, body } = await requestToken(
            this.#admin.server,
            { clientId, clientSecret },
            { resource: this.#api.identifier },
          );
          const answer = { status, scope: body['scope'], error: body['error'] };
          expect(answer).toEqual(this.#expectedAnswer(client, usable));
        }
      }
    }
  }

  #expectedAnswer(client: ModelClient, usable: boolean): object {
    if (!usable) return { status: 401, error: 'invalid_client' };
    const scope = this.#defined.filter((value) => client.granted.has(value)).join(' ');
    if (scope !== '') return { status: 200, scope };
    // With a grant that has lost every scope, or without any.
    return { status: 400, error: expect.stringMatching(/^invalid_(scope|target)$/) };
  }
}

describeOnBothDatabases('the registry and its model', (server, kind) => {
  const admin = new AdminApi(server);

  //
  test(
    'agree on every token after any changes',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyChange, { minLength: 4, maxLength: 14 }), async (changes) => {
          const model = new Model(admin, await admin.createApi(scopeValues));
          await model.apply({ kind: 'create', scopes: scopeValues });
          for (const change of changes) {
            await model.apply(change);
            await model.compareTokens();
          }
        }),
        { numRuns: kind === 'PostgreSQL' ? runs : Math.ceil(runs / 3) },
      );
    },
    Math.max(120_000, runs * secondsPerRunMax * 1_000),
  );
});
