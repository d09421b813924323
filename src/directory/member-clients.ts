/** What becomes of a member's clients and webhooks when the member changes: they have what the member has now. */
import { endClient } from '../registry/client-deletion.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';

/** Instances compile the member's clients anew, and nobody acts any more on what they knew of them. */
export async function affectClients(change: RegistryChange, memberId: string): Promise<void> {
  for (const { id } of await change.clients.listOfMember(memberId)) change.affects(id);
}

/** Besides, the access tokens they have are inactive for good. */
export async function cutOffClients(change: RegistryChange, memberId: string): Promise<void> {
  for (const { id } of await change.clients.listOfMember(memberId)) change.cutOff('clients', id);
}

/** They end with the member. */
export async function deleteClients(change: RegistryChange, memberId: string): Promise<void> {
  for (const client of await change.clients.listOfMember(memberId)) {
    await endClient(change, client, 'person');
  }
}

/** What was to be told to the member, or on their behalf; returns the record ids. */
export async function deleteWebhooks(change: RegistryChange, memberId: string): Promise<string[]> {
  const ids = await change.webhooks.listIdsOfMember(memberId);
  for (const id of ids) {
    await change.webhooks.delete(id, change.now);
    change.touch('webhooks', id);
  }
  return ids;
}

/** Whoever a member gives links as: themselves, or a client of theirs. */
export async function listGivers(change: RegistryChange, memberId: string): Promise<string[]> {
  return [memberId, ...(await change.clients.listOfMember(memberId)).map(({ id }) => id)];
}
