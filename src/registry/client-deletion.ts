/** Deletes a client softly, whoever or whatever decided it: no tokens, gone from lists, and it can come back. */
import type { Client, DeletionReason } from '../model/records.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import { endGivenLinks, type EndedLinks } from './given-links.ts';

/** Part of a change that holds the client's lock; the change's one audit event is this one. */
export async function deleteClient(
  change: RegistryChange,
  client: Client,
  because: DeletionReason,
): Promise<void> {
  const ended = await endClient(change, client, because);
  change.audit({
    action: 'client.deleted',
    targetType: 'client',
    targetId: client.id,
    organizationId: client.organizationId,
    locationId: client.locationId,
    details: { name: client.name, client_id: client.clientId, because, ...ended },
  });
}

/** The same as part of a change that says something else of itself, such as that the client's member was removed. */
export async function endClient(
  change: RegistryChange,
  client: Client,
  because: DeletionReason,
): Promise<EndedLinks> {
  await change.clients.update(client.id, {
    active: false,
    activeWhenDeleted: client.active,
    deletedAt: change.now,
    deletedBecause: because,
  });
  // What it could do must not be stored in a link that it has given.
  const ended = await endGivenLinks(change, { client: client.id });
  change.cutOff('clients', client.id);
  change.touch('clients', client.id);
  return ended;
}

/** What a person deleted, a person looks at before it works again; silence alone made it no worse. */
export function isActiveWhenRestored(client: Client): boolean {
  return client.deletedBecause === 'inactivity' && client.activeWhenDeleted === true;
}
