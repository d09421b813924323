/** What an instance composed in this very process needs, for tests that must look inside or hold something up. */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { Settings } from '../../src/config.ts';
import type { Log } from '../../src/http/log.ts';
import { newCredential } from './server-process.ts';
import { createDatabase } from './shared-servers.ts';

export const silentLog: Log = pino({ level: 'silent' });

/** On a new database of its own, on any free port. */
export async function inProcessSettings(): Promise<Settings> {
  const { clientId, clientSecret } = newCredential();
  return {
    port: 0,
    host: '127.0.0.1',
    issuer: 'http://localhost:3000',
    adminPort: null,
    adminHost: '127.0.0.1',
    adminUrl: 'http://localhost:3000',
    adminTrustProxy: 0,
    metricsPort: -1,
    databaseUrl: await createDatabase(),
    dataDir: '',
    keyEncryptionKey: randomBytes(32).toString('base64'),
    bootstrapClientId: clientId,
    bootstrapClientSecret: clientSecret,
    workers: 1,
    drainSeconds: 0,
    trustProxy: 0,
    signingKeyRotationDays: 90,
    webhookAllowedHosts: [],
    auditRetentionDays: 0,
    logLevel: 'silent',
  };
}
