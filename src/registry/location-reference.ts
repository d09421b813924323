/** The location a request means: the caller's own unless it names one it may see, or none. */
import { maySee, type Belonging, type Principal } from '../model/principal.ts';
import { forbidden, invalidAt } from '../model/registry-error.ts';
import type { RegistryChange } from '../store/registry-change.ts';

/** null: what is made belongs to the organization itself, and not to a location of it. */
export async function resolveLocation(
  change: RegistryChange,
  principal: Principal,
  organizationId: string,
  location: string | null | undefined,
): Promise<string | null> {
  if (location === undefined) return principal.locationId;
  if (location === null) {
    if (principal.locationId === null) return null;
    throw forbidden(
      'you may not give away more than your location: leave location out, or name it',
    );
  }
  const found = await change.locations.hold(location);
  const isThere =
    found?.organizationId === organizationId &&
    maySee(principal, { organizationId, locationId: location });
  if (isThere) return location;
  throw invalidAt(
    '/location',
    'there is no such location in the organization, or it is not yours to see',
  );
}

/** Nobody deletes what a record belongs to until the change is over; false: it is deleted already. */
export async function holdPlace(
  change: RegistryChange,
  { organizationId, locationId }: Belonging,
): Promise<boolean> {
  return (
    (await change.organizations.hold(organizationId)) !== undefined &&
    (locationId === null || (await change.locations.hold(locationId)) !== undefined)
  );
}
