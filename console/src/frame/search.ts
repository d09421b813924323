/**
 * What the address asks of a page: each key is named, with undefined for what it may not be, because what is left out
 * the router passes on as the address has it. All of it is text, as it was written.
 */

type Reader<Value> = (value: unknown) => Value | undefined;

export const anyText: Reader<string> = (value) =>
  typeof value === 'string' && value !== '' ? value : undefined;

export function oneOf<Word extends string>(words: readonly Word[]): Reader<Word> {
  return (value) => words.find((word) => word === value);
}

type SearchOf<Readers> = {
  [Key in keyof Readers]?: Readers[Key] extends Reader<infer Value> ? Value | undefined : never;
};

/** For `validateSearch` of a route. */
export function readSearch<Readers extends Record<string, Reader<unknown>>>(readers: Readers) {
  return (search: Record<string, unknown>): SearchOf<Readers> =>
    // Keys and values are those of the readers, which the compiler does not follow through entries.
    Object.fromEntries(
      Object.entries(readers).map(([key, read]) => [key, read(search[key])]),
    ) as SearchOf<Readers>;
}

export function parseSearch(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined) continue;
    query.set(key, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}
