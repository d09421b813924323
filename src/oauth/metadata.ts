/** Server metadata (RFC 8414) and the JWKS (RFC 7517): what exists here, and nothing else. */
import { createHash } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { signingAlgorithms } from '../model/signing-algorithm.ts';
import type { SigningKeyRing } from '../signing-key/signing-key-ring.ts';
import { tokenPath } from './engine.ts';
import { introspectionPath } from './introspection-endpoint.ts';
import { revocationPath } from './revocation-endpoint.ts';

export const jwksPath = '/.well-known/jwks.json';
const jwksMaxAgeSeconds = 300;
const metadataMaxAgeSeconds = 3600;
const authenticationMethods = ['client_secret_basic', 'client_secret_post'];

function serverMetadata(issuer: string, hasDocs: boolean): Record<string, unknown> {
  return {
    issuer,
    token_endpoint: issuer + tokenPath,
    jwks_uri: issuer + jwksPath,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: [...authenticationMethods],
    introspection_endpoint: issuer + introspectionPath,
    introspection_endpoint_auth_methods_supported: [...authenticationMethods],
    revocation_endpoint: issuer + revocationPath,
    revocation_endpoint_auth_methods_supported: [...authenticationMethods],
    ...(hasDocs ? { service_documentation: `${issuer}/docs` } : {}),
  };
}

/** Strict parsers of OpenID Connect Discovery demand these, though nobody signs in here. */
function openIdConfiguration(metadata: Record<string, unknown>): Record<string, unknown> {
  return {
    ...metadata,
    response_types_supported: [],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...signingAlgorithms],
  };
}

export function metadataRouter(dependencies: {
  issuer: string;
  signingKeys: SigningKeyRing;
  /** Whether the API reference is at the issuer. */
  hasDocs: boolean;
}): Router {
  const { issuer, signingKeys, hasDocs } = dependencies;
  const router = new Router({ sensitive: true, strict: true });
  const facts = serverMetadata(issuer, hasDocs);
  const metadata = JSON.stringify(facts);
  const configuration = JSON.stringify(openIdConfiguration(facts));
  router.get('metadata', '/.well-known/oauth-authorization-server', (ctx) =>
    sendPublic(ctx, metadata, 'application/json', metadataMaxAgeSeconds),
  );
  router.get('metadata', '/.well-known/openid-configuration', (ctx) =>
    sendPublic(ctx, configuration, 'application/json', metadataMaxAgeSeconds),
  );
  router.get('jwks', jwksPath, (ctx) =>
    sendPublic(ctx, signingKeys.jwks, 'application/jwk-set+json', jwksMaxAgeSeconds),
  );
  return router;
}

/** Cacheable, with an entity tag, and readable from any origin: nothing in it is secret. */
function sendPublic(ctx: Context, json: string, type: string, maxAgeSeconds: number): void {
  ctx.set('Cache-Control', `public, max-age=${maxAgeSeconds}`);
  ctx.set('Access-Control-Allow-Origin', '*');
  ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
  ctx.set('ETag', `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"`);
  ctx.body = json;
  ctx.type = type;
  ctx.status = 200;
  if (ctx.fresh) {
    ctx.status = 304;
    ctx.body = null;
  }
}
