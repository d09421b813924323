/**
 * Settings: the defaults of `config/`, overridden by environment variables, validated before anything
 * starts. The only file that reads the environment.
 */
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const configFolder = fileURLToPath(new URL('../config', import.meta.url));

function isLoopbackHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

const issuerSchema = z
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

const keyEncryptionKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/, {
    error: 'must be 32 bytes in base64: make one with "openssl rand -base64 32"',
    abort: true,
  })
  .refine((value) => new Set(Buffer.from(value, 'base64')).size > 4, {
    error: 'must be random: make one with "openssl rand -base64 32"',
  });

/** A whole number as a default or as text; anything else is refused with one sentence. */
function wholeNumber(minimum: number, maximum: number) {
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

const port = (minimum: number) => wholeNumber(minimum, 65_535);

const hostNamePattern = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i;

/** `hooks.internal, 10.0.0.0/8`, in small letters; an empty text is none. */
const hostListSchema = z
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

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const settingsSchema = z.strictObject({
  port: port(0).meta({ description: 'Port of the public listener; 0 needs `LATCHKEY_ISSUER` set' }),
  host: z.string().min(1).meta({ description: 'Address of the public listener' }),
  issuer: issuerSchema.nullable().meta({
    description:
      'Issuer and base of every URL we publish; default `http://localhost:` and the port',
  }),
  metricsPort: port(-1).meta({
    description: 'Loopback port of Prometheus `/metrics`; 0 = any free one, -1 = none',
  }),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .nullable()
    .meta({ description: 'PostgreSQL 15 or later, in UTF-8; unset: the embedded database' }),
  dataDir: z.string().min(1).meta({ description: 'Folder of the embedded database and its key' }),
  keyEncryptionKey: keyEncryptionKeySchema.nullable().meta({
    description:
      '32 bytes in base64 that encrypt the signing keys at rest; made by itself in embedded mode, demanded otherwise',
  }),
  bootstrapClientId: z
    .string()
    .regex(/^[0-9A-Za-z_]{1,128}$/, 'must be 1 to 128 letters, digits and _')
    .nullable()
    .meta({
      description:
        'client_id of the first admin client, up to 128 letters, digits and `_`; read only while no operator has ever existed',
    }),
  bootstrapClientSecret: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{32,128}$/, 'must be 32 to 128 characters of A-Za-z0-9._~-')
    .refine((value) => new Set(value).size > 8, {
      error: 'must be random: make one with "openssl rand -hex 32"',
    })
    .nullable()
    .meta({
      description:
        'client_secret of the first admin client: 32 to 128 random characters of `A-Za-z0-9._~-`, such as those of `openssl rand -hex 32`',
    }),
  workers: wholeNumber(1, 32).meta({
    description: 'Processes that serve, on one port; more than 1 needs `DATABASE_URL`',
  }),
  drainSeconds: wholeNumber(0, 300).nullable().meta({
    description:
      'How long readiness is off before a stopping server closes; default 5 with PostgreSQL, 0 embedded',
  }),
  trustProxy: wholeNumber(0, 10).meta({
    description: 'Number of reverse proxies in front whose `X-Forwarded-For` is believed',
  }),
  signingKeyRotationDays: wholeNumber(0, 3650).meta({
    description:
      'How long a signing key signs before its successor does, which is published a day earlier; 0 = until somebody rotates it',
  }),
  webhookAllowedHosts: hostListSchema.meta({
    description:
      'Hosts that webhooks may be sent to although they are not public, with any port and without TLS: names, addresses and networks (CIDR), with commas between them',
  }),
  auditRetentionDays: wholeNumber(0, 36_500)
    .refine((days) => days === 0 || days >= 30, {
      error: 'must be 0 (audit events are kept for ever) or at least 30',
    })
    .meta({
      description:
        'Audit events older than so many days are removed, and a signed note of it stays; 0 = never, else at least 30',
    }),
  logLevel: z
    .enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` })
    .meta({ description: 'Lowest level that is logged' }),
});

type RawSettings = z.infer<typeof settingsSchema>;

export interface Settings extends Omit<RawSettings, 'issuer' | 'drainSeconds'> {
  issuer: string;
  drainSeconds: number;
}

/** One line per fault, each naming the environment variable that is wrong. */
export class SettingsError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'SettingsError';
    this.faults = faults;
  }
}

/** Reads `config/` and the environment; throws a SettingsError that names every fault at once. */
export async function loadSettings(): Promise<Settings> {
  // node-config reads its folder and the environment when it is first imported.
  process.env['NODE_CONFIG_DIR'] = configFolder;
  process.env['SUPPRESS_NO_CONFIG_WARNING'] = 'true';
  const { default: source } = await import('config');
  const variables = await readVariableNames();

  const parsed = settingsSchema.safeParse(source.util.toObject());
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => {
      const setting = String(issue.path[0] ?? '');
      return `${variables[setting] ?? setting}: ${issue.message}`;
    });
    throw new SettingsError([...new Set(lines)]);
  }
  return complete(parsed.data);
}

/** What the environment tells a command that talks to a running server. */
export interface CallerSettings {
  issuer: string;
  clientId: string | null;
  clientSecret: string | null;
}

/** An empty variable counts as unset. Throws a SettingsError for an issuer nobody should send a secret to. */
export function loadCallerSettings(): CallerSettings {
  const read = (variable: string) => process.env[variable] || null;
  const given = read('LATCHKEY_ISSUER');
  const parsedPort = port(1).safeParse(read('PORT') ?? '3000');
  if (given === null && !parsedPort.success)
    throw new SettingsError(['PORT: must be a port number']);
  return {
    issuer: parseIssuer(given ?? `http://localhost:${parsedPort.data}`, 'LATCHKEY_ISSUER'),
    clientId: read('LATCHKEY_CLIENT_ID'),
    clientSecret: read('LATCHKEY_CLIENT_SECRET'),
  };
}

