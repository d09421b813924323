/** What becomes of a member's clients when the member changes: they hold what the member holds now. */
import { endClient } from '../registry/client-deletion.ts';
import type { RegistryChange } from '../store/registry-change.ts';

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

/** Whoever a member gives links as: themselves, or a client of theirs. */
export async function listGivers(change: RegistryChange, memberId: string): Promise<string[]> {
  return [memberId, ...(await change.clients.listOfMember(memberId)).map(({ id }) => id)];
}
