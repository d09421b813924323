/** Creation under an `Idempotency-Key`: happens once, however often it is asked for. */
import { createHash } from 'node:crypto';
import type { Principal } from '../model/principal.ts';
import { RegistryError } from '../model/registry-error.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';

export interface IdempotencyRequest {
  key: string;
  route: string;
  body: unknown;
}

/** The id of the record an earlier request made with this key; undefined when `recordId` is the first. */
export async function claimIdempotencyKey(
  change: RegistryChange,
  principal: Principal,
  request: IdempotencyRequest | undefined,
  recordId: string,
): Promise<string | undefined> {
  if (request === undefined) return undefined;
  const requestDigest = createHash('sha256').update(JSON.stringify(request.body)).digest();
  const earlier = await change.idempotencyKeys.claim(
    { principalId: principal.id, route: request.route, key: request.key, requestDigest },
    recordId,
    change.now,
  );
  if (earlier === undefined) return undefined;
  if (!earlier.requestDigest.equals(requestDigest)) {
    throw new RegistryError(
      'idempotency_mismatch',
      'this Idempotency-Key was used with another body: use a new key for a new request',
    );
  }
  change.unchanged();
  return earlier.recordId;
}
