/** What each header parameter and claim of an access token means, in words (RFC 7515, 7519, 9068, DESIGN §4). */
import type { JWTPayload, ProtectedHeaderParameters } from 'jose';
import { parseTokenId } from '../../model/token-id.ts';
import { formatDuration } from '../terminal/option-values.ts';
import { formatTime } from '../terminal/text-table.ts';

type Meaning = (value: unknown, now: Date) => string;

const headerMeanings: Record<string, Meaning> = {
  typ: (value) =>
    value === 'JWT'
      ? 'a plain JWT, as an API may ask for; only its audience says it is an access token'
      : 'an access token (RFC 9068)',
  alg: () => 'how it is signed',
  kid: () => "which of the issuer's keys signed it",
};

const claimMeanings: Record<string, Meaning> = {
  iss: () => 'who issued it',
  sub: () => 'whom it speaks for: a machine, so the client itself',
  client_id: () => 'the client that fetched it',
  aud: () => 'the API it is for; every other API must refuse it',
  iat: (value, now) => `when it was issued: ${describeMoment(value, now)}`,
  nbf: (value, now) => `when it begins to count: ${describeMoment(value, now)}`,
  exp: (value, now) => `when it ends: ${describeMoment(value, now)}`,
  jti: describeTokenId,
  scope: (value) =>
    typeof value === 'string' && value !== ''
      ? `what it permits: ${value.split(' ').join(', ')}`
      : 'what it permits: nothing',
  organization_id: () => 'the organization of the client',
  location_id: () => 'the location the client is confined to',
  cnf: () => 'the key its bearer must prove to hold',
};

export interface ExplainedField {
  name: string;
  value: string;
  meaning: string;
}

export function explainFields(
  { header, claims }: { header: ProtectedHeaderParameters; claims: JWTPayload },
  now: Date,
): ExplainedField[] {
  return [...explain(header, headerMeanings, now), ...explain(claims, claimMeanings, now)];
}

function explain(fields: object, meanings: Record<string, Meaning>, now: Date): ExplainedField[] {
  return Object.entries(fields).map(([name, value]: [string, unknown]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    meaning: Object.hasOwn(meanings, name)
      ? (meanings[name]?.(value, now) ?? '')
      : 'not a claim of Latchkey',
  }));
}

/** Seconds since the epoch as a time, and how far away it is. */
function describeMoment(value: unknown, now: Date): string {
  const moment = typeof value === 'number' ? new Date(value * 1000) : undefined;
  if (moment === undefined || Number.isNaN(moment.getTime())) return 'not a time';
  const distance = (moment.getTime() - now.getTime()) / 1000;
  const words =
    distance < 0 ? `${formatDuration(-distance)} ago` : `in ${formatDuration(distance)}`;
  return `${formatTime(moment.toISOString())}, ${words}`;
}

function describeTokenId(value: unknown): string {
  const fields = typeof value === 'string' ? parseTokenId(value) : undefined;
  if (fields === undefined) return 'its own number';
  return `its own number; made at registry version ${fields.registryVersion}, with credential ${fields.credentialSerial}`;
}
