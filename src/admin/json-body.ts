/**
 * JSON bodies (RFC 8259), without the one freedom that lets two readers see two requests: repeated names.
 * And none so deep that it costs more than it says.
 */
import { RegistryError } from '../model/registry-error.ts';

/** The deepest that any route reads is 4. */
const levelsMax = 20;
/** A name is quoted so far in an error. */
const nameCharactersMax = 100;

/** Throws `invalid` for what is not JSON or nested too deeply, and for an object that names a member twice. */
export function parseJsonBody(text: string): unknown {
  if (isDeeperThan(levelsMax, text)) {
    throw new RegistryError('invalid', `the body is nested deeper than ${levelsMax} levels`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RegistryError('invalid', 'the body is not JSON', { cause });
  }
  const repeated = findRepeatedName(text);
  if (repeated !== undefined) {
    throw new RegistryError(
      'invalid',
      `the body names ${JSON.stringify(repeated.slice(0, nameCharactersMax))} twice: name it once`,
    );
  }
  return value;
}

/** Also of what is not JSON, in one pass: a pattern may look for the end of a string again and again. */
function isDeeperThan(levels: number, text: string): boolean {
  let level = 0;
  let isInString = false;
  for (let place = 0; place < text.length && level <= levels; place += 1) {
    const character = text[place];
    if (isInString && character === '\\') place += 1;
    else if (character === '"') isInString = !isInString;
    else if (isInString) continue;
    else if (character === '{' || character === '[') level += 1;
    else if (character === '}' || character === ']') level -= 1;
  }
  return level > levels;
}

/** `json` has been parsed already: a string before a colon is a name, of the object that was opened last. */
function findRepeatedName(json: string): string | undefined {
  const objects: (Set<string> | undefined)[] = [];
  let string = { start: 0, end: 0 };
  for (let place = 0; place < json.length; place += 1) {
    const character = json[place];
    if (character === '{') objects.push(undefined);
    else if (character === '}') objects.pop();
    else if (character === '"') {
      string = { start: place, end: findStringEnd(json, place) };
      place = string.end;
    } else if (character === ':') {
      const quoted = json.slice(string.start, string.end + 1);
      // Escapes may spell one name in two ways.
      const name = quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
      const names = (objects[objects.length - 1] ??= new Set());
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}

/** Where the string that begins at `start` has its closing quotation mark. */
function findStringEnd(json: string, start: number): number {
  let place = start + 1;
  while (json[place] !== '"') place += json[place] === '\\' ? 2 : 1;
  return place;
}
