/** A server of two organizations with clients that revoke, and one that sees what became of their tokens. */
import { expect } from '@jest/globals';
import { AdminApi, type Answer, type RegisteredClient } from '../support/admin-api.ts';
import type { Credential, ServerProcess } from '../support/server-process.ts';
import { isActive, issueToken } from '../oauth/token-questions.ts';
import { organizationPermissions, registerAdmin } from './admin-clients.ts';
import type { ServerOfTwo } from './two-organizations.ts';

export class RevocationWorld {
  readonly running: ServerOfTwo;
  readonly operator: AdminApi;
  /** Of the operator's organization, with this one permission. */
  readonly revoker: AdminApi;
  /** Of the other organization, with every permission but the operator's. */
  readonly bystander: AdminApi;
  /** Identifier of an API of the whole instance. */
  readonly #orders: string;
  /** May introspect the tokens of orders. */
  readonly #resourceServer: RegisteredClient;

  private constructor(
    running: ServerOfTwo,
    admins: { operator: AdminApi; revoker: AdminApi; bystander: AdminApi },
    orders: string,
    resourceServer: RegisteredClient,
  ) {
    this.running = running;
    this.operator = admins.operator;
    this.revoker = admins.revoker;
    this.bystander = admins.bystander;
    this.#orders = orders;
    this.#resourceServer = resourceServer;
  }

  static async create(running: ServerOfTwo): Promise<RevocationWorld> {
    const operator = new AdminApi(running.server);
    const resourceServer = await operator.createClient([]);
    const introspection = { introspection_clients: [resourceServer.id] };
    const { identifier } = await operator.createApi(['read'], introspection);
    const { api: revoker } = await registerAdmin(operator, ['revocations:write']);
    const foreign = { organization: running.foreignOrganization };
    const { api: bystander } = await registerAdmin(operator, organizationPermissions, foreign);
    const admins = { operator, revoker, bystander };
    return new RevocationWorld(running, admins, identifier, resourceServer);
  }

  get server(): ServerProcess {
    return this.running.server;
  }

  newClient(overrides: Record<string, unknown> = {}): Promise<RegisteredClient> {
    return this.operator.createClient([{ api: this.#orders, scopes: ['read'] }], overrides);
  }

  issue(credential: Credential): Promise<string> {
    return issueToken(this.server, credential, { resource: this.#orders });
  }

  isActive(token: string): Promise<boolean> {
    return isActive(this.server, this.#resourceServer, token);
  }

  revoke(admin: AdminApi, body: object): Promise<Answer> {
    return admin.request('/revocations', { method: 'POST', body });
  }

  async listSecrets(client: RegisteredClient): Promise<Record<string, unknown>[]> {
    const { body } = await this.operator.request<{ data: Record<string, unknown>[] }>(
      `/clients/${client.id}/secrets`,
    );
    return body.data;
  }

  /** Whoever's token was revoked fetches another. */
  forgetTokens(): void {
    for (const admin of [this.operator, this.revoker, this.bystander]) admin.forgetToken();
  }

  /** Registry version: the number of the last change. */
  async readSequence(): Promise<number> {
    return Number((await this.#readLastEvent())['sequence']);
  }

  async #readLastEvent(): Promise<Record<string, unknown>> {
    this.operator.forgetToken();
    const { body } = await this.operator.request<{ data: Record<string, unknown>[] }>(
      '/audit-events?limit=1',
    );
    return body.data[0] ?? {};
  }

  /** Held against the audit trail: exactly one event, with the version of the answer. */
  async expectRevoked(
    answer: Answer,
    revoked: { type: string; id: string },
    event: Record<string, unknown>,
    sequenceBefore: number,
  ): Promise<void> {
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 200,
      body: { revoked, version: sequenceBefore + 1 },
    });
    expect(await this.#readLastEvent()).toMatchObject({
      sequence: sequenceBefore + 1,
      target: revoked,
      ...event,
    });
  }
}

export function expectMissing({ status, body }: Answer, noun: string): void {
  const detail = `there is no such ${noun}, or it is not yours to see`;
  expect({ status, body }).toEqual({
    status: 404,
    body: expect.objectContaining({ code: 'not_found', detail }),
  });
}

export function permutations(items: readonly string[]): string[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) =>
    permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
  );
}
