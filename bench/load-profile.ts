/** What every contestant is asked, and what its token must say: the same request, the same claims. */

export const tokenPath = '/oauth2/token';
export const jwksPath = '/.well-known/jwks.json';
export const scope = 'orders:read';
/** The whole body of every request; the credentials are in the Authorization header. */
export const requestBody = new URLSearchParams({
  grant_type: 'client_credentials',
  scope,
}).toString();
export const requestContentType = 'application/x-www-form-urlencoded';
export const apiIdentifier = 'https://orders.bench.example.com';
export const accessTokenLifetimeSeconds = 3600;
