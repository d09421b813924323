/** Pages of lists: what is asked for, and what comes back. */

export interface PageRequest {
  /** 1 to 200. */
  limit: number;
  /** From the previous page; null for the first. */
  cursor: string | null;
  /** One of the list's sort fields, `-` in front for descending. */
  sort: string;
}

export interface Page<T> {
  data: T[];
  /** null on the last page. */
  nextCursor: string | null;
}

/** Of a list that shows nothing of what is asked for. */
export const emptyPage: Page<never> = { data: [], nextCursor: null };
