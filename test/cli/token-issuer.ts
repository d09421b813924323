/** An issuer of the test's own: metadata, keys, and any token a test can think of, signed or not quite. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

export interface TokenIssuer {
  issuer: string;
  /** A valid access token, but for what is overridden; a claim that is undefined is left out. */
  sign(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export const orders = 'https://orders.example.com';
const kid = 'test-key';

export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' };
  const server = createServer((req, res) => {
    const documents: Record<string, object> = {
      '/.well-known/oauth-authorization-server': { issuer, jwks_uri: `${issuer}/jwks` },
      '/jwks': { keys: [jwk] },
    };
    const document = documents[req.url ?? ''];
    res.writeHead(document ? 200 : 404, { 'Content-Type': 'application/json' });
    res.end(JSON.stringify(document ?? {}));
  });
  const issuer = await listen(server);
  return {
    issuer,
    sign: (claims = {}, header = {}) => sign(privateKey, issuer, claims, header),
    close: () => closeServer(server),
  };
}

function sign(
  privateKey: CryptoKey,
  issuer: string,
  claims: Record<string, unknown>,
  header: Record<string, unknown>,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload: JWTPayload = {
    iss: issuer,
    sub: 'lkc_someone',
    client_id: 'lkc_someone',
    aud: orders,
    iat: now,
    exp: now + 3600,
    jti: 'a-number',
    scope: 'orders:read orders:write',
    ...claims,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ typ: 'at+jwt', alg: 'ES256', kid, ...header })
    .sign(privateKey);
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an AddressInfo.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
