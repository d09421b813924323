/** What the address of a list asks for, so that it can be shared and is there again on the way back. */
import { useNavigate } from '@tanstack/react-router';

/** What every list can be asked; each has filters of its own beside it. */
export interface ListSearch {
  q?: string | undefined;
  /** A field, with a minus in front from the last to the first. */
  sort?: string | undefined;
}

export type ListQuestion = Readonly<Record<string, string | undefined>>;

/** By what a list is narrowed: sorting it takes nothing away, and neither does what `others` name. */
export function filtersOf(search: object, others: readonly string[] = []): string[] {
  return Object.entries(search)
    .filter(([name, value]) => value !== undefined && name !== 'sort' && !others.includes(name))
    .map(([name]) => name);
}

export function isNarrowed(search: object): boolean {
  return filtersOf(search).length > 0;
}

/** Asks something else of the list that is open; undefined and '': no longer asked. */
export function useAskList(): (change: ListQuestion) => void {
  const navigate = useNavigate();
  return (change) => {
    const asked = Object.entries(change).map(([name, value]) => [name, value || undefined]);
    void navigate({
      to: '.',
      // Of whichever list is open: its route reads what it knows, and forgets the rest.
      search: ((before: object) => ({ ...before, ...Object.fromEntries(asked) })) as never,
      replace: true,
    });
  };
}
