/** Puts a new secret into a change: its digest and its hint, never itself. */
import type { Principal } from '../model/principal.ts';
import { RegistryError } from '../model/registry-error.ts';
import { liveSecretsPerClientMax } from '../store/records/client-secret-store.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import { createRecordId, digestClientSecret, hintOfClientSecret } from './credential.ts';

export interface NewClientSecret {
  clientRecordId: string;
  clientSecret: string;
  createdBy: Principal;
  /** null: it never expires. */
  expiresAt: Date | null;
  /** Made here unless the caller needs it before. */
  id?: string;
}

/** Returns the hint; throws `conflict` when all places of the client are taken. */
export async function insertClientSecret(
  change: RegistryChange,
  secret: NewClientSecret,
): Promise<string> {
  const hint = hintOfClientSecret(secret.clientSecret);
  const inserted = await change.clientSecrets.insert({
    id: secret.id ?? createRecordId('secret'),
    clientRecordId: secret.clientRecordId,
    secretDigest: digestClientSecret(secret.clientSecret),
    hint,
    createdAt: change.now,
    createdBy: secret.createdBy.id,
    expiresAt: secret.expiresAt,
  });
  if (!inserted) {
    throw new RegistryError(
      'conflict',
      `the client has ${liveSecretsPerClientMax} live secrets: revoke one first`,
    );
  }
  return hint;
}
