/** Whoever holds a link, before they have come in with it. */
import type { Invitation } from '../model/member.ts';
import type { Actor } from '../model/principal.ts';
import { invalidAt, RegistryError } from '../model/registry-error.ts';
import { requireEmailAddress } from './member-registry.ts';
import type { Visitor } from './session-registry.ts';

/** A link for somebody is for nobody else; any other asks who comes. */
export function requireWhose(invitation: Invitation, named: string | undefined): string {
  if (invitation.email === null) {
    if (named === undefined) throw invalidAt('/email', 'say what your e-mail address is');
    return requireEmailAddress(named);
  }
  if (named !== undefined) {
    throw invalidAt('/email', 'the link says whose it is: leave the e-mail address out');
  }
  return invitation.email;
}

export function deadLink(): RegistryError {
  return new RegistryError(
    'not_found',
    'the link is not valid, or not any more: ask for a new one',
  );
}

/** Whoever holds the link acts for themselves. */
export function actorOf(
  { origin }: Visitor,
  memberId: string,
  {
    email,
    organizationId,
    locationId,
  }: Pick<Invitation, 'organizationId' | 'locationId'> & {
    email: string;
  },
): Actor {
  return {
    principal: {
      type: 'member',
      id: memberId,
      name: email,
      organizationId,
      locationId,
      permissions: new Set(),
    },
    origin,
  };
}
