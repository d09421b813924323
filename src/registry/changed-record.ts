/** The record a change answers with: read inside its transaction, for afterwards it may be lost or changed again. */
import type { RegistryChange, RegistryChanged } from '../store/change/registry-change.ts';

interface Versioned {
  version: bigint;
  updatedAt: Date;
}

/** `record` was touched by `change`, which writes its version and its time last of all. */
export function dated<T extends Versioned>(record: T, change: RegistryChange): T {
  return { ...record, updatedAt: change.now };
}

/** As it is stored now; a replay found it so. */
export function versioned<T extends Versioned>(
  record: T,
  { version }: Pick<RegistryChanged<unknown>, 'version'>,
): T {
  return version === undefined ? record : { ...record, version };
}
