/** Rules for client secrets: several may live, each is shown once, and none can be read back. */
import type { Page, PageRequest } from '../model/page.ts';
import type { Actor, Principal } from '../model/principal.ts';
import { notFound, RegistryError } from '../model/registry-error.ts';
import type { Client, ClientSecret } from '../model/records.ts';
import type { Store } from '../store/store.ts';
import type { Created } from './api-registry.ts';
import { requireVisibleClient } from './client-registry.ts';
import { createRecordId, generateClientId, generateClientSecret } from './credential.ts';
import { requireMayImpersonate, requireMayManageSecrets } from './delegation.ts';
import { endGivenLinks } from './given-links.ts';
import { insertClientSecret } from './new-client-secret.ts';
import { claimIdempotencyKey, type IdempotencyRequest } from './idempotency.ts';
import { getAdminApiId, requireOtherOperator } from './last-operator.ts';

export interface NewSecretRequest {
  /** undefined: it never expires. */
  expiresInSeconds: number | undefined;
  /** undefined: the others stay; 0: they end now. */
  retireOthersInSeconds: number | undefined;
  /** undefined: however quiet they are. */
  retireOthersWhenQuiet: QuietRule | undefined;
}

/** The others go once nobody has used them for so long; who still does when they are due is told of. */
export interface QuietRule {
  seconds: number;
  dueInSeconds: number;
}

export interface RegenerationRequest {
  /** Also a new client_id, which changes the subject of the client's tokens. */
  clientId: boolean;
  /** How long the old pair still authenticates. */
  overlapSeconds: number;
  revokeTokens: boolean;
}

export interface CreatedSecret extends Created<ClientSecret> {
  clientSecret: string | null;
  /** The database's clock, which tells live secrets from ended ones. */
  now: Date;
}

export interface RegeneratedCredential {
  client: Client;
  /** null when an earlier request made it, and has shown it. */
  clientSecret: string | null;
  oldCredentialEndsAt: Date | null;
}

