/** Rules for webhooks: subscribe, see, change, delete, and give another signing secret. */
import { definedFields, type Patch } from '../model/defined-fields.ts';
import { emptyPage, type Page, type PageRequest } from '../model/page.ts';
import { maySee, sightOf, type Actor, type Principal } from '../model/principal.ts';
import { notFound, RegistryError } from '../model/registry-error.ts';
import type { ListedWebhook, Webhook } from '../model/webhook.ts';
import { parseSelection, type EventSelection } from '../model/webhook-event.ts';
import type { Created } from '../registry/api-registry.ts';
import { describeChange, type Facts } from '../registry/change-description.ts';
import { dated, versioned } from '../registry/changed-record.ts';
import { createRecordId } from '../registry/credential.ts';
import { claimIdempotencyKey, type IdempotencyRequest } from '../registry/idempotency.ts';
import { resolveLocation } from '../registry/location-reference.ts';
import { resolveOrganization } from '../registry/organization-reference.ts';
import { requireVersion } from '../registry/precondition.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import type { AddressPolicy } from './address-policy.ts';
import {
  generateSigningSecret,
  sealSigningSecret,
  type SecretEncryption,
} from './webhook-signature.ts';
import { requireMayHear, resolveClient, resolveEvents, resolveMember } from './webhook-subject.ts';
import { parseWebhookUrl } from './webhook-url.ts';

/** Each change is written down for each webhook it concerns. */
const webhooksPerOrganizationMax = 100;

export interface WebhookRequest {
  url: string;
  events: EventSelection[];
  organization: string | undefined;
  location: string | null | undefined;
  /** Record id or client_id. */
  client: string | null;
  /** Record id. */
  member: string | null;
  active: boolean;
}

export type WebhookChanges = Patch<
  Pick<WebhookRequest, 'url' | 'events' | 'location' | 'client' | 'member' | 'active'>
>;

export interface CreatedWebhook extends Created<Webhook> {
  /** This once; null when an earlier request made the webhook, and has shown it. */
  signingSecret: string | null;
}

export interface WebhookDependencies {
  store: Store;
  encryption: SecretEncryption;
  policy: AddressPolicy;
}

export interface RotatedWebhook {
  webhook: Webhook;
  /** This once; null when an earlier request made it, and has shown it. */
  signingSecret: string | null;
}

export class WebhookRegistry {
  readonly #store: Store;
  readonly #encryption: SecretEncryption;
  readonly #policy: AddressPolicy;

  constructor({ store, encryption, policy }: WebhookDependencies) {
    this.#store = store;
    this.#encryption = encryption;
    this.#policy = policy;
  }

  async list(
    principal: Principal,
    filter: {
      organization?: string | undefined;
      location?: string | undefined;
      client?: string | undefined;
      member?: string | undefined;
      active?: boolean | undefined;
      q?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<ListedWebhook>> {
    const sight = sightOf(principal, filter);
    if (sight === undefined) return emptyPage;
    const { client: clientRecordId, member: memberId, active, q } = filter;
    return this.#store.read(async ({ webhooks, webhookDeliveries }) => {
      const found = await webhooks.list({ sight, clientRecordId, memberId, active, q }, page);
      const last = await webhookDeliveries.findLast(found.data);
      const withLast = (webhook: Webhook): ListedWebhook => ({
        ...webhook,
        lastDelivery: last.get(webhook.id) ?? null,
      });
      return { ...found, data: found.data.map(withLast) };
    });
  }

  async get(principal: Principal, id: string): Promise<Webhook> {
    return requireVisibleWebhook(
      principal,
      await this.#store.read(({ webhooks }) => webhooks.find(id)),
    );
  }

  async create(
    actor: Actor,
    request: WebhookRequest,
    idempotency?: IdempotencyRequest,
  ): Promise<CreatedWebhook> {
    const { principal } = actor;
    const { href: url } = parseWebhookUrl(request.url, this.#policy);
    const events = resolveEvents(principal, request.events);
    const signingSecret = generateSigningSecret();
    const secretJwe = await sealSigningSecret(this.#encryption, signingSecret);
    const changed = await this.#store.change(actor, async (change): Promise<CreatedWebhook> => {
      const id = createRecordId('webhook');
      const earlierId = await claimIdempotencyKey(change, principal, idempotency, id);
      if (earlierId !== undefined) {
        const record = requireVisibleWebhook(principal, await change.webhooks.find(earlierId));
        return { record, replayed: true, signingSecret: null };
      }
      const organizationId = await resolveOrganization(change, principal, request.organization);
      const locationId = await resolveLocation(change, principal, organizationId, request.location);
      const clientRecordId = await resolveClient(change, principal, organizationId, request.client);
      const memberId = await resolveMember(change, principal, organizationId, request.member);
      await requireRoom(change, organizationId);
      await change.webhooks.insert({
        id,
        organizationId,
        locationId,
        clientRecordId,
        memberId,
        url,
        events,
        active: request.active,
        secretJwe,
        createdBy: principal.id,
        createdAt: change.now,
      });
      const record = requireVisibleWebhook(principal, await change.webhooks.find(id));
      auditWebhook(change, 'webhook.created', record, { ...describe(record) });
      return { record: dated(record, change), replayed: false, signingSecret };
    });
    return { ...changed.value, record: versioned(changed.value.record, changed) };
  }

