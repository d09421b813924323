/** Records as columns of text: no colours and no borders, so that it reads well and pipes well. */
import Table from 'cli-table3';
import { toPrintable } from './printable-text.ts';

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Lines of a table, with a head or (empty) without; cells are cleaned of what a terminal would obey. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const table = new Table({
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of head.length === 0 ? rows : [head, ...rows]) table.push(row.map(toPrintable));
  return table.toString().split('\n');
}

/** Lines of one record: a name and a value each. Fields without a value are left out. */
export function formatFields(fields: readonly (readonly [string, string | null])[]): string[] {
  const shown = fields.filter((field): field is readonly [string, string] => field[1] !== null);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `  ${name.padEnd(width)}  ${toPrintable(value)}`);
}

/** `2026-11-23 09:00:00Z`; a dash for what has not happened. */
export function formatTime(time: string | null): string {
  return time === null ? '–' : time.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}
