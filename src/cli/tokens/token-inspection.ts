/**
 * Checks an access token as a resource server would (RFC 9068 §4), but goes on after the first fault, so
 * that a person sees all of them and what to do about each.
 */
import {
  compactVerify,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from 'jose';
import { formatDuration } from '../terminal/option-values.ts';

export interface TokenFault {
  /** Stable, for programs. */
  code: string;
  problem: string;
  advice: string;
}

export interface TokenReport {
  valid: boolean;
  header: ProtectedHeaderParameters;
  claims: JWTPayload;
  faults: TokenFault[];
  /** What this check cannot say, or was not asked to. */
  notChecked: string[];
}

export interface Expectation {
  issuer: string;
  keySet: JSONWebKeySet;
  /** null: any. */
  audience: string | null;
  now: Date;
}

const algorithms = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
];
/** RFC 9068 §2.2. */
const requiredClaims = ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'] as const;

const isText = (value: unknown) => typeof value === 'string';
const claimTypes: Record<string, (value: unknown) => boolean> = {
  iss: isText,
  sub: isText,
  client_id: isText,
  jti: isText,
  scope: isText,
  aud: (value) => [value].flat().every(isText),
  exp: Number.isFinite,
  iat: Number.isFinite,
  nbf: Number.isFinite,
};

/** How far another machine's clock may be ahead of ours before it is a fault. */
const clockSecondsMax = 60;

export async function inspectToken(token: string, expected: Expectation): Promise<TokenReport> {
  const decoded = decode(token);
  if ('code' in decoded) {
    return { valid: false, header: {}, claims: {}, faults: [decoded], notChecked: [] };
  }
  const { header, claims } = decoded;
  const faults = [
    ...checkType(header),
    ...(await checkSignature(token, header, expected.keySet)),
    ...checkPresence(claims),
    ...checkIssuer(claims, expected.issuer),
    ...checkAudience(claims, expected.audience),
    ...checkTimes(claims, expected.now),
  ];
  return {
    valid: faults.length === 0,
    header,
    claims,
    faults,
    notChecked: listUnchecked(claims, expected.audience),
  };
}

function decode(
  token: string,
): { header: ProtectedHeaderParameters; claims: JWTPayload } | TokenFault {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch (error) {
    const isEncrypted = token.split('.').length === 5;
    return {
      code: 'malformed',
      problem: isEncrypted
        ? 'This is an encrypted token (JWE), which only its API can read.'
        : `This is not a JSON Web Token: ${error instanceof Error ? error.message : String(error)}.`,
      advice:
        'A token is three parts of letters, digits, "-" and "_", joined by two dots: copy it whole, without "Bearer" and without line breaks.',
    };
  }
}

function checkType({ typ }: ProtectedHeaderParameters): TokenFault[] {
  const type = typ?.toLowerCase().replace(/^application\//, '');
  if (type === 'at+jwt' || type === 'jwt') return [];
  return [
    {
      code: 'wrong_type',
      problem: `Its type (typ) is ${typ === undefined ? 'missing' : `"${typ}"`}; an access token says "at+jwt" or "JWT".`,
      advice: 'Do not accept it: it was made for another purpose.',
    },
  ];
}

async function checkSignature(
  token: string,
  { kid, alg }: ProtectedHeaderParameters,
  keySet: JSONWebKeySet,
): Promise<TokenFault[]> {
  if (alg === undefined || !algorithms.includes(alg)) {
    return [
      {
        code: 'unacceptable_algorithm',
        problem: `Its algorithm (alg) is "${alg}", which proves nothing about who made it.`,
        advice: 'Do not accept it: only signatures by a public key of the issuer count.',
      },
    ];
  }
  try {
    await compactVerify(token, createLocalJWKSet(keySet), { algorithms });
    return [];
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) {
      return [
        {
          code: 'bad_signature',
          problem: `The signature does not match: header or claims are not what the key ${kid ?? ''} signed.`,
          advice:
            'The token was changed after it was issued, or not copied completely. Do not accept it; fetch a new one.',
        },
      ];
    }
    if (error instanceof errors.JWKSNoMatchingKey) {
      return [
        {
          code: 'unknown_key',
          problem: `It names the key ${kid === undefined ? '(none)' : `"${kid}"`} with ${alg}, which the issuer does not publish.`,
          advice:
            'It comes from another issuer, was forged, or its key was revoked or has left the JWKS. Fetch a new token.',
        },
      ];
    }
    if (!(error instanceof errors.JOSEError)) throw error;
    return [
      {
        code: 'unverifiable_signature',
        problem: `The signature cannot be checked: ${error.message}.`,
        advice: 'The token was not copied completely, or was forged. Do not accept it.',
      },
    ];
  }
}

