/** Writes JSON (RFC 8259) where an object of known shape is written for every request. */

/** Printable ASCII but for the quotation mark and the backslash: what nothing needs to be done to. */
const plainText = /^[\x20\x21\x23-\x5B\x5D-\x7E]*$/;

/** `text` as a JSON string, as JSON.stringify writes it. */
export function quoteJson(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}