/** `source` is the name of the setting or option, for the message. */
export function parseIssuer(value: string, source: string): string {
  const parsed = issuerSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SettingsError(parsed.error.issues.map(({ message }) => `${source}: ${message}`));
}

function complete(raw: RawSettings): Settings {
  const faults: string[] = [];
  if (raw.port === 0 && raw.issuer === null) {
    faults.push('PORT: 0 (any free port) needs LATCHKEY_ISSUER set');
  }
  if (raw.databaseUrl !== null && raw.keyEncryptionKey === null) {
    faults.push(
      'LATCHKEY_KEY_ENCRYPTION_KEY: must be set when DATABASE_URL is: make one with "openssl rand -base64 32" and keep it',
    );
  }
  if (raw.workers > 1 && raw.databaseUrl === null) {
    faults.push(
      'LATCHKEY_WORKERS: more than 1 needs DATABASE_URL set: the embedded database serves one process',
    );
  }
  if ((raw.bootstrapClientId === null) !== (raw.bootstrapClientSecret === null)) {
    faults.push(
      'LATCHKEY_BOOTSTRAP_CLIENT_ID: set it together with LATCHKEY_BOOTSTRAP_CLIENT_SECRET, or neither',
    );
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return {
    ...raw,
    issuer: raw.issuer ?? `http://localhost:${raw.port}`,
    drainSeconds: raw.drainSeconds ?? (raw.databaseUrl === null ? 0 : 5),
  };
}

/** One row per setting, for the table in the README: variable, default, meaning. */
export async function describeSettings(): Promise<
  { variable: string; fallback: string; meaning: string }[]
> {
  const variables = await readVariableNames();
  const { default: defaults } = await import('../config/default.json', { with: { type: 'json' } });
  return Object.entries(settingsSchema.shape).map(([setting, schema]) => {
    // The keys of the schema and of the defaults are the same; loadSettings fails when they are not.
    const fallback = defaults[setting as keyof typeof defaults];
    return {
      variable: variables[setting] ?? setting,
      fallback: fallback === null ? '' : String(fallback),
      meaning: schema.meta()?.description ?? '',
    };
  });
}

async function readVariableNames(): Promise<Record<string, string>> {
  const { default: variables } = await import('../config/custom-environment-variables.json', {
    with: { type: 'json' },
  });
  return variables;
}
