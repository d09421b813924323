/** The location a request means: the caller's own unless it names one it may see, or none. */
import { maySee, type Belonging, type Principal } from '../model/principal.ts';
import { forbidden, invalidAt } from '../model/registry-error.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';

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

/** The organization, and the location if there is one, that a record belongs to. */
export interface HeldPlace {
  /** undefined: none of them. */
  stopped: 'organization' | 'location' | undefined;
}

/** Nobody deletes or stops it until the change is over; undefined: it is deleted already. */
export async function holdPlace(
  change: RegistryChange,
  { organizationId, locationId }: Belonging,
): Promise<HeldPlace | undefined> {
  const organization = await change.organizations.hold(organizationId);
  const location = locationId === null ? undefined : await change.locations.hold(locationId);
  if (organization === undefined || (locationId !== null && location === undefined)) {
    return undefined;
  }
  if (!organization.active) return { stopped: 'organization' };
  return { stopped: location?.active === false ? 'location' : undefined };
}
