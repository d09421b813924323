/** Fixed-width base62 (0-9A-Za-z, most significant digit first), the alphabet of every identifier. */

export const base62Alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Writes `value` in exactly `width` digits, padded with 0; throws a RangeError when it does not fit. */
export function encodeBase62(value: bigint, width: number): string {
  if (value < 0n) throw new RangeError('base62 encodes no negative numbers');
  if (value <= Number.MAX_SAFE_INTEGER) return encodeNumber(Number(value), width);
  let rest = value;
  let digits = '';
  for (let position = 0; position < width; position += 1) {
    digits = base62Alphabet.charAt(Number(rest % 62n)) + digits;
    rest /= 62n;
  }
  if (rest > 0n) throw new RangeError(`the value does not fit into ${width} base62 digits`);
  return digits;
}

/** The same for what an ordinary number holds exactly, at a tenth of the cost. */
function encodeNumber(value: number, width: number): string {
  let rest = value;
  let digits = '';
  for (let position = 0; position < width; position += 1) {
    digits = base62Alphabet.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  if (rest > 0) throw new RangeError(`the value does not fit into ${width} base62 digits`);
  return digits;
}

/** Reads base62 digits; undefined when there is any other character, or none at all. */
export function parseBase62(digits: string): bigint | undefined {
  if (digits.length === 0) return undefined;
  let value = 0n;
  for (const digit of digits) {
    const worth = base62Alphabet.indexOf(digit);
    if (worth < 0) return undefined;
    value = value * 62n + BigInt(worth);
  }
  return value;
}
