/**
 * Revokes access tokens that nobody stores (DESIGN §7): one of them by its `jti`, or by a cut-off all that
 * were issued before. Whoever asks again is told the same, and leaves no second audit event.
 */
import {
  everything,
  isOperator,
  mayActForOrganization,
  maySee,
  maySeeOrganization,
  type Actor,
  type Principal,
} from '../model/principal.ts';
import { forbidden, invalidAt, notFound } from '../model/registry-error.ts';
import type { Client } from '../model/records.ts';
import { isRecordId } from '../model/record-id.ts';
import { parseTokenId } from '../model/token-id.ts';
import type { FoundSecret } from '../store/records/client-secret-store.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import { requireVisibleClient } from './client-registry.ts';
import { digestClientSecret } from './credential.ts';
import { endGivenLinks, serializeLinks } from './given-links.ts';
import { getAdminApiId, requireOtherOperator } from './last-operator.ts';
import { revokeSingleToken, type RevocableToken } from './single-token-revocation.ts';

/** No access token lives longer than this. */
const accessTokenSecondsMax = 86_400;

export interface Revoked {
  type: 'access_token' | 'client_secret' | 'client' | 'location' | 'organization' | 'instance';
  /** `jti` or record id; `instance` for everything. */
  id: string;
  /** Registry version with which every instance obeys. */
  version: bigint;
}

type Target = Omit<Revoked, 'version'>;

export class TokenRevocation {
  readonly #store: Store;

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  /** Throws TooManyRevokedTokens. */
  async revokeToken(actor: Actor, token: RevocableToken): Promise<Revoked> {
    if (!maySee(actor.principal, token)) throw notFound('access token');
    const target = { type: 'access_token', id: token.tokenId } as const;
    if (!token.isActive) return { ...target, version: await this.#store.untilAllObey(actor) };
    return this.#change(actor, async (change) => {
      await revokeSingleToken(change, token);
      return target;
    });
  }

  /** For operators, who have the `jti` from a log; `expiresAt` is the token's own `exp`, or later. */
  async revokeTokenId(actor: Actor, tokenId: string, expiresAt: Date): Promise<Revoked> {
    requireOperator(actor.principal, 'revoke an access token by its jti');
    const fields = parseTokenId(tokenId);
    return this.#change(actor, async (change) => {
      const clientRecordId =
        fields && (await change.clientSecrets.findClientBySerial(fields.credentialSerial));
      if (clientRecordId === undefined) throw notFound('access token');
      requireAccessTokenExpiry(expiresAt, change.now);
      await revokeSingleToken(change, { tokenId, clientRecordId, expiresAt });
      return { type: 'access_token', id: tokenId };
    });
  }

  /**
   * `reference` is the secret itself, wherever it was found, or its record id. Its tokens end with it, and the
   * links that its client has given.
   */
  async revokeSecret(actor: Actor, reference: string): Promise<Revoked> {
    const secretDigest = digestClientSecret(reference);
    // A secret is no id: PostgreSQL logs what it is asked for.
    const secretId = isRecordId('secret', reference) ? reference : undefined;
    return this.#change(actor, async (change) => {
      const { secret, client } = await lockSecret(change, actor.principal, secretDigest, secretId);
      const { id } = secret;
      if (secret.revokedAt !== null && secret.cutoffVersion > 0n) {
        change.unchanged();
        return { type: 'client_secret', id };
      }
      if (secret.revokedAt === null) await change.clientSecrets.revoke(id, change.now);
      if (!(await change.clientSecrets.hasLive(client.id, change.now))) {
        await requireOtherOperator(change, client, await getAdminApiId(change));
      }
      change.cutOff('client_secrets', id);
      change.touch('clients', client.id);
      change.audit({
        action: 'client_secret.revoked',
        targetType: 'client_secret',
        targetId: id,
        organizationId: client.organizationId,
        locationId: client.locationId,
        details: {
          client: client.id,
          hint: secret.hint,
          revoke_tokens: true,
          ...(await endGivenLinks(change, { client: client.id })),
        },
      });
      return { type: 'client_secret', id };
    });
  }

  /** Every access token so far of a client, named by record id or client_id, and every link it has given; it stays active. */
  async revokeTokensOfClient(actor: Actor, reference: string): Promise<Revoked> {
    return this.#change(actor, async (change) => {
      const [found] = await change.clients.findByReferences([reference]);
      const visible = requireVisibleClient(actor.principal, found);
      const client = requireVisibleClient(actor.principal, await change.clients.lock(visible.id));
      change.cutOff('clients', client.id);
      change.touch('clients', client.id);
      change.audit({
        action: 'client.tokens_revoked',
        targetType: 'client',
        targetId: client.id,
        organizationId: client.organizationId,
        locationId: client.locationId,
        details: {
          name: client.name,
          client_id: client.clientId,
          ...(await endGivenLinks(change, { client: client.id })),
        },
      });
      return { type: 'client', id: client.id };
    });
  }

  async revokeTokensOfOrganization(actor: Actor, id: string): Promise<Revoked> {
    return this.#change(actor, async (change) => {
      const organization = maySeeOrganization(actor.principal, id)
        ? await change.organizations.lock(id)
        : undefined;
      if (!organization) throw notFound('organization');
      if (!mayActForOrganization(actor.principal, id)) {
        throw forbidden('you may revoke the access tokens of your own location alone');
      }
      await serializeLinks(change);
      const sight = { organizationId: id, locationId: null };
      change.cutOff('organizations', id);
      change.audit({
        action: 'organization.tokens_revoked',
        targetType: 'organization',
        targetId: id,
        organizationId: id,
        details: { name: organization.name, ...(await endGivenLinks(change, { sight })) },
      });
      return { type: 'organization', id };
    });
  }

  async revokeTokensOfLocation(actor: Actor, id: string): Promise<Revoked> {
    return this.#change(actor, async (change) => {
      const location = await change.locations.lock(id);
      const { principal } = actor;
      if (!location || !maySee(principal, { ...location, locationId: id })) {
        throw notFound('location');
      }
      await serializeLinks(change);
      const sight = { organizationId: location.organizationId, locationId: id };
      change.cutOff('locations', id);
      change.audit({
        action: 'location.tokens_revoked',
        targetType: 'location',
        targetId: id,
        organizationId: location.organizationId,
        locationId: id,
        details: { name: location.name, ...(await endGivenLinks(change, { sight })) },
      });
      return { type: 'location', id };
    });
  }

  async revokeEverything(actor: Actor): Promise<Revoked> {
    requireOperator(actor.principal, 'revoke every access token there is');
    return this.#change(actor, async (change) => {
      await serializeLinks(change);
      change.cutOffEverything();
      change.audit({
        action: 'instance.tokens_revoked',
        targetType: 'instance',
        targetId: 'instance',
        organizationId: null,
        details: { ...(await endGivenLinks(change, { sight: everything })) },
      });
      return { type: 'instance', id: 'instance' };
    });
  }

  async #change(actor: Actor, work: (change: RegistryChange) => Promise<Target>): Promise<Revoked> {
    const { value, version } = await this.#store.change(actor, work);
    // Revoked already, but perhaps not yet obeyed by all.
    return { ...value, version: version ?? (await this.#store.untilAllObey(actor)) };
  }
}

