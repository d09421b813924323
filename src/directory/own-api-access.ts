/**
 * A member's own API access: a personal client that holds of the admin API what its member holds at that
 * moment, and ends with the member. The member turns it on and off; an administrator can clear it.
 */
import type { Member } from '../model/member.ts';
import type { Actor, Principal } from '../model/principal.ts';
import { notFound, RegistryError } from '../model/registry-error.ts';
import type { Client } from '../model/records.ts';
import { endClient } from '../registry/client-deletion.ts';
import type { ClientSecretRegistry } from '../registry/client-secret-registry.ts';
import { createRecordId, generateClientId, generateClientSecret } from '../registry/credential.ts';
import { claimIdempotencyKey, type IdempotencyRequest } from '../registry/idempotency.ts';
import { insertClientSecret } from '../registry/new-client-secret.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import { requireVisibleMember } from './member-registry.ts';

export interface ShownCredential {
  client: Client;
  /** This once; null when an earlier request made it, and has shown it. */
  clientSecret: string | null;
}

export class OwnApiAccess {
  readonly #store: Store;
  readonly #secrets: ClientSecretRegistry;

  constructor(dependencies: { store: Store; secrets: ClientSecretRegistry }) {
    this.#store = dependencies.store;
    this.#secrets = dependencies.secrets;
  }

  /** undefined: it is off. */
  async find({ id }: Principal): Promise<Client | undefined> {
    return this.#store.read(({ clients }) => clients.findPersonal(id));
  }

  async findOf(
    principal: Principal,
    memberId: string,
  ): Promise<{ member: Member; client: Client | undefined }> {
    return this.#store.read(async ({ members, clients }) => {
      const member = requireVisibleMember(principal, await members.find(memberId));
      return { member, client: await clients.findPersonal(memberId) };
    });
  }

  async turnOn(actor: Actor, idempotency?: IdempotencyRequest): Promise<ShownCredential> {
    const { principal } = actor;
    const clientSecret = generateClientSecret();
    const { value } = await this.#store.change(actor, async (change): Promise<ShownCredential> => {
      const member = await change.members.lock(principal.id);
      if (!member) throw notFound('member');
      const id = createRecordId('client');
      const earlierId = await claimIdempotencyKey(change, principal, idempotency, id);
      const present = await change.clients.findPersonal(member.id);
      if (earlierId !== undefined) {
        // It may have been turned off meanwhile.
        if (present?.id !== earlierId) throw notFound('client');
        return { client: present, clientSecret: null };
      }
      if (present !== undefined) {
        throw new RegistryError(
          'conflict',
          'your API access is on already: regenerate its credential if you have lost it',
        );
      }
      const client = await insertPersonalClient(change, member, id);
      const hint = await insertClientSecret(change, {
        clientRecordId: client.id,
        clientSecret,
        createdBy: principal,
        expiresAt: null,
      });
      change.touch('clients', client.id);
      change.onlyAdds();
      change.audit({
        action: 'api_access.turned_on',
        targetType: 'client',
        targetId: client.id,
        organizationId: member.organizationId,
        locationId: member.locationId,
        details: { member: member.id, client_id: client.clientId, hint },
      });
      return { client, clientSecret };
    });
    return value;
  }

  /** A new secret in place of the old one, whose access tokens end as well. */
  async regenerate(actor: Actor, idempotency?: IdempotencyRequest): Promise<ShownCredential> {
    const client = await this.find(actor.principal);
    if (client === undefined) throw isOff();
    const request = { clientId: false, overlapSeconds: 0, revokeTokens: true };
    return this.#secrets.regenerate(actor, client.id, request, idempotency);
  }

  async turnOff(actor: Actor): Promise<void> {
    const { id } = actor.principal;
    await this.#store.change(actor, async (change) => {
      const member = await change.members.lock(id);
      if (!member) throw notFound('member');
      await this.#end(change, member, 'api_access.turned_off');
    });
  }

  /** By an administrator: the member must turn it on again. */
  async clear(actor: Actor, memberId: string): Promise<void> {
    await this.#store.change(actor, async (change) => {
      const member = requireVisibleMember(actor.principal, await change.members.lock(memberId));
      await this.#end(change, member, 'api_access.cleared');
    });
  }

  async #end(
    change: RegistryChange,
    member: Member,
    action: 'api_access.turned_off' | 'api_access.cleared',
  ): Promise<void> {
    const client = await change.clients.findPersonal(member.id);
    if (client === undefined) throw isOff();
    const ended = await endClient(change, client, 'person');
    change.audit({
      action,
      targetType: 'client',
      targetId: client.id,
      organizationId: member.organizationId,
      locationId: member.locationId,
      details: { member: member.id, client_id: client.clientId, ...ended },
    });
  }
}

function isOff(): RegistryError {
  return new RegistryError('conflict', 'the API access of this member is off');
}

/** Of the admin API it is granted no scope of its own: the member's are read at each use. */
async function insertPersonalClient(
  change: RegistryChange,
  { id: memberId, name, organizationId, locationId }: Member,
  id: string,
): Promise<Client> {
  const adminApi = await change.apis.findBuiltIn();
  if (!adminApi) throw new Error('the built-in admin API is missing: it is made at first start');
  await change.clients.insert({
    id,
    clientId: generateClientId(),
    organizationId,
    locationId,
    name: `API access of ${name}`.slice(0, 200).toWellFormed(),
    description: 'Turned on by the member; holds what the member holds.',
    active: true,
    authenticationMethod: 'client_secret',
    accessTokenLifetimeSeconds: null,
    exemptFromInactivity: false,
    memberId,
    personal: true,
    grants: [
      { apiId: adminApi.id, apiIdentifier: adminApi.identifier, scopes: [], isDefault: true },
    ],
    createdAt: change.now,
  });
  const client = await change.clients.find(id);
  if (!client) throw new Error('the client that was just made is gone');
  return client;
}
