/**
 * The yardstick: a bare `node:http` server that parses the form and the Basic credentials,
 * compares a SHA-256 and signs the same JWT; RSA signatures are made on the thread pool. It knows one client,
 * refuses everything else in one way, and has nothing a server for strangers would need. Arguments: port,
 * signing algorithm.
 */
import {
  generateKeyPairSync,
  hash,
  randomBytes,
  timingSafeEqual,
  type KeyPairKeyObjectResult,
} from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { signJws } from '../src/access-token/json-web-signature.ts';
import { isSigningAlgorithm, type SigningAlgorithm } from '../src/model/signing-algorithm.ts';
import { accessTokenLifetimeSeconds, apiIdentifier, jwksPath } from './load-profile.ts';
import { sampleCredentials } from './sample-credential.ts';

const port = Number(process.argv[2]);
const algorithm = parseAlgorithm(process.argv[3] ?? '');
const issuer = `http://localhost:${port}`;
const { privateKey, publicKey } = generateKeyPair(algorithm);
/** As long as the thumbprints that real key ids are. */
const kid = randomBytes(32).toString('base64url');
const organizationId = `org_${randomBytes(11).toString('hex')}`;
const encodedHeader = encode({ alg: algorithm, typ: 'at+jwt', kid });
const digests = new Map(
  [...sampleCredentials(1)].map(({ clientId, clientSecret }) => [
    clientId,
    hash('sha256', clientSecret, 'buffer'),
  ]),
);

createServer((req, res) => {
  if (req.method === 'GET' && req.url === jwksPath) {
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
    return send(res, 200, { keys: [jwk] });
  }
  let body = '';
  req.setEncoding('utf8');
  req.on('data', (chunk: string) => {
    body += chunk;
  });
  req.on('end', () => answer(req, res, new URLSearchParams(body)));
}).listen(port, '127.0.0.1');

function answer(req: IncomingMessage, res: ServerResponse, form: URLSearchParams): void {
  const clientId = authenticatedClientId(req.headers.authorization);
  const scope = form.get('scope');
  if (clientId === undefined || form.get('grant_type') !== 'client_credentials' || scope === null) {
    return send(res, 401, { error: 'invalid_client' });
  }
  const signingInput = `${encodedHeader}.${encode(claimsOf(clientId, scope))}`;
  const sendToken = (signature: string) =>
    send(res, 200, {
      access_token: `${signingInput}.${signature}`,
      expires_in: accessTokenLifetimeSeconds,
      token_type: 'Bearer',
      scope,
    });
  const signature = signJws(algorithm, privateKey, signingInput);
  if (typeof signature === 'string') sendToken(signature);
  else void signature.then(sendToken);
}

function authenticatedClientId(authorization = ''): string | undefined {
  const credentials = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
  const colon = credentials.indexOf(':');
  const clientId = credentials.slice(0, colon);
  const digest = digests.get(clientId);
  const presented = hash('sha256', credentials.slice(colon + 1), 'buffer');
  return digest !== undefined && timingSafeEqual(digest, presented) ? clientId : undefined;
}

function claimsOf(clientId: string, scope: string): object {
  const issuedAt = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    sub: clientId,
    client_id: clientId,
    aud: apiIdentifier,
    iat: issuedAt,
    exp: issuedAt + accessTokenLifetimeSeconds,
    // 39 characters, as many as a `jti` of Latchkey's.
    jti: randomBytes(29).toString('base64url'),
    scope,
    organization_id: organizationId,
  };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function send(res: ServerResponse, status: number, answer: object): void {
  const json = JSON.stringify(answer);
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(json),
    'Cache-Control': 'no-store',
  });
  res.end(json);
}

function parseAlgorithm(text: string): SigningAlgorithm {
  if (!isSigningAlgorithm(text)) throw new Error(`"${text}" is no signing algorithm`);
  return text;
}

/** Keys like Latchkey's. */
function generateKeyPair(of: SigningAlgorithm): KeyPairKeyObjectResult {
  switch (of) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'EdDSA':
      return generateKeyPairSync('ed25519');
    case 'RS256':
    case 'PS256':
      return generateKeyPairSync('rsa', { modulusLength: 3072 });
  }
}
