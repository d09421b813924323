/** What the values of options mean; a wrong one is a usage error that says what is right. */
import { InvalidArgumentError } from 'commander';

const secondsPerUnit = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `90d`, `12h`, `30m`, `45s`, or plain seconds. */
export function parseDuration(text: string): number {
  const [, digits = '', unit = 's'] = /^(\d{1,10})([smhd])?$/.exec(text) ?? [];
  if (digits === '') {
    throw new InvalidArgumentError('Use a number and a unit: 90d, 12h, 30m, 45s.');
  }
  // The pattern names the units.
  return Number(digits) * secondsPerUnit[unit as keyof typeof secondsPerUnit];
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('Use a whole number from 1.');
  return Number(text);
}

/** For an option that may be given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value];
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
