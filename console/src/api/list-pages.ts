/** A list of the admin API, page after page by its cursors; with other parameters it begins again. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get, type QueryParameters } from './api-call.ts';
import type { Page } from './records.ts';

export const pageSize = 50;

export interface ListPages<Item> {
  items: readonly Item[];
  isLoading: boolean;
  /** The rows are still those of the question before. */
  isStale: boolean;
  problem: Error | null;
  /** Number of the first row, from 1 on. */
  first: number;
  hasPrevious: boolean;
  hasNext: boolean;
  previous: () => void;
  next: () => void;
}

interface Place {
  /** Of the parameters that the cursors belong to. */
  question: string;
  /** Of the pages so far; the first page has none. */
  cursors: readonly string[];
}

/** Of what came whole, and needs no second page. */
export function onePage<Item>(items: readonly Item[]): ListPages<Item> {
  const stay = () => undefined;
  const isThere = { isLoading: false, isStale: false, problem: null };
  return {
    items,
    ...isThere,
    first: 1,
    hasPrevious: false,
    hasNext: false,
    previous: stay,
    next: stay,
  };
}

/** `path` is the query's key as well: `['/clients', …]`, so that a change of clients can invalidate all of them. */
export function useListPages<Item>(
  path: string,
  parameters: QueryParameters = {},
): ListPages<Item> {
  const question = JSON.stringify(parameters);
  const [place, setPlace] = useState<Place>({ question, cursors: [] });
  const cursors = place.question === question ? place.cursors : [];
  const cursor = cursors.at(-1);
  const { data, isPending, isPlaceholderData, error } = useQuery({
    queryKey: [path, 'list', parameters, cursor ?? null],
    queryFn: ({ signal }) =>
      get<Page<Item>>(path, { limit: pageSize, ...parameters, cursor }, signal),
    placeholderData: keepPreviousData,
  });
  const next = data?.next_cursor ?? undefined;
  return {
    items: data?.data ?? [],
    isLoading: isPending,
    isStale: isPlaceholderData,
    problem: error,
    first: cursors.length * pageSize + 1,
    hasPrevious: cursors.length > 0,
    hasNext: next !== undefined,
    previous: () => setPlace({ question, cursors: cursors.slice(0, -1) }),
    next: () => {
      if (next !== undefined) setPlace({ question, cursors: [...cursors, next] });
    },
  };
}