function requireOperator(principal: Principal, act: string): void {
  if (!isOperator(principal)) throw forbidden(`only an operator may ${act}`);
}

function requireAccessTokenExpiry(expiresAt: Date, now: Date): void {
  const seconds = (expiresAt.getTime() - now.getTime()) / 1000;
  if (seconds > 0 && seconds <= accessTokenSecondsMax) return;
  throw invalidAt(
    '/expires_at',
    'must be the expiry of an access token that lives: later than now, and by a day at most',
  );
}

/** The secret and its client, also a deleted one: it can be restored, and must not bring the secret back. */
async function lockSecret(
  change: RegistryChange,
  principal: Principal,
  secretDigest: Buffer,
  id: string | undefined,
): Promise<{ secret: FoundSecret; client: Client }> {
  const revokedLast = (one: FoundSecret, other: FoundSecret) =>
    Number(one.revokedAt !== null) - Number(other.revokedAt !== null);
  const find = async () =>
    (await change.clientSecrets.findAnywhere(secretDigest, id)).toSorted(revokedLast);
  // Only an operator can make two that are alike; the one that still works is found first.
  for (const { id: secretId, clientRecordId } of await find()) {
    const client =
      (await change.clients.lock(clientRecordId)) ??
      (await change.clients.findDeleted(clientRecordId));
    if (!client || !maySee(principal, client)) continue;
    // Read again, now that nobody else can change it.
    const secret = (await find()).find((candidate) => candidate.id === secretId);
    if (secret) return { secret, client };
  }
  throw notFound('client secret');
}
