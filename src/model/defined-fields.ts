/** Patches: the fields a request names, and nothing of those it leaves out. */

/** Every field may be missing, or undefined, which means the same. */
export type Patch<T> = { [Field in keyof T]?: T[Field] | undefined };

export function definedFields<T extends object>(patch: Patch<T>): Partial<T> {
  // Only undefined was taken out, and that is what Partial allows to be missing.
  return Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