function checkPresence(claims: JWTPayload): TokenFault[] {
  const faults: TokenFault[] = [];
  const missing = requiredClaims.filter((name) => claims[name] === undefined);
  if (missing.length > 0) {
    faults.push({
      code: 'missing_claim',
      problem: `It lacks ${missing.join(', ')}, which every access token has (RFC 9068 section 2.2).`,
      advice: 'It is not an access token of Latchkey; an ID token, perhaps.',
    });
  }
  const malformed = Object.entries(claimTypes).filter(
    ([name, isType]) => claims[name] !== undefined && !isType(claims[name]),
  );
  if (malformed.length > 0) {
    faults.push({
      code: 'malformed_claim',
      problem: `These claims are not of the type they must be: ${malformed.map(([name]) => name).join(', ')}.`,
      advice: 'Do not accept it: whoever made it did not follow RFC 7519.',
    });
  }
  return faults;
}

function checkIssuer({ iss }: JWTPayload, issuer: string): TokenFault[] {
  if (iss === undefined || iss === issuer) return [];
  return [
    {
      code: 'wrong_issuer',
      problem: `It says it was issued by ${iss}, not by ${issuer}.`,
      advice: `If you trust that issuer, check against it with --issuer ${iss}. Issuers are compared exactly: http is not https, and 127.0.0.1 is not localhost.`,
    },
  ];
}

function checkAudience({ aud }: JWTPayload, audience: string | null): TokenFault[] {
  if (audience === null || aud === undefined || [aud].flat().includes(audience)) return [];
  return [
    {
      code: 'wrong_audience',
      problem: `It is for ${[aud].flat().join(' and ')}, not for ${audience}.`,
      advice: `Fetch one for this API: latchkey token --resource ${audience}. Audiences are compared exactly, to the last slash.`,
    },
  ];
}

function checkTimes({ exp, iat, nbf }: JWTPayload, now: Date): TokenFault[] {
  const seconds = now.getTime() / 1000;
  const faults: TokenFault[] = [];
  if (exp !== undefined && exp <= seconds) {
    faults.push({
      code: 'expired',
      problem: `It expired ${formatDuration(seconds - exp)} ago.`,
      advice: 'Fetch a new one, and fetch the next a little before this one ends (expires_in).',
    });
  }
  const begins = Math.max(nbf ?? 0, iat ?? 0);
  if (begins > seconds + clockSecondsMax) {
    faults.push({
      code: 'not_yet_valid',
      problem: `It begins in ${formatDuration(begins - seconds)}.`,
      advice: 'Compare the clocks: that of this machine is behind, or that of the issuer is ahead.',
    });
  }
  return faults;
}

function listUnchecked(claims: JWTPayload, audience: string | null): string[] {
  return [
    ...(audience === null
      ? ['whether it is for your API: name it with --audience, as the API itself must']
      : []),
    ...('cnf' in claims
      ? ['whether its bearer holds the key it is bound to (cnf): an API must demand proof']
      : []),
    'whether the client, its secret or the token was revoked since: a signature cannot say that',
  ];
}
