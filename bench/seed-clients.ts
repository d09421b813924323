/** Registers many clients by SQL: the rows that registering them one by one would leave, all of them in use. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { newRecordId } from '../src/model/record-id.ts';
import { digestClientSecret, hintOfClientSecret } from '../src/registry/credential.ts';
import { scope } from './load-profile.ts';
import { sampleCredential, sampleRecordId } from './sample-credential.ts';

const clientsPerStatement = 20_000;

// A client whose stored last use is older than a day would have its next one written before it gets a token.
const insertClients = `
  WITH sample AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[])
      AS sample (record_id, client_id, secret_id, secret_digest, hint)),
  clients AS (
    INSERT INTO clients (id, organization_id, name, last_used_at)
    SELECT record_id, (SELECT id FROM organizations ORDER BY created_at LIMIT 1), 'A client', now()
      FROM sample),
  identifiers AS (
    INSERT INTO client_identifiers (client_id, client_record_id)
    SELECT client_id, record_id FROM sample),
  secrets AS (
    INSERT INTO client_secrets (id, client_record_id, secret_digest, hint, slot, created_by)
    SELECT secret_id, record_id, secret_digest, hint, 1, 'system' FROM sample),
  grants AS (
    INSERT INTO grants (client_record_id, api_id, position, is_default)
    SELECT record_id, $6, 0, true FROM sample)
  INSERT INTO grant_scopes (client_record_id, api_id, scope) SELECT record_id, $6, $7 FROM sample`;

/**
 * The database must be migrated, and have its organization and the API (by record id). It is left as one
 * that has had its clients for a while: analysed, and with nothing waiting to be written to disk.
 */
export async function seedClients(options: {
  databaseUrl: string;
  apiId: string;
  count: number;
  /** Told how many there are so far. */
  onProgress: (clients: number) => void;
}): Promise<void> {
  const { databaseUrl, apiId, count, onProgress } = options;
  const connection = new pg.Client({ connectionString: databaseUrl });
  await connection.connect();
  try {
    await connection.query('SET synchronous_commit = off');
    for (let from = 0; from < count; from += clientsPerStatement) {
      const to = Math.min(from + clientsPerStatement, count);
      await connection.query(insertClients, [...columnsOf(from, to), apiId, scope]);
      onProgress(to);
    }
    await connection.query('VACUUM ANALYZE');
    await connection.query('CHECKPOINT');
  } finally {
    await connection.end();
  }
}

function columnsOf(from: number, to: number): unknown[][] {
  const indexes = Array.from({ length: to - from }, (_, offset) => from + offset);
  const credentials = indexes.map((index) => sampleCredential(index));
  return [
    indexes.map((index) => sampleRecordId(index)),
    credentials.map(({ clientId }) => clientId),
    credentials.map(() => newRecordId('secret', randomBytes(16))),
    credentials.map(({ clientSecret }) => digestClientSecret(clientSecret)),
    credentials.map(({ clientSecret }) => hintOfClientSecret(clientSecret)),
  ];
}
