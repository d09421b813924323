/** Registers many clients at once, by SQL: the rows that registering them one by one would leave. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { digestClientSecret, hintOfClientSecret } from '../src/registry/credential.ts';
import { newRecordId } from '../src/model/record-id.ts';
import { apiIdentifier, scope } from './load-profile.ts';
import { sampleCredentials } from './sample-credential.ts';

const insertApi = `
  WITH api AS (
    INSERT INTO apis (id, identifier, name) VALUES ($1, $2, 'Orders') RETURNING id)
  INSERT INTO api_scopes (api_id, value, position) SELECT id, $3, 0 FROM api`;

const insertClients = `
  WITH sample AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[])
      AS sample (record_id, client_id, secret_id, secret_digest, hint)),
  clients AS (
    INSERT INTO clients (id, organization_id, name)
    SELECT record_id, (SELECT id FROM organizations ORDER BY created_at LIMIT 1), 'A client' FROM sample),
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

/** The database must be migrated and have its organization; it is left analysed, as autovacuum would. */
export async function seedClients(databaseUrl: string, count: number): Promise<void> {
  const apiId = newRecordId('api', randomBytes(16));
  const credentials = [...sampleCredentials(count)];
  const connection = new pg.Client({ connectionString: databaseUrl });
  await connection.connect();
  try {
    await connection.query('BEGIN');
    await connection.query(insertApi, [apiId, apiIdentifier, scope]);
    await connection.query(insertClients, [
      credentials.map(() => newRecordId('client', randomBytes(16))),
      credentials.map(({ clientId }) => clientId),
      credentials.map(() => newRecordId('secret', randomBytes(16))),
      credentials.map(({ clientSecret }) => digestClientSecret(clientSecret)),
      credentials.map(({ clientSecret }) => hintOfClientSecret(clientSecret)),
      apiId,
      scope,
    ]);
    await connection.query('COMMIT');
    await connection.query('VACUUM ANALYZE');
  } finally {
    await connection.end();
  }
}
