/** Pages by key instead of offset: stable while rows come and go, and equally cheap at any depth. */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { invalidAt, type RegistryError } from '../../model/registry-error.ts';
import type { Page, PageRequest } from '../../model/page.ts';
import { isDataException } from '../database/database-fault.ts';

/** How a list may be sorted: wire name → SQL expression and its type, both constants of the code. */
export type SortFields = Readonly<Record<string, { expression: string; type: string }>>;

export interface Cursor {
  sort: string;
  value: string;
  id: string;
}

export function formatCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.sort, cursor.value, cursor.id])).toString('base64url');
}

export function parseCursor(text: string, sort: string): Cursor {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (
      Array.isArray(parts) &&
      parts.length === 3 &&
      parts.every((part) => typeof part === 'string')
    ) {
      const [cursorSort, value, id] = parts as [string, string, string];
      if (cursorSort === sort) return { sort, value, id };
    }
  } catch {
    // Falls through to the one message for whatever is not a cursor of this list.
  }
  throw cursorFault();
}

function cursorFault(): RegistryError {
  return invalidAt('cursor', 'cursor must be the next_cursor of this list with the same sort');
}

/**
 * Runs `query` as one page. `key` is the SQL expression of the unique last sort key, and `toRecords`
 * makes the page's records from its rows.
 */
export async function readPage<Row extends ObjectLiteral, T>(
  query: SelectQueryBuilder<Row>,
  page: PageRequest,
  options: {
    sortFields: SortFields;
    key: string;
    keyType?: string;
    toRecords: (rows: Row[]) => Promise<T[]>;
  },
): Promise<Page<T>> {
  const { field, direction, comparison } = readSort(page.sort, options.sortFields);
  if (page.cursor !== null) {
    const cursor = parseCursor(page.cursor, page.sort);
    query.andWhere(
      `(${field.expression}, ${options.key}) ${comparison} (CAST(:cursorValue AS ${field.type}), CAST(:cursorId AS ${options.keyType ?? 'text'}))`,
      { cursorValue: cursor.value, cursorId: cursor.id },
    );
  }
  query
    .addSelect(`CAST(${field.expression} AS text)`, 'page_sort_value')
    .addSelect(`CAST(${options.key} AS text)`, 'page_key')
    .orderBy(field.expression, direction)
    .addOrderBy(options.key, direction)
    .limit(page.limit + 1);
  const { entities, raw } = await callWithCursor(page, () => query.getRawAndEntities<SortedRow>());
  const data = await options.toRecords(entities.slice(0, page.limit));
  const last = raw[page.limit - 1];
  const nextCursor =
    entities.length > page.limit && last !== undefined
      ? formatCursor({ sort: page.sort, value: last.page_sort_value, id: last.page_key })
      : null;
  return { data, nextCursor };
}

interface SortedRow {
  page_sort_value: string;
  page_key: string;
}

/** What a page's `sort` means in SQL. Throws `invalid` for what is none of the list's fields. */
export function readSort(
  sort: string,
  sortFields: SortFields,
): { field: SortFields[string]; direction: 'ASC' | 'DESC'; comparison: '<' | '>' } {
  const descending = sort.startsWith('-');
  const field = sortFields[descending ? sort.slice(1) : sort];
  if (field === undefined) {
    throw invalidAt(
      'sort',
      `sort must be one of ${Object.keys(sortFields).join(', ')}, with - in front for descending`,
    );
  }
  return descending
    ? { field, direction: 'DESC', comparison: '<' }
    : { field, direction: 'ASC', comparison: '>' };
}

/** A cursor that somebody made up may hold a value that is none of the column's type. */
export async function callWithCursor<T>(page: PageRequest, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw page.cursor !== null && isDataException(error) ? cursorFault() : error;
  }
}

/** Escapes the wildcards of LIKE: what a user types is searched as typed. */
export function containsPattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, (wildcard) => `\\${wildcard}`)}%`;
}
