/** JSON bodies (RFC 8259), without the one freedom that lets two readers see two requests: repeated names. */
import { RegistryError } from '../model/registry-error.ts';

/** Throws `invalid` for what is not JSON, and for an object that names a member twice. */
export function parseJsonBody(text: string): unknown {
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
      `the body names ${JSON.stringify(repeated)} twice: name it once`,
    );
  }
  return value;
}

const tokenPattern = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** `json` has been parsed already, so that its tokens are all there is to look at. */
function findRepeatedName(json: string): string | undefined {
  const names: Set<string>[] = [];
  let text: string | undefined;
  for (const [token] of json.matchAll(tokenPattern)) {
    if (token === '{' || token === '[') names.push(new Set());
    else if (token === '}' || token === ']') names.pop();
    else if (token === ':' && text !== undefined) {
      // Escapes may spell one name in two ways.
      const name = String(JSON.parse(text));
      const seen = names.at(-1);
      if (seen?.has(name)) return name;
      seen?.add(name);
    }
    text = token.startsWith('"') ? token : undefined;
  }
  return undefined;
}
