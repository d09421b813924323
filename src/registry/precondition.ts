/** `If-Match`, honoured when sent (RFC 9110 §13.1.1): the record's version is its entity tag. */
import { RegistryError } from '../model/registry-error.ts';

export function formatEntityTag(version: bigint): string {
  return `"${version}"`;
}

export function requireVersion(version: bigint, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (!tags.includes(formatEntityTag(version))) {
    throw new RegistryError(
      'precondition_failed',
      'the record has changed since you read it: read it again, then decide',
    );
  }
}
