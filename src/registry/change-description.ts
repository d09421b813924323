/** What an audit event says of a change: each field that is not what it was, before and after. */
import { isDeepStrictEqual } from 'node:util';

export type Facts = Readonly<Record<string, unknown>>;

/** Both sides describe the same record, with the same fields. */
export function describeChange(before: Facts, after: Facts): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(after)
      .filter((field) => !isDeepStrictEqual(before[field], after[field]))
      .map((field) => [field, { before: before[field], after: after[field] }]),
  );
}
