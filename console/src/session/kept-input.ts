/**
 * What was typed and not yet sent when the session ended: kept for the same member on the same page. In the memory of
 * this page alone, so that it goes with the tab; nothing that holds a secret is given to it.
 */
const kept = new Map<string, unknown>();
let owner: string | undefined;

/** `place`: the page, the form, and the state of the record that is changed with it. */
export function keepInput(memberId: string, place: string, values: unknown): void {
  forgetInputOfOthers(memberId);
  kept.set(place, values);
}

/** Given back once. */
export function takeInput(memberId: string, place: string): unknown {
  forgetInputOfOthers(memberId);
  const values = kept.get(place);
  kept.delete(place);
  return values;
}

export function forgetInputOfOthers(memberId: string): void {
  if (owner !== memberId) kept.clear();
  owner = memberId;
}

/** Of whoever has signed out: they wanted to leave nothing behind. */
export function forgetInput(): void {
  kept.clear();
}
