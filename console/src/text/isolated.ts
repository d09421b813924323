/**
 * A name within a sentence: what it holds to turn the direction of reading ends with it (UAX #9, isolates). Where a
 * name stands alone in an element of its own, the style sheet does the same.
 */
const firstStrong = '\u2068';
const end = '\u2069';
const initiators = /[\u2066-\u2068]/;
/** What is read from right to left, or turns the direction. A name without it is left as it is, to be searched for and copied. */
const turning =
  /[\p{Bidi_Control}\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

export function isolated(name: string): string {
  if (!turning.test(name)) return name;
  let open = 0;
  let kept = '';
  for (const character of name) {
    // It would end ours, and the rest of the name would be the sentence's.
    if (character === end && open === 0) continue;
    if (initiators.test(character)) open += 1;
    if (character === end) open -= 1;
    kept += character;
  }
  return firstStrong + kept + end.repeat(open + 1);
}

/** Of a sentence that the server has written: `names` are those in it. */
export function isolatedWithin(sentence: string, names: readonly unknown[]): string {
  return [...new Set(names)]
    .filter((name) => typeof name === 'string' && turning.test(name))
    .reduce<string>(
      (said, name) => said.replaceAll(String(name), isolated(String(name))),
      sentence,
    );
}

/** As somebody types it who sees it: without what cannot be seen. */
export function visibleText(name: string): string {
  return name
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
