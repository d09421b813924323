/**
 * Settings: the defaults of `config/`, overridden by environment variables, validated before anything
 * starts. The only file that reads the environment.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  bootstrapSecretSchema,
  hostListSchema,
  keyEncryptionKeySchema,
  originSchema,
  portNumber,
  wholeNumber,
} from './setting-values.ts';

const configFolder = fileURLToPath(new URL('../config', import.meta.url));

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const settingsSchema = z.strictObject({
  port: portNumber(0).meta({
    description: 'Port of the public listener; 0 needs `LATCHKEY_ISSUER` set',
  }),
  host: z.string().min(1).meta({ description: 'Address of the public listener' }),
  issuer: originSchema.nullable().meta({
    description:
      'Issuer and base of every URL we publish; default `http://localhost:` and the port',
  }),
  adminPort: portNumber(0).nullable().meta({
    description:
      'Port of a listener of its own for the admin API and the console, which the public one then does not have; 0 needs `LATCHKEY_ADMIN_URL` set; unset: one listener for all',
  }),
  adminHost: z.string().min(1).nullable().meta({
    description: 'Address of the admin listener; default that of the public one',
  }),
  adminUrl: originSchema.nullable().meta({
    description:
      'Where browsers and the command line reach the admin API and the console; default `http://localhost:` and `LATCHKEY_ADMIN_PORT`, without which it is the issuer',
  }),
  adminTrustProxy: wholeNumber(0, 10).meta({
    description: 'As `LATCHKEY_TRUST_PROXY`, in front of the admin listener',
  }),
  metricsPort: portNumber(-1).meta({
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
  bootstrapClientSecret: bootstrapSecretSchema.nullable().meta({
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
  logLevel: z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }).meta({
    description: 'Lowest level that is logged; `DEBUG` is ignored, for libraries would log secrets',
  }),
});

type RawSettings = z.infer<typeof settingsSchema>;

export interface Settings extends Omit<RawSettings, Completed> {
  issuer: string;
  adminHost: string;
  adminUrl: string;
  drainSeconds: number;
}

/** What follows from others when it is not set. */
type Completed = 'issuer' | 'adminHost' | 'adminUrl' | 'drainSeconds';

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
  const given = read('LATCHKEY_ISSUER');
  const parsedPort = portNumber(1).safeParse(read('PORT') ?? '3000');
  if (given === null && !parsedPort.success)
    throw new SettingsError(['PORT: must be a port number']);
  return {
    issuer: parseOrigin(given ?? `http://localhost:${parsedPort.data}`, 'LATCHKEY_ISSUER'),
    clientId: read('LATCHKEY_CLIENT_ID'),
    clientSecret: read('LATCHKEY_CLIENT_SECRET'),
  };
}

/**
 * Where the admin API of an issuer is. The environment speaks of the issuer that it names itself: a credential
 * for another one is not sent there. Throws a SettingsError.
 */
export function loadAdminUrl(issuer: string): string {
  const [url, ownPort] = [read('LATCHKEY_ADMIN_URL'), read('LATCHKEY_ADMIN_PORT')];
  if ((url === null && ownPort === null) || loadCallerSettings().issuer !== issuer) return issuer;
  return parseOrigin(url ?? `http://localhost:${ownPort}`, 'LATCHKEY_ADMIN_URL');
}

function read(variable: string): string | null {
  return process.env[variable] || null;
}

/** `source` is the name of the setting or option, for the message. */
export function parseOrigin(value: string, source: string): string {
  const parsed = originSchema.safeParse(value);
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
  faults.push(...findAdminFaults(raw));
  if (faults.length > 0) throw new SettingsError(faults);
  const issuer = raw.issuer ?? `http://localhost:${raw.port}`;
  return {
    ...raw,
    issuer,
    adminHost: raw.adminHost ?? raw.host,
    adminUrl:
      raw.adminUrl ?? (raw.adminPort === null ? issuer : `http://localhost:${raw.adminPort}`),
    drainSeconds: raw.drainSeconds ?? (raw.databaseUrl === null ? 0 : 5),
  };
}

/** Who believes to have two listeners must not have one. */
function findAdminFaults({ host, port, metricsPort, ...raw }: RawSettings): string[] {
  const { adminPort, adminHost, adminUrl, adminTrustProxy } = raw;
  if (adminPort === null) {
    const lacking = 'needs LATCHKEY_ADMIN_PORT set: there is no admin listener without it';
    return [
      ...(adminHost === null ? [] : [`LATCHKEY_ADMIN_HOST: ${lacking}`]),
      ...(adminTrustProxy === 0 ? [] : [`LATCHKEY_ADMIN_TRUST_PROXY: ${lacking}`]),
    ];
  }
  const isTaken = (other: number, address: string) =>
    adminPort > 0 && adminPort === other && isSameAddress(adminHost ?? host, address);
  const another = 'the admin listener needs a port of its own';
  return [
    ...(adminPort === 0 && adminUrl === null
      ? ['LATCHKEY_ADMIN_PORT: 0 (any free port) needs LATCHKEY_ADMIN_URL set']
      : []),
    ...(isTaken(port, host) ? [`LATCHKEY_ADMIN_PORT: is PORT as well: ${another}`] : []),
    ...(isTaken(metricsPort, '127.0.0.1')
      ? [`LATCHKEY_ADMIN_PORT: is LATCHKEY_METRICS_PORT as well: ${another}`]
      : []),
  ];
}

/** Whether who listens at the one is in the way of the other. */
function isSameAddress(one: string, other: string): boolean {
  return one === other || [one, other].some((host) => host === '0.0.0.0' || host === '::');
}

/** One row per setting, for the table in the README: variable, default, meaning. */
export async function describeSettings(): Promise<
  { variable: string; fallback: string; meaning: string }[]
> {
  const variables = await readVariableNames();
  const defaults = await readSettingsFile('default.json');
  return Object.entries(settingsSchema.shape).map(([setting, schema]) => {
    const fallback = defaults[setting] ?? null;
    return {
      variable: variables[setting] ?? setting,
      fallback: fallback === null ? '' : String(fallback),
      meaning: schema.meta()?.description ?? '',
    };
  });
}

async function readVariableNames(): Promise<Record<string, string>> {
  // Our own file: each setting's variable.
  return (await readSettingsFile('custom-environment-variables.json')) as Record<string, string>;
}

async function readSettingsFile(name: string): Promise<Record<string, string | number | null>> {
  // Our own file.
  return JSON.parse(await readFile(join(configFolder, name), 'utf8')) as Record<
    string,
    string | number | null
  >;
}

/**
 * What libraries are asked to log of their own, which is every parameter of a request: taken away before they look, and
 * from the environment of the workers.
 */
export function takeDebug(): string | undefined {
  const { DEBUG: debug } = process.env;
  delete process.env['DEBUG'];
  return debug;
}
