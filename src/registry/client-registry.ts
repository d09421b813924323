/** Rules for clients: register, see, change, delete, restore. */
import type { Page, PageRequest } from '../model/page.ts';
import type { Permission } from '../model/permission.ts';
import { isOperator, maySeeOrganization, type Actor, type Principal } from '../model/principal.ts';
import { notFound } from '../model/registry-error.ts';
import { definedFields, type Patch } from '../model/defined-fields.ts';
import type { AuthenticationMethod, Client, Grant } from '../model/records.ts';
import type { Store } from '../store/store.ts';
import type { Created } from './api-registry.ts';
import { describeChange, type Facts } from './change-description.ts';
import { dated, versioned } from './changed-record.ts';
import { resolveGrants, type GrantRequest } from './client-grants.ts';
import { createRecordId, generateClientId, generateClientSecret } from './credential.ts';
import { adminPermissions, requireHolds, requireMayRegrant } from './delegation.ts';
import { insertClientSecret } from './new-client-secret.ts';
import { claimIdempotencyKey, type IdempotencyRequest } from './idempotency.ts';
import { getAdminApiId, requireOperatorRemains } from './last-operator.ts';
import { resolveOrganization } from './organization-reference.ts';
import { requireVersion } from './precondition.ts';

export const restorableDays = 30;

export interface ClientRequest {
  name: string;
  description: string;
  organization: string | undefined;
  grants: GrantRequest[];
  active: boolean;
  authenticationMethod: AuthenticationMethod;
  accessTokenLifetimeSeconds: number | null;
  exemptFromInactivity: boolean;
}

export type ClientChanges = Patch<
  Pick<
    ClientRequest,
    | 'name'
    | 'description'
    | 'grants'
    | 'active'
    | 'accessTokenLifetimeSeconds'
    | 'exemptFromInactivity'
  >
>;

export interface CreatedClient extends Created<Client> {
  /** This once; null when an earlier request made the client, and has shown it. */
  clientSecret: string | null;
}

export class ClientRegistry {
  readonly #store: Store;

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  async list(
    principal: Principal,
    filter: {
      organization?: string | undefined;
      active?: boolean | undefined;
      q?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<Client>> {
    const { organization, active, q } = filter;
    if (organization !== undefined && !maySeeOrganization(principal, organization)) {
      return { data: [], nextCursor: null };
    }
    const organizationId =
      organization ?? (isOperator(principal) ? null : principal.organizationId);
    return this.#store.read(({ clients }) => clients.list({ organizationId, active, q }, page));
  }

  async get(principal: Principal, id: string): Promise<Client> {
    return requireVisibleClient(
      principal,
      await this.#store.read(({ clients }) => clients.find(id)),
    );
  }

  async create(
    actor: Actor,
    request: ClientRequest,
    idempotency?: IdempotencyRequest,
  ): Promise<CreatedClient> {
    const { principal } = actor;
    const clientSecret = generateClientSecret();
    const changed = await this.#store.change(actor, async (change): Promise<CreatedClient> => {
      const id = createRecordId('client');
      const earlierId = await claimIdempotencyKey(change, principal, idempotency, id);
      if (earlierId !== undefined) {
        const record = requireVisibleClient(principal, await change.clients.find(earlierId));
        return { record, replayed: true, clientSecret: null };
      }
      const organizationId = await resolveOrganization(change, principal, request.organization);
      const grants = await resolveGrants(change, principal, organizationId, request.grants);
      requireHolds(principal, adminPermissions(grants, await getAdminApiId(change)));
      const { organization: _organization, ...columns } = request;
      const clientId = generateClientId();
      await change.clients.insert({
        ...columns,
        id,
        organizationId,
        clientId,
        grants,
        createdAt: change.now,
      });
      const hint = await insertClientSecret(change, {
        clientRecordId: id,
        clientSecret,
        createdBy: principal,
        expiresAt: null,
      });
      change.touch('clients', id);
      change.onlyAdds();
      change.audit({
        action: 'client.created',
        targetType: 'client',
        targetId: id,
        organizationId,
        details: {
          name: request.name,
          client_id: clientId,
          hint,
          active: request.active,
          grants: describeGrants(grants),
        },
      });
      const record = requireVisibleClient(principal, await change.clients.find(id));
      return { record: dated(record, change), replayed: false, clientSecret };
    });
    return { ...changed.value, record: versioned(changed.value.record, changed) };
  }

