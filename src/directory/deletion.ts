/** What holds something is not deleted: whoever does it empties it first, and sees what goes. */
import type { Sight } from '../model/principal.ts';
import { RegistryError } from '../model/registry-error.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';

/** Of each kind. */
export const holdersShownMax = 100;

type Held = Readonly<Record<string, readonly { id: string; name: string }[]>>;

/** Throws `conflict` with the lists of what is in it, by the noun of each. */
export function requireHoldsNothing(noun: string, held: Held): void {
  const lists = Object.entries(held).filter(([, records]) => records.length > 0);
  if (lists.length === 0) return;
  const nouns = lists.map(([name]) => name).join(' and ');
  throw new RegistryError('conflict', `the ${noun} still holds ${nouns}: delete them first`, {
    extensions: Object.fromEntries(lists),
  });
}

const firstPage = { limit: holdersShownMax, cursor: null, sort: 'created_at' };

export async function listMembers(
  change: RegistryChange,
  sight: Sight,
): Promise<{ id: string; name: string }[]> {
  const { data } = await change.members.list({ sight }, firstPage);
  return data.map(({ id, name }) => ({ id, name }));
}

/** By where they send: the rest of the URL is their owner's alone. */
export async function listWebhooks(
  change: RegistryChange,
  sight: Sight,
): Promise<{ id: string; name: string }[]> {
  const { data } = await change.webhooks.list({ sight }, firstPage);
  return data.map(({ id, url }) => ({ id, name: new URL(url).origin }));
}
