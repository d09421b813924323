/** What the values of options mean; a wrong one is a usage error that says what is right. */
import { InvalidArgumentError } from 'commander';

const secondsPerUnit = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `90d`, `12h`, `30m` or `45s`, in seconds. Without a unit nobody knows what was meant. */
export function parseDuration(text: string): number {
  const [, digits = '', unit] = /^(\d{1,10})([smhd])?$/.exec(text) ?? [];
  if (digits === '') {
    throw new InvalidArgumentError('Use a number and a unit: 90d, 12h, 30m, 45s.');
  }
  if (unit === undefined) {
    throw new InvalidArgumentError(
      `Say in which unit: ${digits}s, ${digits}m, ${digits}h or ${digits}d.`,
    );
  }
  // The pattern names the units.
  return Number(digits) * secondsPerUnit[unit as keyof typeof secondsPerUnit];
}

/** The same, or `0` for at once. */
export function parseDelay(text: string): number {
  return text === '0' ? 0 : parseDuration(text);
}

/** For what narrows: an empty value, as of a shell variable that is not set, would ask for everything. */
export function parseText(text: string): string {
  if (text.trim() === '') {
    throw new InvalidArgumentError('It is empty: give a value, or leave the option out.');
  }
  return text;
}

/** RFC 8707 section 2, as the identifier of every API is. */
export function parseResource(text: string): string {
  if (!URL.canParse(parseText(text)) || text.includes('#')) {
    throw new InvalidArgumentError(
      'Use the identifier of an API, an absolute URI such as https://orders.example.com.',
    );
  }
  return text;
}

/** `2026-11-23` for its first moment, or a time (RFC 3339), in UTC. */
export function parseTime(text: string): string {
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z)?$/.test(text);
  if (!isTime || Number.isNaN(Date.parse(text))) {
    throw new InvalidArgumentError('Use a day or a time in UTC: 2026-11-23, 2026-11-23T09:00:00Z.');
  }
  return new Date(text).toISOString();
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('Use a whole number from 1.');
  return Number(text);
}

/** For an option that may be given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), parseText(value)];
}

/** One scope or several with spaces between them (RFC 6749 section 3.3), and the option may be repeated. */
export function collectScopes(value: string, earlier: readonly string[] | undefined): string[] {
  if (!/^[\x20\x21\x23-\x5B\x5D-\x7E]*$/.test(value)) {
    throw new InvalidArgumentError(
      'A scope is of visible ASCII characters without quotes and backslashes; spaces separate scopes.',
    );
  }
  return collect(value, earlier);
}

const units: readonly (readonly [string, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** `3600` as `1 hour`: the largest unit that fits, rounded down. */
export function formatDuration(seconds: number): string {
  const [noun, length] = units.find(([, length]) => seconds >= length) ?? ['second', 1];
  const count = Math.floor(seconds / length);
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
