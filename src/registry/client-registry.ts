/** Rules for clients: register, see, change, delete, restore. */
import { emptyPage, type Page, type PageRequest } from '../model/page.ts';
import {
  maySee,
  sightOf,
  type Actor,
  type PlaceFilter,
  type Principal,
} from '../model/principal.ts';
import { notFound, RegistryError } from '../model/registry-error.ts';
import { restorableUntil } from '../model/inactivity.ts';
import { definedFields } from '../model/defined-fields.ts';
import type { Client } from '../model/records.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import type { Created } from './api-registry.ts';
import { describeChange } from './change-description.ts';
import { dated, versioned } from './changed-record.ts';
import { deleteClient, isActiveWhenRestored } from './client-deletion.ts';
import {
  describeClient,
  describeGrants,
  findGivenPermissions,
  grantsToStore,
  mayDoLess,
  takesNothingAway,
} from './client-difference.ts';
import {
  requireMemberRemains,
  requireNotPersonal,
  resolveMember,
  withMembersGrant,
} from './client-member.ts';
import { resolveGrants } from './client-grants.ts';
import type { ClientChanges, ClientRequest } from './client-request.ts';
import { createRecordId, generateClientId, generateClientSecret } from './credential.ts';
import {
  adminPermissions,
  requireFitsLocation,
  requireHolds,
  requireMayRegrant,
} from './delegation.ts';
import { endGivenLinks } from './given-links.ts';
import { insertClientSecret } from './new-client-secret.ts';
import { claimIdempotencyKey, type IdempotencyRequest } from './idempotency.ts';
import { getAdminApiId, requireOperatorRemains } from './last-operator.ts';
import { holdPlace, resolveLocation } from './location-reference.ts';
import { holdAroundClient, holdAroundRestored } from './lock-order.ts';
import { resolveOrganization } from './organization-reference.ts';
import { requireVersion } from './precondition.ts';

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
    filter: PlaceFilter & {
      member?: string | undefined;
      active?: boolean | undefined;
      api?: string | undefined;
      q?: string | undefined;
      isRestorable?: boolean | undefined;
    },
    page: PageRequest,
  ): Promise<Page<Client>> {
    const { active, api, q, hasLocation, isRestorable, member: memberId } = filter;
    const sight = sightOf(principal, filter);
    if (sight === undefined) return emptyPage;
    return this.#store.read(({ clients }) =>
      clients.list({ sight, hasLocation, active, memberId, api, q, isRestorable }, page),
    );
  }

  async get(principal: Principal, id: string): Promise<Client> {
    return requireVisibleClient(
      principal,
      await this.#store.read(({ clients }) => clients.find(id)),
    );
  }

  async getRestorable(principal: Principal, id: string): Promise<Client> {
    return requireVisibleClient(
      principal,
      await this.#store.read(({ clients }) => clients.findRestorable(id)),
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
      const locationId = await resolveLocation(change, principal, organizationId, request.location);
      const grants = await resolveGrants(change, principal, organizationId, request.grants);
      const held = adminPermissions(grants, await getAdminApiId(change));
      requireHolds(principal, held);
      requireFitsLocation({ locationId }, held);
      const { organization: _organization, location: _location, member, ...columns } = request;
      const memberId = await resolveMember(
        change,
        principal,
        { organizationId, locationId },
        member ?? null,
      );
      const clientId = generateClientId();
      await change.clients.insert({
        ...columns,
        id,
        organizationId,
        locationId,
        memberId,
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
        locationId,
        details: {
          name: request.name,
          client_id: clientId,
          hint,
          active: request.active,
          ...(memberId === null ? {} : { member: memberId }),
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
      await holdAroundClient(change, id, changes);
      const client = requireVisibleClient(principal, await change.clients.lock(id));
      requireVersion(client.version, ifMatch);
      const { grants: requested, location, member, ...fields } = definedFields(changes);
      const { organizationId, grants: before } = client;
      const after: Client = { ...client, ...fields };
      if (location !== undefined) {
        after.locationId = await resolveLocation(change, principal, organizationId, location);
      }
      if (requested) {
        after.grants = await resolveGrants(change, principal, organizationId, requested, before);
      }
      const adminApiId = await getAdminApiId(change);
      if (client.personal) after.grants = withMembersGrant(client, after.grants, adminApiId);
      if (member !== undefined) {
        requireNotPersonal(client);
        after.memberId = member;
      }
      const isHandedOver = after.memberId !== client.memberId;
      requireHolds(principal, findGivenPermissions(client, after, adminApiId));
      requireFitsLocation(after, adminPermissions(after.grants, adminApiId));
      requireMayRegrant(
        principal,
        adminPermissions(client.grants, adminApiId),
        adminPermissions(after.grants, adminApiId),
      );
      const { locationId, memberId } = after;
      const isMoved = locationId !== client.locationId;
      if (isMoved || isHandedOver) await resolveMember(change, principal, after, memberId);
      await requireOperatorRemains(change, client, after, adminApiId);
      await change.clients.update(id, {
        ...fields,
        ...(isMoved ? { locationId } : {}),
        ...(isHandedOver ? { memberId } : {}),
      });
      // Handed over it keeps what it had by its member, and not what it would have without one.
      if (requested || isHandedOver)
        await change.grants.replace(id, grantsToStore(after, adminApiId), change.now);
      if (takesNothingAway(client, after)) change.onlyAdds();
      // It must not have stored what it could do in a link.
      const ended = mayDoLess(client, after, adminApiId)
        ? await endGivenLinks(change, { client: id })
        : {};
      // Activating again does not lower the cut-off: what was out stays inactive.
      // And what was out before a move says that the client is where it is not any more.
      if ((client.active && !after.active) || isMoved) change.cutOff('clients', id);
      if (!client.active && after.active) {
        await change.secretRetirements.countSilenceFrom(id, change.now);
      }
      change.touch('clients', id);
      change.audit({
        action: 'client.updated',
        targetType: 'client',
        targetId: id,
        organizationId: client.organizationId,
        // A move is for those who see both ends of it.
        locationId: isMoved ? null : client.locationId,
        details: { ...describeChange(describeClient(client), describeClient(after)), ...ended },
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
      await deleteClient(change, client, 'person');
    });
  }

  /** Comes back as it was, without what was revoked; inactive if a person deleted it. */
  async restore(actor: Actor, id: string): Promise<Client> {
    const { principal } = actor;
    const changed = await this.#store.change(actor, async (change) => {
      await holdAroundRestored(change, await change.clients.findRestorable(id));
      const client = requireVisibleClient(principal, await change.clients.findDeleted(id));
      if (restorableUntil(client.deletedAt ?? new Date(0)) < change.now) throw notFound('client');
      requireHolds(principal, adminPermissions(client.grants, await getAdminApiId(change)));
      await requireMemberRemains(change, client);
      await requirePlaceRemains(change, client);
      const restored = {
        active: isActiveWhenRestored(client),
        activeWhenDeleted: null,
        deletedAt: null,
        deletedBecause: null,
      };
      await change.clients.update(id, restored);
      await change.secretRetirements.countSilenceFrom(id, change.now);
      await change.inactivity.startAnew(id, change.now);
      change.touch('clients', id);
      change.onlyAdds();
      change.audit({
        action: 'client.restored',
        targetType: 'client',
        targetId: id,
        organizationId: client.organizationId,
        locationId: client.locationId,
        details: { name: client.name, client_id: client.clientId, active: restored.active },
      });
      return dated({ ...client, ...restored }, change);
    });
    return versioned(changed.value, changed);
  }
}

export function requireVisibleClient(principal: Principal, client: Client | undefined): Client {
  if (!client || !maySee(principal, client)) throw notFound('client');
  return client;
}

/** Nothing is restored into an organization or a location that is deleted itself. */
async function requirePlaceRemains(change: RegistryChange, client: Client): Promise<void> {
  if (await holdPlace(change, client)) return;
  throw new RegistryError(
    'conflict',
    'the organization or the location it belonged to was deleted: register a new client',
  );
}
