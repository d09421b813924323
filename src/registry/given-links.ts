/**
 * Invitation links that a client has given end with what it could do, and with its access tokens: whoever had its
 * secret may have made themselves one, and nobody can tell that from the others (ADR 5).
 */
import type { Principal, Sight } from '../model/principal.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';

/** In an audit event, which is kept for ever. */
const linksShownMax = 50;

/** For the audit event, by record ids; nothing when none was open. */
export interface EndedLinks {
  invitations?: string[];
  /** When they are more than are shown. */
  invitations_count?: number;
}

/**
 * Of the client, or of every client that `sight` shows. The change has the client's lock, for which links that are
 * being given hold it (`holdGiver`), or has waited for all that are (`serializeLinks`): what was given is to be seen.
 */
export async function endGivenLinks(
  change: RegistryChange,
  givers: { client: string } | { sight: Sight },
): Promise<EndedLinks> {
  return describeEndedLinks(
    'client' in givers
      ? await change.invitations.revokeOpenBy([givers.client], change.now)
      : await change.invitations.revokeOpenByClients(givers.sight, change.now),
  );
}

export function describeEndedLinks(ids: readonly string[]): EndedLinks {
  if (ids.length === 0) return {};
  return {
    invitations: ids.slice(0, linksShownMax),
    ...(ids.length > linksShownMax ? { invitations_count: ids.length } : {}),
  };
}

/**
 * A link is not to outlive what its giver could do, so nothing is taken from a client while it gives one. Whoever was
 * first lets the other go on: the link is seen and ended, or its giver is asked again whether it still may.
 */
export async function holdGiver(change: RegistryChange, { type, id }: Principal): Promise<void> {
  if (type === 'client') await change.clients.hold(id);
}

/**
 * Waits for links that are being given, and lets no other be given until the change is over: for whoever ends those
 * of more clients than can be locked.
 */
export async function serializeLinks(change: RegistryChange): Promise<void> {
  await change.serialize('members');
}
