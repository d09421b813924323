/** `application/x-www-form-urlencoded`, read strictly (RFC 6749 Appendix B). */

const pairsMax = 200;

/** A name or value that is not percent-encoded UTF-8; `name` is undefined when the name itself is not. */
export interface MalformedField {
  name: string | undefined;
}

export interface Form {
  /** All values by name, in the order they came; empty ones count as omitted (RFC 6749 §3.2). */
  values: Map<string, string[]>;
  malformed: MalformedField[];
  hasTooManyFields: boolean;
}

export function parseForm(body: string): Form {
  const form: Form = { values: new Map(), malformed: [], hasTooManyFields: false };
  if (body === '') return form;
  const pairs = body.split('&', pairsMax + 1);
  if (pairs.length > pairsMax) return { ...form, hasTooManyFields: true };
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decodeFormText(equals < 0 ? pair : pair.slice(0, equals));
    const value = decodeFormText(equals < 0 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined) form.malformed.push({ name });
    else if (value !== '') form.values.set(name, [...(form.values.get(name) ?? []), value]);
  }
  return form;
}

/** undefined when it is not percent-encoded UTF-8. */
export function decodeFormText(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // decodeURIComponent knows one failure: a malformed sequence.
    return undefined;
  }
}
