/** The steps of a signing key's life, each as part of a change. */
import type { NoticeSubject } from '../model/notice.ts';
import type { SealedSigningKey } from '../model/signing-key.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import { toSealedSigningKey, type FreshSigningKey } from './signing-key-generator.ts';

/** A retiring key stays until the last token it signed has expired (a day at most), plus 120 s. */
const retiringSeconds = 86_400 + 120;

/** Part of a change, with its one audit event; undefined when another instance's key has the place. */
export async function insertSuccessor(
  change: RegistryChange,
  fresh: FreshSigningKey,
  successor: { signsAt: Date; emergency: boolean; predecessor: SealedSigningKey | undefined },
): Promise<SealedSigningKey | undefined> {
  const { signsAt, emergency, predecessor } = successor;
  const state = signsAt > change.now ? 'published' : 'signing';
  const key = toSealedSigningKey(fresh, state, change.now, signsAt);
  if (!(await change.signingKeys.insertIfFirst(key))) return undefined;
  change.touchSigningKeys();
  await tellOperators(change, key, predecessor);
  auditKey(change, 'signing_key.rotated', key.kid, {
    algorithm: key.algorithm,
    state,
    signs_at: signsAt.toISOString(),
    emergency,
    predecessor: predecessor?.kid ?? null,
  });
  return key;
}

/** Each organization that has somebody who operates the instance. */
async function tellOperators(
  change: RegistryChange,
  { kid, algorithm: alg, state, signsAt }: SealedSigningKey,
  predecessor: SealedSigningKey | undefined,
): Promise<void> {
  const facts = { kid, alg, predecessor: predecessor?.kid ?? null };
  const subject: NoticeSubject =
    state === 'published'
      ? {
          kind: 'signing_key_published',
          parameters: { ...facts, signs_at: signsAt.toISOString() },
        }
      : { kind: 'signing_key_signing', parameters: facts };
  const organizationIds = await change.organizations.listOperating();
  await change.notices.raise(
    organizationIds.map((organizationId) => ({
      ...subject,
      organizationId,
      locationId: null,
      occasion: kid,
      count: 1,
      firstOccurredAt: change.now,
      lastOccurredAt: change.now,
    })),
  );
}

export async function activate(change: RegistryChange, key: SealedSigningKey): Promise<void> {
  const predecessor = await change.signingKeys.findInState(key.algorithm, 'signing');
  if (predecessor) await retire(change, predecessor);
  await change.signingKeys.update(key.kid, { state: 'signing', signsAt: change.now });
  change.touchSigningKeys();
  await tellOperators(change, { ...key, state: 'signing' }, predecessor);
  auditKey(change, 'signing_key.activated', key.kid, {
    algorithm: key.algorithm,
    predecessor: predecessor?.kid ?? null,
  });
}

export async function removeRetired(change: RegistryChange, key: SealedSigningKey): Promise<void> {
  await change.signingKeys.update(key.kid, { state: 'gone', privateJwe: null });
  change.touchSigningKeys();
  auditKey(change, 'signing_key.retired', key.kid, { algorithm: key.algorithm });
}

export async function retire(change: RegistryChange, key: SealedSigningKey): Promise<void> {
  await change.signingKeys.update(key.kid, {
    state: 'retiring',
    retiredAt: change.now,
    goneAt: new Date(change.now.getTime() + retiringSeconds * 1000),
    privateJwe: null,
  });
}

/** Part of a change that makes an algorithm's first key. False when it has one by now. */
export async function insertSigning(
  change: RegistryChange,
  fresh: FreshSigningKey,
): Promise<boolean> {
  const inserted = await change.signingKeys.insertIfFirst(
    toSealedSigningKey(fresh, 'signing', change.now, change.now),
  );
  if (inserted) change.touchSigningKeys();
  return inserted;
}

export function auditKey(
  change: RegistryChange,
  action:
    | 'signing_key.created'
    | 'signing_key.rotated'
    | 'signing_key.activated'
    | 'signing_key.retired'
    | 'signing_key.revoked',
  kid: string,
  details: Record<string, unknown>,
): void {
  change.audit({ action, targetType: 'signing_key', targetId: kid, organizationId: null, details });
}
