/**
 * Whether whoever changes the registry still may: asked again when the change has its place in the order of
 * all changes, for between being let in and that moment it may have waited for a body, a turn or a lock.
 */
import type { EntityManager } from 'typeorm';
import { findAdminGrant } from '../../model/permission.ts';
import type {
  Actor,
  Entitlement,
  SessionEntitlement,
  TokenEntitlement,
} from '../../model/principal.ts';
import { forbidden, RegistryError } from '../../model/registry-error.ts';
import { publishedStates } from '../../model/signing-key.ts';
import { isTokenActive } from '../../model/token-activity.ts';
import { permissionsOf } from '../../model/role.ts';
import { MemberSessionStore } from '../records/member-session-store.ts';
import { SigningKeyStore } from '../records/signing-key-store.ts';
import type { StatementValues } from '../query/statement-values.ts';
import { readTokenClientWithin } from '../records/token-client-reader.ts';

/** Another change came in between, and may have ended what the actor was let in by: to be looked at again. */
export class EntitlementOvertaken extends Error {
  constructor() {
    super('the caller was changed while its own change was carried out');
    this.name = 'EntitlementOvertaken';
  }
}

/**
 * The actor with its entitlement as it holds at this moment. Throws `unauthenticated` when its token or its session has
 * ended, and `forbidden` when a permission it was let in with is not granted any more. To be called before the change
 * writes anything: what it does to its own client must not speak against it.
 */
export async function renewEntitlement(
  manager: EntityManager,
  actor: Actor,
  clockOffsetMillis: () => number,
): Promise<Actor> {
  const { principal, entitlement } = actor;
  if (entitlement === undefined) return actor;
  const { granted, registryVersion } =
    entitlement.kind === 'session'
      ? await readSessionGrant(manager, entitlement, clockOffsetMillis)
      : await readTokenGrant(manager, entitlement);
  const lost = [...principal.permissions].filter((permission) => !granted.includes(permission));
  if (lost.length > 0) {
    throw forbidden(
      `${lost.join(' and ')} was taken from you while the request was carried out: nothing was changed`,
    );
  }
  return { ...actor, entitlement: { ...entitlement, registryVersion } };
}

interface GrantNow {
  granted: readonly string[];
  registryVersion: bigint;
}

async function readTokenGrant(
  manager: EntityManager,
  { clientId, tokenId, audience, signingKeyId }: TokenEntitlement,
): Promise<GrantNow> {
  const { client, registryVersion } = await readTokenClientWithin(manager, clientId);
  const key = await new SigningKeyStore(manager).find(signingKeyId);
  const isSigned = key !== undefined && publishedStates.includes(key.state);
  if (client === undefined || !isSigned || !isTokenActive(client, tokenId)) {
    throw ended('access token');
  }
  return { granted: findAdminGrant(client, audience)?.scopes ?? [], registryVersion };
}

async function readSessionGrant(
  manager: EntityManager,
  { sessionId }: SessionEntitlement,
  clockOffsetMillis: () => number,
): Promise<GrantNow> {
  const sessions = new MemberSessionStore(manager, clockOffsetMillis);
  const reading = await sessions.findLiveById(sessionId);
  if (reading === undefined) throw ended('session');
  const { member, registryVersion } = reading;
  return { granted: permissionsOf(member.standing), registryVersion };
}

function ended(what: 'access token' | 'session'): RegistryError {
  return new RegistryError(
    'unauthenticated',
    `the ${what} ended while the request was carried out: nothing was changed`,
  );
}

/**
 * SQL, true when any change since the entitlement was known to hold affects it, or revoked the key that signed its
 * token. To be asked when no other change can pass any more, and before this one has an audit event of its own.
 */
export function overtakenCondition(entitlement: Entitlement, values: StatementValues): string {
  const { registryVersion, recordIds } = entitlement;
  const signingKeyId = entitlement.kind === 'access_token' ? entitlement.signingKeyId : null;
  return `EXISTS (SELECT FROM audit_events
                   WHERE sequence > ${values.add(registryVersion.toString())}
                     AND (affected IS NULL OR affected && ${values.add(recordIds)}::text[]
                          OR (action = 'signing_key.revoked' AND target_id = ${values.add(signingKeyId)})))`;
}
