/**
 * Text that a terminal shows and does not obey. Names, claims and error texts come from others: an escape
 * sequence in one could move the cursor, set the title or hide a line.
 */
import { stripVTControlCharacters } from 'node:util';

/** Controls, line and paragraph separators, lone surrogates, and format characters (as of bidirectional text). */
const unprintable = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One line, without escape sequences and invisible characters; tabs and line ends become spaces. */
export function toPrintable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\t\r\n]+/g, ' ')
    .replaceAll(unprintable, '');
}

/** JSON of the same value, in which every such character is escaped. */
export function toPrintableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(
    /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    // A character above U+FFFF is two code units, and two escapes.
    (character) =>
      Array.from(
        { length: character.length },
        (_, place) => `\\u${character.charCodeAt(place).toString(16).padStart(4, '0')}`,
      ).join(''),
  );
}
