/** What one setting may be, whatever the others are. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { exampleSecret } from './model/example-secret.ts';

function isLoopbackHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** `https://auth.example.com`: where a server is, for whoever sends it a secret. */
export const originSchema = z
  .string()
  .refine((value) => /^[a-z]+:\/\//i.test(value), {
    error:
      'must begin with https://, such as https://auth.example.com; http:// is for loopback addresses only',
    abort: true,
  })
  .refine((value) => URL.parse(value)?.origin === value, {
    error: 'must be an origin such as https://auth.example.com: no path, no trailing slash',
    abort: true,
  })
  .refine((value) => value.startsWith('https:') || value.startsWith('http:'), {
    error: 'must be an https: URL',
    abort: true,
  })
  .refine((value) => value.startsWith('https:') || isLoopbackHost(new URL(value).hostname), {
    error: 'must be an https: URL: plain http: is for loopback addresses only',
  });

const published = 'is an example of our documentation, which everybody has';

export const keyEncryptionKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/, {
    error: 'must be 32 bytes in base64: make one with "openssl rand -base64 32"',
    abort: true,
  })
  .refine((value) => !value.includes(exampleSecret), {
    error: `${published}: make one with "openssl rand -base64 32"`,
    abort: true,
  })
  .refine((value) => isRandom(Buffer.from(value, 'base64')) && !isPlaceholder(value), {
    error: 'must be random: make one with "openssl rand -base64 32"',
  });

export const bootstrapSecretSchema = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{32,128}$/, {
    error: 'must be 32 to 128 characters of A-Za-z0-9._~-',
    abort: true,
  })
  .refine((value) => !value.includes(exampleSecret), {
    error: `${published}: make one with "openssl rand -hex 32"`,
    abort: true,
  })
  .refine((value) => new Set(value).size > 8 && isRandom(Buffer.from(value)), {
    error: 'must be random: make one with "openssl rand -hex 32"',
  });

/** What has been made up, counted, or repeated; all but impossible for what a generator makes. */
function isRandom(bytes: Buffer): boolean {
  if (new Set(bytes).size <= 4 || isPlaceholder(bytes.toString('latin1'))) return false;
  const { length } = bytes;
  const steps = Array.from(bytes.subarray(1), (byte, at) => (byte - (bytes[at] ?? 0)) & 0xff);
  const commonest = Math.max(
    ...steps.map((step) => steps.filter((other) => other === step).length),
  );
  if (commonest > length / 2) return false;
  const periods = Array.from({ length: Math.floor(length / 2) }, (_one, at) => at + 1);
  return !periods.some((period) => bytes.subarray(period).equals(bytes.subarray(0, -period)));
}

function isPlaceholder(text: string): boolean {
  return /change.?(?:me|it|this)|replace.?(?:me|it|this)|your.?(?:own|key|secret)|placeholder|example|insecure|default/i.test(
    text,
  );
}

/** A whole number as a default or as text; anything else is refused with one sentence. */
export function wholeNumber(minimum: number, maximum: number) {
  const error = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^-?\d{1,9}$/)
          .transform(Number),
      ],
      { error },
    )
    .pipe(z.int({ error }).min(minimum, { error }).max(maximum, { error }));
}

export const portNumber = (minimum: number) => wholeNumber(minimum, 65_535);

const hostNamePattern = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i;

/** `hooks.internal, 10.0.0.0/8`, in small letters; an empty text is none. */
export const hostListSchema = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim().toLowerCase())
      .filter((entry) => entry !== ''),
  )
  .refine(
    (entries) =>
      entries.every(
        (entry) =>
          (entry.includes('/') && ipaddr.isValidCIDR(entry)) ||
          isIP(entry) !== 0 ||
          (hostNamePattern.test(entry) && !/^[\d.]+$/.test(entry)),
      ),
    {
      error:
        'must be host names, addresses and networks such as 10.0.0.0/8, with commas between them',
    },
  );
