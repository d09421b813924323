/**
 * The order in which a change takes its locks, so that no two ever wait for each other:
 *
 * 1. the places: an organization, then a location of it (`lock`, or `hold` by whoever puts something there);
 * 2. APIs;
 * 3. `serialize('members')`: addresses, and links that are given;
 * 4. members;
 * 5. clients, by whatever changes them, and by the link that one of them gives (`holdGiver`);
 * 6. `serialize('webhooks')`, `serialize('bootstrap')` and the like;
 * 7. the registry's version, last in every change.
 *
 * A change may leave any of them out, and may take again what it has. What it has to know before it knows what to
 * lock it reads without a lock, and reads again when it has it.
 */
import type { Client } from '../model/records.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import { holdApis } from './client-grants.ts';
import type { ClientChanges } from './client-request.ts';
import { holdPlace } from './location-reference.ts';

/** What a change of the client is going to take besides the client's own lock, for which it is then ready. */
export async function holdAroundClient(
  change: RegistryChange,
  id: string,
  { location, member, grants }: Pick<ClientChanges, 'location' | 'member' | 'grants'>,
): Promise<void> {
  if (location === undefined && member === undefined && !grants) return;
  const client = await change.clients.find(id);
  if (client === undefined) return;
  if (location) await change.locations.hold(location);
  if (grants) await holdApis(change, client, grants);
  const memberId = member === undefined ? client.memberId : member;
  const isMoved = location !== undefined || member !== undefined;
  if (isMoved && memberId !== null) await change.members.lock(memberId);
}

/** The same for one that is deleted, and is to come back to where it was. */
export async function holdAroundRestored(
  change: RegistryChange,
  client: Client | undefined,
): Promise<void> {
  if (client === undefined) return;
  await holdPlace(change, client);
  if (client.memberId !== null) await change.members.lock(client.memberId);
}
