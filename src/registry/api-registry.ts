/** Rules for APIs and their scopes. */
import type { Page, PageRequest } from '../model/page.ts';
import type { Actor } from '../model/principal.ts';
import { isOperator, maySee, maySeeOrganization, type Principal } from '../model/principal.ts';
import { forbidden, invalidAt, notFound, RegistryError } from '../model/registry-error.ts';
import { definedFields, type Patch } from '../model/defined-fields.ts';
import type { Api, Scope, TokenType } from '../model/records.ts';
import type { SigningAlgorithm } from '../model/signing-algorithm.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import { describeChange, type Facts } from './change-description.ts';
import { dated, versioned } from './changed-record.ts';
import { createRecordId } from './credential.ts';
import { claimIdempotencyKey, type IdempotencyRequest } from './idempotency.ts';
import { describeLosers, toLossNotices } from './lost-scopes.ts';
import { requireVersion } from './precondition.ts';
import { resolveOrganization } from './organization-reference.ts';

export interface ApiRequest {
  identifier: string;
  name: string;
  scopes: Scope[];
  accessTokenLifetimeSeconds: number;
  signingAlgorithm: SigningAlgorithm;
  tokenType: TokenType;
  /** Record ids or client_ids. */
  introspectionClients: string[];
  /** undefined: the caller's own; null: the instance's. */
  organization: string | null | undefined;
}

type ApiPatchable = Omit<ApiRequest, 'identifier' | 'organization'>;
export type ApiChanges = Patch<ApiPatchable>;

export interface Created<T> {
  record: T;
  /** An earlier request with the same Idempotency-Key made it. */
  replayed: boolean;
}

/** Makes the first signing key of an algorithm that nobody used yet. */
export interface FirstSigningKeys {
  /** Undefined when the algorithm has a key; else what puts one into the change. */
  prepareFirstKey(
    algorithm: SigningAlgorithm,
  ): Promise<((change: RegistryChange) => Promise<unknown>) | undefined>;
}

const grantHoldersShownMax = 100;

export class ApiRegistry {
  readonly #store: Store;
  readonly #signingKeys: FirstSigningKeys;
  readonly #issuer: string;

  constructor(dependencies: { store: Store; signingKeys: FirstSigningKeys; issuer: string }) {
    this.#store = dependencies.store;
    this.#issuer = dependencies.issuer;
    this.#signingKeys = dependencies.signingKeys;
  }

  async list(
    principal: Principal,
    filter: { organization?: string | undefined; q?: string | undefined },
    page: PageRequest,
  ): Promise<Page<Api>> {
    const visibleTo = isOperator(principal) ? null : principal.organizationId;
    const found = await this.#store.read(({ apis }) =>
      apis.list({ visibleTo, organizationId: filter.organization, q: filter.q }, page),
    );
    return { ...found, data: found.data.map((api) => requireVisible(principal, api)) };
  }

  async get(principal: Principal, id: string): Promise<Api> {
    const api = await this.#store.read(({ apis }) => apis.find(id));
    return requireVisible(principal, api);
  }

  async create(
    actor: Actor,
    request: ApiRequest,
    idempotency?: IdempotencyRequest,
  ): Promise<Created<Api>> {
    const { principal } = actor;
    // However it is spelled: some validators compare addresses, and not their characters.
    if (URL.parse(request.identifier)?.origin === new URL(this.#issuer).origin) {
      throw invalidAt(
        '/identifier',
        "identifier must not be this server's own address: its tokens are not for you to define",
      );
    }
    requireNoLocation(principal);
    if (request.organization === null) requireMayOwnInstanceWide(principal);
    const insertFirstKey = await this.#signingKeys.prepareFirstKey(request.signingAlgorithm);
    const changed = await this.#store.change(actor, async (change): Promise<Created<Api>> => {
      const id = createRecordId('api');
      const earlierId = await claimIdempotencyKey(change, principal, idempotency, id);
      if (earlierId !== undefined) {
        const record = requireVisible(principal, await change.apis.find(earlierId));
        return { record, replayed: true };
      }
      const organizationId = await resolveApiOwner(change, principal, request.organization);
      const inserted = await change.apis.insertIfIdentifierIsNew({
        id,
        organizationId,
        identifier: request.identifier,
        name: request.name,
        scopes: request.scopes,
        accessTokenLifetimeSeconds: request.accessTokenLifetimeSeconds,
        signingAlgorithm: request.signingAlgorithm,
        tokenType: request.tokenType,
        introspectionClientIds: await resolveIntrospectionClients(
          change,
          principal,
          request.introspectionClients,
        ),
        builtIn: false,
        createdAt: change.now,
      });
      // Identifiers are audiences: one for the whole instance, and never used again. So that one is taken can
      // be learnt by whoever may make APIs, as in every directory of unique names; by whom, or whether it still
      // is, cannot: the answer is the same for one's own, another organization's and a deleted one.
      if (!inserted) {
        const detail = 'identifier is taken, or was: an identifier is never used again';
        throw new RegistryError('conflict', detail, {
          faults: [{ pointer: '/identifier', detail }],
        });
      }
      await insertFirstKey?.(change);
      change.touch('apis', id);
      change.onlyAdds();
      change.audit({
        action: 'api.created',
        targetType: 'api',
        targetId: id,
        organizationId,
        details: {
          identifier: request.identifier,
          name: request.name,
          scopes: request.scopes.map(({ value: scope }) => scope),
        },
      });
      const record = requireVisible(principal, await change.apis.find(id));
      return { record: dated(record, change), replayed: false };
    });
    return { ...changed.value, record: versioned(changed.value.record, changed) };
  }

  async update(
    actor: Actor,
    id: string,
    changes: ApiChanges,
    ifMatch: string | undefined,
  ): Promise<Api> {
    const { principal } = actor;
    requireChangeable(principal, await this.#store.read(({ apis }) => apis.find(id)));
    const insertFirstKey = changes.signingAlgorithm
      ? await this.#signingKeys.prepareFirstKey(changes.signingAlgorithm)
      : undefined;
    const changed = await this.#store.change(actor, async (change) => {
      const kept = changes.scopes?.map(({ value }) => value);
      const api = requireChangeable(principal, await change.apis.lock(id));
      requireVersion(api.version, ifMatch);
      const holders = kept ? await change.grants.lockScopeHolders(id, kept) : [];
      // Deleted ones lose it as well, and come back without it; they are not named.
      const losers = holders.filter(({ isDeleted }) => !isDeleted);
      const { introspectionClients, ...fields } = definedFields<ApiPatchable>(changes);
      const after: Api = { ...api, ...fields };
      if (introspectionClients) {
        after.introspectionClientIds = await resolveIntrospectionClients(
          change,
          principal,
          introspectionClients,
        );
        await change.apis.replaceIntrospectionClients(id, after.introspectionClientIds);
      }
      const { scopes, ...columns } = fields;
      await change.apis.update(id, columns);
      if (scopes) await change.apis.replaceScopes(id, scopes);
      await insertFirstKey?.(change);
      change.touch('apis', id);
      change.touchHolders(holders.map((client) => client.id));
      await change.notices.raise(toLossNotices(api, losers, change.now));
      change.audit({
        action: 'api.updated',
        targetType: 'api',
        targetId: id,
        organizationId: api.organizationId,
        details: { ...describeChange(describe(api), describe(after)), ...describeLosers(losers) },
      });
      return dated(requireVisible(principal, await change.apis.find(id)), change);
    });
    return versioned(changed.value, changed);
  }

  /** Refused with the list while any client is granted it. */
  async delete(actor: Actor, id: string, ifMatch: string | undefined): Promise<void> {
    await this.#store.change(actor, async (change) => {
      const api = requireChangeable(actor.principal, await change.apis.lock(id));
      requireVersion(api.version, ifMatch);
      const holders = await change.apis.listGrantHolders(id, grantHoldersShownMax);
      if (holders.length > 0) {
        throw new RegistryError(
          'conflict',
          'the API is granted to clients: take their grants away first',
          {
            extensions: { clients: holders },
          },
        );
      }
      await change.apis.deleteGrants(id);
      await change.apis.markDeleted(id, change.now);
      change.touch('apis', id);
      change.audit({
        action: 'api.deleted',
        targetType: 'api',
        targetId: id,
        organizationId: api.organizationId,
        details: { identifier: api.identifier, name: api.name },
      });
    });
  }
}