  /** Switched on again it begins anew: nothing of how it failed before counts. */
  async update(
    actor: Actor,
    id: string,
    changes: WebhookChanges,
    ifMatch: string | undefined,
  ): Promise<Webhook> {
    const { principal } = actor;
    const { url, events, location, client, member, active } = definedFields(changes);
    const href = url === undefined ? undefined : parseWebhookUrl(url, this.#policy).href;
    const selected = events && resolveEvents(principal, events);
    const changed = await this.#store.change(actor, async (change) => {
      const webhook = requireVisibleWebhook(principal, await change.webhooks.lock(id));
      requireVersion(webhook.version, ifMatch);
      const { organizationId } = webhook;
      const isRedirected = [url, location, client, member].some((field) => field !== undefined);
      // What it hears of goes to whoever changes where it is sent, or of whom.
      if (isRedirected) requireMayHear(principal, (selected ?? webhook.events).map(parseSelection));
      const isSwitchedOn = active === true && !webhook.active;
      const patch = definedFields({
        url: href,
        events: selected,
        locationId:
          location === undefined
            ? undefined
            : await resolveLocation(change, principal, organizationId, location),
        clientRecordId:
          client === undefined
            ? undefined
            : await resolveClient(change, principal, organizationId, client),
        memberId:
          member === undefined
            ? undefined
            : await resolveMember(change, principal, organizationId, member),
        active,
        ...(isSwitchedOn ? { failingSince: null, failures: 0, switchedOffAt: null } : {}),
      });
      await change.webhooks.update(id, patch);
      const after = { ...webhook, ...patch };
      if (hasOtherReaders(webhook, after)) await change.webhookDeliveries.giveUpWaiting(id);
      auditWebhook(change, 'webhook.updated', after, {
        ...describeChange(describe(webhook), describe(after)),
        // Of another path only that it is another one.
        ...(after.url === webhook.url ? {} : { url_changed: true }),
      });
      return dated(after, change);
    });
    return versioned(changed.value, changed);
  }

  async delete(actor: Actor, id: string, ifMatch: string | undefined): Promise<void> {
    await this.#store.change(actor, async (change) => {
      const webhook = requireVisibleWebhook(actor.principal, await change.webhooks.lock(id));
      requireVersion(webhook.version, ifMatch);
      await change.webhooks.delete(id, change.now);
      auditWebhook(change, 'webhook.deleted', webhook, describe(webhook));
    });
  }

  /** Through the overlap both secrets sign; a secret from before the present one ends now. */
  async rotateSecret(
    actor: Actor,
    id: string,
    overlapSeconds: number,
    idempotency?: IdempotencyRequest,
  ): Promise<RotatedWebhook> {
    const signingSecret = generateSigningSecret();
    const secretJwe = await sealSigningSecret(this.#encryption, signingSecret);
    const changed = await this.#store.change(actor, async (change): Promise<RotatedWebhook> => {
      const webhook = requireVisibleWebhook(actor.principal, await change.webhooks.lock(id));
      const earlierId = await claimIdempotencyKey(change, actor.principal, idempotency, id);
      if (earlierId !== undefined) return { webhook, signingSecret: null };
      const previousSecretEndsAt =
        overlapSeconds === 0 ? null : new Date(change.now.getTime() + overlapSeconds * 1000);
      await change.webhooks.replaceSecret(id, secretJwe, previousSecretEndsAt);
      auditWebhook(change, 'webhook.secret_rotated', webhook, { overlap_seconds: overlapSeconds });
      return { webhook: dated({ ...webhook, previousSecretEndsAt }, change), signingSecret };
    });
    return { ...changed.value, webhook: versioned(changed.value.webhook, changed) };
  }
}

/** What waited was not meant for the location, or the member, that it is made for from now on. */
function hasOtherReaders(before: Webhook, after: Webhook): boolean {
  const isMoved = (was: string | null, is: string | null) => is !== null && is !== was;
  return isMoved(before.locationId, after.locationId) || isMoved(before.memberId, after.memberId);
}

export function requireVisibleWebhook(principal: Principal, webhook: Webhook | undefined): Webhook {
  if (!webhook || !maySee(principal, webhook)) throw notFound('webhook');
  return webhook;
}

/** Of every change of a webhook: it adds nothing to what anybody may do, and takes nothing away. */
export function auditWebhook(
  change: RegistryChange,
  action:
    | 'webhook.created'
    | 'webhook.updated'
    | 'webhook.deleted'
    | 'webhook.secret_rotated'
    | 'webhook.tested'
    | 'webhook.replayed'
    | 'webhook.switched_off',
  { id, organizationId, locationId }: Webhook,
  details: Record<string, unknown>,
): void {
  change.touch('webhooks', id);
  change.affectsNothing();
  change.onlyAdds();
  change.audit({
    action,
    targetType: 'webhook',
    targetId: id,
    organizationId,
    locationId,
    details,
  });
}

async function requireRoom(change: RegistryChange, organizationId: string): Promise<void> {
  // No row can be locked for those that are not there yet: many at once would all find room.
  await change.serialize('webhooks');
  if ((await change.webhooks.count(organizationId)) < webhooksPerOrganizationMax) return;
  throw new RegistryError(
    'conflict',
    `an organization has at most ${webhooksPerOrganizationMax} webhooks: delete one, or let one select more events`,
  );
}

/** Path and query of the URL may hold what only its owner should know. */
function describe(webhook: Webhook): Facts {
  return {
    origin: new URL(webhook.url).origin,
    events: webhook.events,
    location: webhook.locationId,
    client: webhook.clientRecordId,
    member: webhook.memberId,
    active: webhook.active,
  };
}
