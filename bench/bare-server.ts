/**
 * The yardstick (DESIGN §2, P2): a bare `node:http` server that parses the form and the Basic credentials,
 * compares a SHA-256 and signs the same JWT. It knows one client, refuses everything else in one way, and
 * has nothing a server for strangers would need. Arguments: port.
 */
import { generateKeyPairSync, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { signJws } from '../src/access-token/json-web-signature.ts';
import { accessTokenLifetimeSeconds, apiIdentifier, jwksPath } from './load-profile.ts';
import { sampleCredentials } from './sample-credential.ts';

const port = Number(process.argv[2]);
const issuer = `http://localhost:${port}`;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
/** As long as the thumbprints that real key ids are. */
const kid = randomBytes(32).toString('base64url');
const organizationId = `org_${randomBytes(11).toString('hex')}`;
const encodedHeader = encode({ alg: 'ES256', typ: 'at+jwt', kid });
const digests = new Map(
  [...sampleCredentials(1)].map(({ clientId, clientSecret }) => [
    clientId,
    hash('sha256', clientSecret, 'buffer'),
  ]),
);

createServer((req, res) => {
  if (req.method === 'GET' && req.url === jwksPath) {
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
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
  send(res, 200, {
    access_token: mint(clientId, scope),
    expires_in: accessTokenLifetimeSeconds,
    token_type: 'Bearer',
    scope,
  });
}

function authenticatedClientId(authorization = ''): string | undefined {
  const credentials = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
  const colon = credentials.indexOf(':');
  const clientId = credentials.slice(0, colon);
  const digest = digests.get(clientId);
  const presented = hash('sha256', credentials.slice(colon + 1), 'buffer');
  return digest !== undefined && timingSafeEqual(digest, presented) ? clientId : undefined;
}

function mint(clientId: string, scope: string): string {
  const issuedAt = Math.floor(Date.now() / 1000);
  const claims = encode({
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
  });
  const signingInput = `${encodedHeader}.${claims}`;
  return `${signingInput}.${signJws('ES256', privateKey, signingInput)}`;
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
