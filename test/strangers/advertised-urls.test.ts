/** What a stranger finds by following the published metadata (RFC 8414), and what it must not find. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

const documents = ['oauth-authorization-server', 'openid-configuration'] as const;

const metadataSchema = z.looseObject({
  token_endpoint: z.url(),
  introspection_endpoint: z.url(),
  revocation_endpoint: z.url(),
  jwks_uri: z.url(),
  service_documentation: z.url(),
});

/** RFC 7518 §6: of elliptic curve, RSA and symmetric keys. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Where other authorization servers, our engine among them, keep what does not exist here. */
const unadvertisedPaths = [
  '/token',
  '/oauth/token',
  '/oauth2/token/',
  '/oauth2/authorize',
  '/oauth2/auth',
  '/auth',
  '/authorize',
  '/me',
  '/userinfo',
  '/jwks',
  '/oauth2/jwks',
  '/reg',
  '/register',
  '/device/auth',
  '/backchannel',
  '/request',
  '/session/end',
  '/token/introspection',
  '/token/revocation',
  '/.well-known/webfinger',
];

// P-280
describeOnBothDatabases('the published URLs', (server) => {
  describe.each(documents)('in %s', (document) => {
    async function readMetadata() {
      const response = await fetch(`${server.issuer}/.well-known/${document}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^application\/json(?:;|$)/);
      return metadataSchema.parse(await response.json());
    }

    test('are all below the issuer, and the issuer is the one that was asked', async () => {
      const metadata = await readMetadata();
      expect(metadata['issuer']).toBe(server.issuer);
      for (const [name, value] of Object.entries(metadata)) {
        if (typeof value !== 'string' || !URL.canParse(value)) continue;
        expect({ name, origin: new URL(value).origin }).toEqual({ name, origin: server.issuer });
      }
    });

    test('advertise the endpoints there are, and no other', async () => {
      const endpoints = Object.keys(await readMetadata()).filter((name) =>
        /_(?:endpoint|uri)$/.test(name),
      );
      expect(endpoints.toSorted()).toEqual([
        'introspection_endpoint',
        'jwks_uri',
        'revocation_endpoint',
        'token_endpoint',
      ]);
    });

    test.each(['token_endpoint', 'introspection_endpoint', 'revocation_endpoint'] as const)(
      'name a %s that answers POST and nothing else',
      async (endpoint) => {
        const url = (await readMetadata())[endpoint];
        const posted = await fetch(url, { method: 'POST', body: new URLSearchParams() });
        expect(posted.status).toBe(401);
        expect(await posted.json()).toEqual({
          error: 'invalid_client',
          error_description: 'client authentication failed',
        });
        for (const method of ['GET', 'PUT', 'DELETE']) {
          const { status, headers } = await fetch(url, { method });
          expect({ method, status, allow: headers.get('allow') }).toEqual({
            method,
            status: 405,
            allow: 'POST',
          });
        }
      },
    );

    // P-285
    test('name a JWKS of public keys, each with what a validator chooses by', async () => {
      const response = await fetch((await readMetadata()).jwks_uri);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/jwk-set+json');
      expect(response.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
      const { keys } = z
        .strictObject({ keys: z.array(z.record(z.string(), z.string())) })
        .parse(await response.json());
      expect(keys.map(({ alg }) => alg)).toEqual(expect.arrayContaining(['ES256', 'RS256']));
      for (const key of keys) {
        expect(key).toMatchObject({ kid: expect.stringMatching(/./), use: 'sig' });
        expect(privateMembers.filter((member) => member in key)).toEqual([]);
      }
    });

    test('name documentation that a person can open', async () => {
      const response = await fetch((await readMetadata()).service_documentation);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/html(?:;|$)/);
    });
  });

  test.each(unadvertisedPaths)('do not exist where nothing is advertised: %s', async (path) => {
    const answers = await Promise.all(
      ['GET', 'POST'].map((method) => fetch(server.issuer + path, { method })),
    );
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
  });
});
