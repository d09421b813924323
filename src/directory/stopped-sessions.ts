/** Whoever is signed in to what is stopped signs in anew when it goes on, as one does who was deactivated (ADR 17). */
import type { Belonging } from '../model/principal.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';

/** The change has the lock of the place, which everybody who signs in to it holds; for its audit event. */
export async function endSessionsIn(
  change: RegistryChange,
  place: Belonging,
): Promise<{ sessions_ended?: number }> {
  const ended = await change.memberSessions.endAllIn(place);
  return ended === 0 ? {} : { sessions_ended: ended };
}