export class ClientSecretRegistry {
  readonly #store: Store;

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  async list(
    principal: Principal,
    clientRecordId: string,
    page: PageRequest,
  ): Promise<{ secrets: Page<ClientSecret>; now: Date }> {
    const { now } = await this.#store.readState();
    const secrets = await this.#store.read(async ({ clients, clientSecrets }) => {
      requireVisibleClient(principal, await clients.find(clientRecordId));
      return clientSecrets.list(clientRecordId, page);
    });
    return { secrets, now };
  }

  async create(
    actor: Actor,
    clientRecordId: string,
    request: NewSecretRequest,
    idempotency?: IdempotencyRequest,
  ): Promise<CreatedSecret> {
    const clientSecret = generateClientSecret();
    const { value } = await this.#store.change(actor, async (change): Promise<CreatedSecret> => {
      const client = requireVisibleClient(
        actor.principal,
        await change.clients.lock(clientRecordId),
      );
      requireMayImpersonate(actor.principal, client, await getAdminApiId(change));
      const id = createRecordId('secret');
      const earlierId = await claimIdempotencyKey(change, actor.principal, idempotency, id);
      if (earlierId !== undefined) {
        const record = await change.clientSecrets.get(clientRecordId, earlierId);
        return { record, replayed: true, clientSecret: null, now: change.now };
      }
      if (request.retireOthersInSeconds !== undefined) {
        await change.clientSecrets.retireOthers(
          clientRecordId,
          id,
          later(change.now, request.retireOthersInSeconds),
        );
      }
      const rule = request.retireOthersWhenQuiet;
      if (rule !== undefined) {
        await change.secretRetirements.retireOthersWhenQuiet(clientRecordId, id, {
          quietSeconds: rule.seconds,
          from: change.now,
          dueAt: later(change.now, rule.dueInSeconds),
        });
      }
      const expiresAt =
        request.expiresInSeconds === undefined ? null : later(change.now, request.expiresInSeconds);
      const hint = await insertClientSecret(change, {
        id,
        clientRecordId,
        clientSecret,
        createdBy: actor.principal,
        expiresAt,
      });
      change.touch('clients', clientRecordId);
      if (request.retireOthersInSeconds === undefined) change.onlyAdds();
      change.audit({
        action: 'client_secret.created',
        targetType: 'client_secret',
        targetId: id,
        organizationId: client.organizationId,
        locationId: client.locationId,
        details: {
          client: client.id,
          hint,
          expires_at: expiresAt?.toISOString() ?? null,
          retire_others_in_seconds: request.retireOthersInSeconds ?? null,
          retire_others_when_quiet_for_seconds: rule?.seconds ?? null,
        },
      });
      const record = await change.clientSecrets.get(clientRecordId, id);
      return { record, replayed: false, clientSecret, now: change.now };
    });
    return value;
  }

  /** At once. With `revokeTokens` the access tokens it was used for become inactive, and links of its client end. */
  async revoke(
    actor: Actor,
    clientRecordId: string,
    secretId: string,
    revokeTokens: boolean,
  ): Promise<void> {
    await this.#store.change(actor, async (change) => {
      const client = requireVisibleClient(
        actor.principal,
        await change.clients.lock(clientRecordId),
      );
      requireMayManageSecrets(actor.principal, client);
      const secret = await change.clientSecrets.find(clientRecordId, secretId);
      if (!secret) throw notFound('client secret');
      await change.clientSecrets.revoke(secretId, change.now);
      if (!(await change.clientSecrets.hasLive(clientRecordId, change.now))) {
        await requireOtherOperator(change, client, await getAdminApiId(change));
      }
      if (revokeTokens) change.cutOff('client_secrets', secretId);
      change.touch('clients', clientRecordId);
      change.audit({
        action: 'client_secret.revoked',
        targetType: 'client_secret',
        targetId: secretId,
        organizationId: client.organizationId,
        locationId: client.locationId,
        details: {
          client: client.id,
          hint: secret.hint,
          revoke_tokens: revokeTokens,
          ...(revokeTokens ? await endGivenLinks(change, { client: client.id }) : {}),
        },
      });
    });
  }

  /** Cancels a retirement that has not come to pass. */
  async keep(
    actor: Actor,
    clientRecordId: string,
    secretId: string,
  ): Promise<{ secret: ClientSecret; now: Date }> {
    const { value } = await this.#store.change(actor, async (change) => {
      const client = requireVisibleClient(
        actor.principal,
        await change.clients.lock(clientRecordId),
      );
      requireMayImpersonate(actor.principal, client, await getAdminApiId(change));
      const secret = await change.clientSecrets.find(clientRecordId, secretId);
      if (!secret) throw notFound('client secret');
      const ends = [secret.expiresAt, secret.retiresAt];
      const hasEnded = ends.some((end) => end !== null && end <= change.now);
      if (hasEnded || !(await change.clientSecrets.keep(secretId))) {
        throw new RegistryError('conflict', 'the secret has ended already: make a new one');
      }
      change.touch('clients', clientRecordId);
      change.onlyAdds();
      change.audit({
        action: 'client_secret.kept',
        targetType: 'client_secret',
        targetId: secretId,
        organizationId: client.organizationId,
        locationId: client.locationId,
        details: { client: client.id, hint: secret.hint },
      });
      const kept = { retiresAt: null, quietSeconds: null, retirementDueAt: null };
      return { secret: { ...secret, ...kept }, now: change.now };
    });
    return value;
  }

  /** A new secret in place of all others, and a new client_id if asked; the old ones live through the overlap. */
  async regenerate(
    actor: Actor,
    clientRecordId: string,
    request: RegenerationRequest,
    idempotency?: IdempotencyRequest,
  ): Promise<RegeneratedCredential> {
    const clientSecret = generateClientSecret();
    const { value } = await this.#store.change(actor, async (change) => {
      const client = requireVisibleClient(
        actor.principal,
        await change.clients.lock(clientRecordId),
      );
      requireMayImpersonate(actor.principal, client, await getAdminApiId(change));
      const id = createRecordId('secret');
      const endOfOld = (from: Date) =>
        request.overlapSeconds === 0 ? null : later(from, request.overlapSeconds);
      const earlierId = await claimIdempotencyKey(change, actor.principal, idempotency, id);
      if (earlierId !== undefined) {
        const { createdAt } = await change.clientSecrets.get(clientRecordId, earlierId);
        return { client, clientSecret: null, oldCredentialEndsAt: endOfOld(createdAt) };
      }
      const endsAt = later(change.now, request.overlapSeconds);
      if (request.overlapSeconds === 0)
        await change.clientSecrets.revokeAll(clientRecordId, change.now);
      else await change.clientSecrets.retireOthers(clientRecordId, id, endsAt);
      const hint = await insertClientSecret(change, {
        id,
        clientRecordId,
        clientSecret,
        createdBy: actor.principal,
        expiresAt: null,
      });
      const clientId = request.clientId ? generateClientId() : client.clientId;
      if (request.clientId) {
        await change.clients.expireIdentifiers(clientRecordId, endsAt);
        await change.clients.insertIdentifier(clientRecordId, clientId, change.now);
      }
      if (request.revokeTokens) change.cutOff('clients', clientRecordId);
      change.touch('clients', clientRecordId);
      change.audit({
        action: 'client.regenerated',
        targetType: 'client',
        targetId: clientRecordId,
        organizationId: client.organizationId,
        locationId: client.locationId,
        details: {
          client_id: { before: client.clientId, after: clientId },
          secret: id,
          hint,
          overlap_seconds: request.overlapSeconds,
          revoke_tokens: request.revokeTokens,
          ...(request.revokeTokens ? await endGivenLinks(change, { client: client.id }) : {}),
        },
      });
      return {
        client: { ...client, clientId },
        clientSecret,
        oldCredentialEndsAt: endOfOld(change.now),
      };
    });
    return value;
  }
}

function later(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000);
}
