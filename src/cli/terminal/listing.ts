/** A list as people read it: a table, or what to do when there is nothing, and whether it has been cut. */
import { CliError, exitCodes } from './cli-error.ts';
import type { Terminal } from './terminal.ts';
import { formatTable } from './text-table.ts';

export interface ShownList {
  /** What each line is about. */
  noun: string;
  /** How one comes to be, such as `"members invite" lets one in`. */
  origin?: string;
  filters: Readonly<Record<string, string>>;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  nextCursor: string | null;
  limit: number;
  /** The option that shows fewer, where there is one. */
  narrowing?: string;
}

export function printList(terminal: Terminal, shown: ShownList): void {
  const { noun, origin, filters, head, rows, nextCursor, limit, narrowing } = shown;
  if (rows.length > 0) {
    terminal.print(...formatTable(head, rows));
    return noteMore(terminal, nextCursor, limit, narrowing);
  }
  if (Object.keys(filters).length > 0) {
    return terminal.print(`There is no such ${noun}, as far as you may see.`);
  }
  const hint = origin === undefined ? '' : `: ${origin}`;
  terminal.print(`There is no ${noun} yet, as far as you may see${hint}.`);
}

/** Says so when a list has been cut. */
export function noteMore(
  terminal: Terminal,
  nextCursor: string | null,
  limit: number,
  narrowing?: string,
): void {
  if (nextCursor === null) return;
  const fewer = narrowing === undefined ? '' : `, or narrow with ${narrowing}`;
  terminal.note(`There are more than these ${limit}: see more with --limit${fewer}.`);
}

/** What is asked for of a list's active and inactive records. */
export function requireOneState(options: {
  active?: boolean;
  inactive?: boolean;
}): Record<string, string> {
  if (options.active && options.inactive) {
    throw new CliError(exitCodes.usage, ['--active and --inactive exclude each other']);
  }
  if (options.active) return { active: 'true' };
  return options.inactive ? { active: 'false' } : {};
}