  async update(
    actor: Actor,
    id: string,
    changes: ClientChanges,
    ifMatch: string | undefined,
  ): Promise<Client> {
    const { principal } = actor;
    const changed = await this.#store.change(actor, async (change) => {
      const client = requireVisibleClient(principal, await change.clients.lock(id));
      requireVersion(client.version, ifMatch);
      const { grants: requested, ...fields } = definedFields(changes);
      const after: Client = { ...client, ...fields };
      if (requested) {
        const { organizationId, grants: before } = client;
        after.grants = await resolveGrants(change, principal, organizationId, requested, before);
      }
      const adminApiId = await getAdminApiId(change);
      requireHolds(principal, findGivenPermissions(client, after, adminApiId));
      requireMayRegrant(
        principal,
        adminPermissions(client.grants, adminApiId),
        adminPermissions(after.grants, adminApiId),
      );
      await requireOperatorRemains(change, client, after, adminApiId);
      await change.clients.update(id, fields);
      if (requested) await change.clients.replaceGrants(id, after.grants);
      if (takesNothing(client, after)) change.onlyAdds();
      // Activating again does not lower the cut-off: what was out stays inactive.
      if (client.active && !after.active) change.cutOff('clients', id);
      change.touch('clients', id);
      change.audit({
        action: 'client.updated',
        targetType: 'client',
        targetId: id,
        organizationId: client.organizationId,
        details: describeChange(describe(client), describe(after)),
      });
      return dated(requireVisibleClient(principal, await change.clients.find(id)), change);
    });
    return versioned(changed.value, changed);
  }

  /** Softly: no tokens, gone from lists, and back for 30 days with `restore`. */
  async delete(actor: Actor, id: string, ifMatch: string | undefined): Promise<void> {
    await this.#store.change(actor, async (change) => {
      const client = requireVisibleClient(actor.principal, await change.clients.lock(id));
      requireVersion(client.version, ifMatch);
      await requireOperatorRemains(
        change,
        client,
        { active: false, grants: [] },
        await getAdminApiId(change),
      );
      await change.clients.update(id, { active: false, deletedAt: change.now });
      change.cutOff('clients', id);
      change.touch('clients', id);
      change.audit({
        action: 'client.deleted',
        targetType: 'client',
        targetId: id,
        organizationId: client.organizationId,
        details: { name: client.name, client_id: client.clientId },
      });
    });
  }

  /** Comes back as it was, without what was revoked, and inactive: a person looks at it first. */
  async restore(actor: Actor, id: string): Promise<Client> {
    const { principal } = actor;
    const changed = await this.#store.change(actor, async (change) => {
      const client = requireVisibleClient(principal, await change.clients.findDeleted(id));
      const deletedDays = (change.now.getTime() - (client.deletedAt?.getTime() ?? 0)) / 86_400_000;
      if (deletedDays > restorableDays) throw notFound('client');
      requireHolds(principal, adminPermissions(client.grants, await getAdminApiId(change)));
      await change.clients.update(id, { deletedAt: null });
      change.touch('clients', id);
      change.onlyAdds();
      change.audit({
        action: 'client.restored',
        targetType: 'client',
        targetId: id,
        organizationId: client.organizationId,
        details: { name: client.name, client_id: client.clientId },
      });
      return dated({ ...client, deletedAt: null }, change);
    });
    return versioned(changed.value, changed);
  }
}

export function requireVisibleClient(principal: Principal, client: Client | undefined): Client {
  if (!client || !maySeeOrganization(principal, client.organizationId)) throw notFound('client');
  return client;
}

function describeGrants(grants: readonly Grant[]): Record<string, unknown>[] {
  return grants.map(({ apiIdentifier, scopes, isDefault }) => ({
    api: apiIdentifier,
    scopes,
    default: isDefault,
  }));
}

/** What a change hands out: permissions that are new, and with an activation all there are. */
function findGivenPermissions(before: Client, after: Client, adminApiId: string): Permission[] {
  const isActivation = !before.active && after.active;
  const held = isActivation ? [] : adminPermissions(before.grants, adminApiId);
  return adminPermissions(after.grants, adminApiId).filter(
    (permission) => !held.includes(permission),
  );
}

/** Whether whoever has not heard of the change yet does nothing that it forbids. */
function takesNothing(before: Client, after: Client): boolean {
  const stays = ({ apiId, scopes, isDefault }: Grant) => {
    const now = after.grants.find((grant) => grant.apiId === apiId);
    return (
      now !== undefined &&
      now.isDefault === isDefault &&
      scopes.every((scope) => now.scopes.includes(scope))
    );
  };
  return (
    (after.active || !before.active) &&
    after.accessTokenLifetimeSeconds === before.accessTokenLifetimeSeconds &&
    before.grants.every(stays)
  );
}

function describe(client: Client): Facts {
  return {
    name: client.name,
    description: client.description,
    active: client.active,
    access_token_lifetime_seconds: client.accessTokenLifetimeSeconds,
    exempt_from_inactivity: client.exemptFromInactivity,
    grants: describeGrants(client.grants),
  };
}
