/** Rules for organizations: operators make, stop and delete them; each one's own admins name it. */
import { definedFields, type Patch } from '../model/defined-fields.ts';
import type { Page, PageRequest } from '../model/page.ts';
import {
  isOperator,
  mayActForOrganization,
  maySeeOrganization,
  type Actor,
  type Principal,
} from '../model/principal.ts';
import { forbidden, notFound } from '../model/registry-error.ts';
import type { Organization } from '../model/records.ts';
import type { Created } from '../registry/api-registry.ts';
import { describeChange, type Facts } from '../registry/change-description.ts';
import { dated, versioned } from '../registry/changed-record.ts';
import { createRecordId } from '../registry/credential.ts';
import { describeEndedLinks } from '../registry/given-links.ts';
import { claimIdempotencyKey, type IdempotencyRequest } from '../registry/idempotency.ts';
import { keepOperators } from '../registry/last-operator.ts';
import { requireVersion } from '../registry/precondition.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import { holdersShownMax, listMembers, listWebhooks, requireHoldsNothing } from './deletion.ts';
import { endSessionsIn } from './stopped-sessions.ts';

export interface OrganizationRequest {
  name: string;
  active: boolean;
}

export type OrganizationChanges = Patch<OrganizationRequest>;

export class OrganizationDirectory {
  readonly #store: Store;

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  async list(
    principal: Principal,
    filter: { active?: boolean | undefined; q?: string | undefined },
    page: PageRequest,
  ): Promise<Page<Organization>> {
    const id = isOperator(principal) ? null : principal.organizationId;
    const { active, q } = filter;
    return this.#store.read(({ organizations }) => organizations.list({ id, active, q }, page));
  }

  async get(principal: Principal, id: string): Promise<Organization> {
    return requireVisible(
      principal,
      await this.#store.read(({ organizations }) => organizations.find(id)),
    );
  }

  /** Empty: whoever made it registers its first client. */
  async create(
    actor: Actor,
    request: OrganizationRequest,
    idempotency?: IdempotencyRequest,
  ): Promise<Created<Organization>> {
    const { principal } = actor;
    const changed = await this.#store.change(
      actor,
      async (change): Promise<Created<Organization>> => {
        const id = createRecordId('org');
        const earlierId = await claimIdempotencyKey(change, principal, idempotency, id);
        if (earlierId !== undefined) {
          const record = requireVisible(principal, await change.organizations.find(earlierId));
          return { record, replayed: true };
        }
        await change.organizations.insert({ ...request, id, createdAt: change.now });
        change.touch('organizations', id);
        change.onlyAdds();
        change.audit({
          action: 'organization.created',
          targetType: 'organization',
          targetId: id,
          organizationId: id,
          details: { ...request },
        });
        const record = requireVisible(principal, await change.organizations.find(id));
        return { record: dated(record, change), replayed: false };
      },
    );
    return { ...changed.value, record: versioned(changed.value.record, changed) };
  }

  async update(
    actor: Actor,
    id: string,
    changes: OrganizationChanges,
    ifMatch: string | undefined,
  ): Promise<Organization> {
    const { principal } = actor;
    const changed = await this.#store.change(actor, async (change) => {
      const before = requireChangeable(principal, await change.organizations.lock(id));
      if (changes.active !== undefined && !isOperator(principal)) {
        throw forbidden('only an operator may stop an organization, or let it go on');
      }
      requireVersion(before.version, ifMatch);
      const fields = definedFields(changes);
      const after: Organization = { ...before, ...fields };
      const stops = before.active && !after.active;
      await keepOperators(change, stops, () => change.organizations.update(id, fields));
      // What was out stays inactive when the organization goes on, and whoever was signed in signs in anew.
      if (stops) change.cutOff('organizations', id);
      else change.onlyAdds();
      const ended = stops
        ? await endSessionsIn(change, { organizationId: id, locationId: null })
        : {};
      if (!before.active && after.active) {
        await change.webhooks.forgetFailures({ organizationId: id, locationId: null });
      }
      change.touch('organizations', id);
      change.audit({
        action: 'organization.updated',
        targetType: 'organization',
        targetId: id,
        organizationId: id,
        details: { ...describeChange(describe(before), describe(after)), ...ended },
      });
      return dated(after, change);
    });
    return versioned(changed.value, changed);
  }

  /** Refused with the lists while it holds anything; the links into it end. */
  async delete(actor: Actor, id: string, ifMatch: string | undefined): Promise<void> {
    await this.#store.change(actor, async (change) => {
      const organization = requireChangeable(actor.principal, await change.organizations.lock(id));
      requireVersion(organization.version, ifMatch);
      requireHoldsNothing('organization', await listHolders(change, id));
      await change.organizations.markDeleted(id, change.now);
      const place = { organizationId: id, locationId: null };
      const invitations = await change.invitations.revokeOpenInto(place, change.now);
      change.cutOff('organizations', id);
      change.touch('organizations', id);
      change.audit({
        action: 'organization.deleted',
        targetType: 'organization',
        targetId: id,
        organizationId: id,
        details: { name: organization.name, ...describeEndedLinks(invitations) },
      });
    });
  }
}

async function listHolders(change: RegistryChange, id: string) {
  return {
    locations: await change.locations.listOf(id, holdersShownMax),
    clients: await change.clients.listOf({ organizationId: id, locationId: null }, holdersShownMax),
    apis: await change.apis.listOf(id, holdersShownMax),
    members: await listMembers(change, { organizationId: id, locationId: null }),
    webhooks: await listWebhooks(change, { organizationId: id, locationId: null }),
  };
}

function requireVisible(
  principal: Principal,
  organization: Organization | undefined,
): Organization {
  if (!organization || !maySeeOrganization(principal, organization.id)) {
    throw notFound('organization');
  }
  return organization;
}

function requireChangeable(
  principal: Principal,
  organization: Organization | undefined,
): Organization {
  const visible = requireVisible(principal, organization);
  if (mayActForOrganization(principal, visible.id)) return visible;
  throw forbidden('a location may see its organization, but not change it');
}

function describe({ name, active }: Organization): Facts {
  return { name, active };
}
