/** The records that get the version of a change: as their own, or as the one that their access tokens end with. */
import type { StatementValues } from '../query/statement-values.ts';

/** Their records have a version and say when they were changed last. */
const versionedTables = [
  'organizations',
  'locations',
  'apis',
  'clients',
  'members',
  'webhooks',
] as const;
export type VersionedTable = (typeof versionedTables)[number];

type StampedTable = VersionedTable | 'client_secrets';
type StampedColumn = 'version' | 'cutoff_version';

export class VersionStamps {
  readonly #columns = new Map<StampedTable, Map<string, Set<StampedColumn>>>();

  add(table: StampedTable, column: StampedColumn, ids: readonly string[]): void {
    const records = this.#columns.get(table) ?? new Map<string, Set<StampedColumn>>();
    this.#columns.set(table, records);
    for (const id of ids) records.set(id, (records.get(id) ?? new Set()).add(column));
  }

  /** Parts of one statement, which would change no record a second time: each record is in one of them. */
  toUpdates({ version, now }: { version: bigint; now: Date }, values: StatementValues): string[] {
    return [...this.#columns].flatMap(([table, records]) => {
      const alike = Map.groupBy(records, ([, columns]) => [...columns].toSorted().join());
      const isDated = versionedTables.some((versioned) => versioned === table);
      return [...alike.values()].map((group) => {
        const columns = [...(group[0]?.[1] ?? [])];
        // Tables and columns are literals of this file.
        const set = columns.map((column) => `${column} = ${values.add(version.toString())}`);
        if (isDated) set.push(`updated_at = ${values.add(now)}`);
        return `UPDATE ${table} SET ${set.join(', ')} WHERE id = ANY (${values.add(group.map(([id]) => id))})`;
      });
    });
  }
}
