/** `application/x-www-form-urlencoded`, read strictly (RFC 6749 Appendix B). */

const fieldsMax = 200;

/** A name or value that is not percent-encoded UTF-8; `name` is undefined when the name itself is not. */
export interface MalformedField {
  name: string | undefined;
}

export interface Form {
  /** The first value by name; empty ones count as omitted (RFC 6749 §3.2). */
  values: Map<string, string>;
  /** Names with more than one value. */
  repeated: Set<string> | undefined;
  /** The first one. */
  malformed: MalformedField | undefined;
  hasTooManyFields: boolean;
}

export function parseForm(body: string): Form {
  const form: Form = {
    values: new Map(),
    repeated: undefined,
    malformed: undefined,
    hasTooManyFields: false,
  };
  let fields = 0;
  for (let start = 0; start <= body.length;) {
    fields += 1;
    if (fields > fieldsMax) return { ...form, hasTooManyFields: true };
    const ampersand = body.indexOf('&', start);
    const end = ampersand < 0 ? body.length : ampersand;
    addField(form, body.slice(start, end));
    start = end + 1;
  }
  return form;
}

function addField(form: Form, field: string): void {
  const equals = field.indexOf('=');
  const name = decodeFormText(equals < 0 ? field : field.slice(0, equals));
  const value = decodeFormText(equals < 0 ? '' : field.slice(equals + 1));
  if (name === undefined || value === undefined) form.malformed ??= { name };
  else if (value === '') return;
  else if (!form.values.has(name)) form.values.set(name, value);
  else (form.repeated ??= new Set()).add(name);
}

/** undefined when it is not percent-encoded UTF-8. */
export function decodeFormText(text: string): string | undefined {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // decodeURIComponent knows one failure: a malformed sequence.
    return undefined;
  }
}