function requireVisible(principal: Principal, api: Api | undefined): Api {
  const visible =
    api !== undefined &&
    (api.organizationId === null || maySeeOrganization(principal, api.organizationId));
  if (!visible) throw notFound('API');
  // An API of the whole instance, or organization, may be introspected by clients that are not theirs to see.
  const hidesClients =
    !isOperator(principal) && (api.organizationId === null || principal.locationId !== null);
  return hidesClients ? { ...api, introspectionClientIds: [] } : api;
}

function requireChangeable(principal: Principal, api: Api | undefined): Api {
  const visible = requireVisible(principal, api);
  if (visible.builtIn)
    throw forbidden('the built-in admin API is the same on every instance: it cannot be changed');
  if (visible.organizationId === null && !isOperator(principal)) {
    throw forbidden('only an operator may change an API of the whole instance');
  }
  requireNoLocation(principal);
  return visible;
}

/** Its scopes and signing decide over tokens of the whole organization. */
function requireNoLocation(principal: Principal): void {
  if (principal.locationId === null) return;
  throw forbidden(
    'an API belongs to a whole organization: a location may use it, but not change it',
  );
}

function requireMayOwnInstanceWide(principal: Principal): void {
  if (isOperator(principal)) return;
  throw forbidden('only an operator may register an API for the whole instance');
}

async function resolveApiOwner(
  change: RegistryChange,
  principal: Principal,
  organization: string | null | undefined,
): Promise<string | null> {
  if (organization === null || (organization === undefined && isOperator(principal))) {
    requireMayOwnInstanceWide(principal);
    return null;
  }
  return resolveOrganization(change, principal, organization);
}

async function resolveIntrospectionClients(
  change: RegistryChange,
  principal: Principal,
  references: readonly string[],
): Promise<string[]> {
  if (references.length === 0) return [];
  const clients = await change.clients.findByReferences(references);
  const visible = clients.filter((client) => maySee(principal, client));
  const identifiers = new Map(
    visible.flatMap((client) => [
      [client.id, client.id],
      [client.clientId, client.id],
    ]),
  );
  const ids = references.map((reference, index) => {
    const id = identifiers.get(reference);
    if (id === undefined) {
      throw invalidAt(
        `/introspection_clients/${index}`,
        'there is no such client: name its record id or client_id',
      );
    }
    return id;
  });
  return [...new Set(ids)];
}

function describe(api: Api): Facts {
  return {
    name: api.name,
    scopes: api.scopes,
    access_token_lifetime_seconds: api.accessTokenLifetimeSeconds,
    signing_alg: api.signingAlgorithm,
    token_typ: api.tokenType,
    introspection_clients: api.introspectionClientIds.toSorted(),
  };
}
