/** Rules for locations: its organization makes, names, stops and deletes them. */
import { definedFields, type Patch } from '../model/defined-fields.ts';
import { emptyPage, type Page, type PageRequest } from '../model/page.ts';
import {
  mayActForOrganization,
  maySee,
  sightOf,
  type Actor,
  type Principal,
} from '../model/principal.ts';
import { forbidden, notFound } from '../model/registry-error.ts';
import type { Location } from '../model/records.ts';
import type { Created } from '../registry/api-registry.ts';
import { describeChange, type Facts } from '../registry/change-description.ts';
import { dated, versioned } from '../registry/changed-record.ts';
import { createRecordId } from '../registry/credential.ts';
import { describeEndedLinks } from '../registry/given-links.ts';
import { claimIdempotencyKey, type IdempotencyRequest } from '../registry/idempotency.ts';
import { resolveOrganization } from '../registry/organization-reference.ts';
import { requireVersion } from '../registry/precondition.ts';
import type { Store } from '../store/store.ts';
import { holdersShownMax, listMembers, listWebhooks, requireHoldsNothing } from './deletion.ts';
import { endSessionsIn } from './stopped-sessions.ts';

export interface LocationRequest {
  name: string;
  active: boolean;
  /** undefined: the caller's own. */
  organization: string | undefined;
}

export type LocationChanges = Patch<Pick<LocationRequest, 'name' | 'active'>>;

export class LocationDirectory {
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
  ): Promise<Page<Location>> {
    const { active, q } = filter;
    const sight = sightOf(principal, { organization: filter.organization });
    if (sight === undefined) return emptyPage;
    return this.#store.read(({ locations }) => locations.list({ sight, active, q }, page));
  }

  async get(principal: Principal, id: string): Promise<Location> {
    return requireVisible(principal, await this.#store.read(({ locations }) => locations.find(id)));
  }

  async create(
    actor: Actor,
    request: LocationRequest,
    idempotency?: IdempotencyRequest,
  ): Promise<Created<Location>> {
    const { principal } = actor;
    const changed = await this.#store.change(actor, async (change): Promise<Created<Location>> => {
      if (principal.locationId !== null) throw mayNotChange();
      const id = createRecordId('location');
      const earlierId = await claimIdempotencyKey(change, principal, idempotency, id);
      if (earlierId !== undefined) {
        const record = requireVisible(principal, await change.locations.find(earlierId));
        return { record, replayed: true };
      }
      const organizationId = await resolveOrganization(change, principal, request.organization);
      const { name, active } = request;
      await change.locations.insert({ id, organizationId, name, active, createdAt: change.now });
      change.touch('locations', id);
      change.onlyAdds();
      change.audit({
        action: 'location.created',
        targetType: 'location',
        targetId: id,
        organizationId,
        locationId: id,
        details: { name, active },
      });
      const record = requireVisible(principal, await change.locations.find(id));
      return { record: dated(record, change), replayed: false };
    });
    return { ...changed.value, record: versioned(changed.value.record, changed) };
  }

  async update(
    actor: Actor,
    id: string,
    changes: LocationChanges,
    ifMatch: string | undefined,
  ): Promise<Location> {
    const changed = await this.#store.change(actor, async (change) => {
      const before = requireChangeable(actor.principal, await change.locations.lock(id));
      requireVersion(before.version, ifMatch);
      const fields = definedFields(changes);
      const after: Location = { ...before, ...fields };
      await change.locations.update(id, fields);
      const { organizationId } = before;
      const stops = before.active && !after.active;
      // What was out stays inactive when the location goes on, and whoever was signed in signs in anew.
      if (stops) change.cutOff('locations', id);
      else change.onlyAdds();
      const ended = stops ? await endSessionsIn(change, { organizationId, locationId: id }) : {};
      if (!before.active && after.active) {
        await change.webhooks.forgetFailures({ organizationId, locationId: id });
      }
      change.touch('locations', id);
      change.audit({
        action: 'location.updated',
        targetType: 'location',
        targetId: id,
        organizationId,
        locationId: id,
        details: { ...describeChange(describe(before), describe(after)), ...ended },
      });
      return dated(after, change);
    });
    return versioned(changed.value, changed);
  }

  /** Refused with the list while it holds anything; the links into it end. */
  async delete(actor: Actor, id: string, ifMatch: string | undefined): Promise<void> {
    await this.#store.change(actor, async (change) => {
      const location = requireChangeable(actor.principal, await change.locations.lock(id));
      requireVersion(location.version, ifMatch);
      const { organizationId, name } = location;
      requireHoldsNothing('location', {
        clients: await change.clients.listOf({ organizationId, locationId: id }, holdersShownMax),
        members: await listMembers(change, { organizationId, locationId: id }),
        webhooks: await listWebhooks(change, { organizationId, locationId: id }),
      });
      await change.locations.markDeleted(id, change.now);
      const place = { organizationId, locationId: id };
      const invitations = await change.invitations.revokeOpenInto(place, change.now);
      change.cutOff('locations', id);
      change.touch('locations', id);
      change.audit({
        action: 'location.deleted',
        targetType: 'location',
        targetId: id,
        organizationId,
        locationId: id,
        details: { name, ...describeEndedLinks(invitations) },
      });
    });
  }
}

function requireVisible(principal: Principal, location: Location | undefined): Location {
  const isVisible =
    location !== undefined &&
    maySee(principal, { organizationId: location.organizationId, locationId: location.id });
  if (!isVisible) throw notFound('location');
  return location;
}

function requireChangeable(principal: Principal, location: Location | undefined): Location {
  const visible = requireVisible(principal, location);
  if (!mayActForOrganization(principal, visible.organizationId)) throw mayNotChange();
  return visible;
}

function mayNotChange(): Error {
  return forbidden('locations are made and changed by their organization, and not by themselves');
}

function describe({ name, active }: Location): Facts {
  return { name, active };
}
