/** Resource servers built with JWT libraries of other people, told only where the issuer is. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { auth, requiredScopes, UnauthorizedError } from 'express-oauth2-jwt-bearer';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { Passport } from 'passport';
import { ExtractJwt, Strategy, type VerifiedCallback } from 'passport-jwt';
import type { SigningAlgorithm } from '../../src/model/signing-algorithm.ts';

/** Which tokens a resource server accepts. */
export interface Acceptance {
  issuer: string;
  audience: string;
  algorithm: SigningAlgorithm;
  tokenType: 'at+jwt' | 'JWT';
}

/** The token's scopes, or why it is refused in the library's words. */
export type Verdict = { status: 200; scope: unknown } | { status: 401 | 403; refused: string };

export interface ResourceServer {
  judge(token: string): Promise<Verdict>;
  close(): Promise<void>;
}

export type Fault =
  | 'signature'
  | 'no signature'
  | 'shared secret'
  | 'audience'
  | 'issuer'
  | 'expiry';

export interface ResourceServerKind {
  name: string;
  algorithms: readonly SigningAlgorithm[];
  open(acceptance: Acceptance): Promise<ResourceServer>;
  /** What its refusals say, so that each token is refused for its own fault. */
  refusals: Record<Fault, string>;
}

const everyAlgorithm: readonly SigningAlgorithm[] = ['ES256', 'RS256', 'PS256', 'EdDSA'];

/** The JWKS, the issuer, the audience, the algorithm and the type are all it is told. */
const withJose: ResourceServerKind = {
  name: 'jose createRemoteJWKSet',
  algorithms: everyAlgorithm,
  async open({ issuer, audience, algorithm, tokenType }) {
    const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
    return {
      async judge(token) {
        try {
          const { payload } = await jwtVerify(token, keys, {
            issuer,
            audience,
            typ: tokenType,
            algorithms: [algorithm],
          });
          return { status: 200, scope: payload['scope'] };
        } catch (error) {
          if (error instanceof errors.JOSEError) return { status: 401, refused: error.message };
          throw error;
        }
      },
      close: async () => undefined,
    };
  },
  refusals: {
    signature: 'signature verification failed',
    'no signature': '"alg" (Algorithm) Header Parameter value not allowed',
    'shared secret': '"alg" (Algorithm) Header Parameter value not allowed',
    audience: 'unexpected "aud" claim value',
    issuer: 'no applicable key found in the JSON Web Key Set',
    expiry: '"exp" claim timestamp check failed',
  },
};

/** Finds the JWKS by discovery; `strict` demands the profile of RFC 9068. */
const withExpress: ResourceServerKind = {
  name: 'express-oauth2-jwt-bearer',
  algorithms: everyAlgorithm,
  open: ({ issuer, audience, algorithm, tokenType }) =>
    openExpress(
      [
        auth({
          issuerBaseURL: issuer,
          audience,
          tokenSigningAlg: algorithm,
          strict: tokenType === 'at+jwt',
        }),
        requiredScopes('orders:read'),
      ],
      (req) => req.auth?.payload['scope'],
    ),
  refusals: {
    signature: 'signature verification failed',
    'no signature': 'Unsupported algorithm "none"',
    'shared secret': 'Unsupported algorithm "HS256"',
    audience: "Unexpected 'aud' value",
    issuer: 'no applicable key found in the JSON Web Key Set',
    expiry: '"exp" claim timestamp check failed',
  },
};

/** jsonwebtoken, inside passport-jwt, knows no EdDSA. */
const withPassport: ResourceServerKind = {
  name: 'passport-jwt with jwks-rsa',
  algorithms: ['ES256', 'RS256', 'PS256'],
  async open({ issuer, audience, algorithm }) {
    // It requires jose, which Jest cannot give while it still links this file's own import of it.
    const { passportJwtSecret } = await import('jwks-rsa');
    const passport = new Passport();
    passport.use(
      new Strategy(
        {
          jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
          secretOrKeyProvider: passportJwtSecret({ jwksUri: `${issuer}/.well-known/jwks.json` }),
          issuer,
          audience,
          // Its types know jsonwebtoken's algorithms only, which `algorithms` below keeps to.
          algorithms: [algorithm as Exclude<SigningAlgorithm, 'EdDSA'>],
        },
        (payload: { scope: string }, done: VerifiedCallback) => done(null, payload),
      ),
    );
    const authenticate: RequestHandler = (req, res, next) => {
      // passport passes its callback three values of type any.
      const answer = (error: unknown, user: Express.User | false | undefined, refusal: unknown) => {
        if (user) {
          req.user = user;
          next();
        } else if (refusal instanceof Error) res.status(401).json({ refused: refusal.message });
        else next(error);
      };
      passport.authenticate('jwt', { session: false }, answer)(req, res, next);
    };
    // What the strategy's callback above handed on.
    return openExpress([authenticate], (req) => (req.user as { scope: string }).scope);
  },
  refusals: {
    signature: 'invalid signature',
    'no signature': 'invalid algorithm',
    // jwks-rsa gives no key for it.
    'shared secret': 'secret or public key must be provided',
    audience: 'jwt audience invalid',
    issuer: 'secret or public key must be provided',
    expiry: 'jwt expired',
  },
};

export const resourceServerKinds: readonly ResourceServerKind[] = [
  withJose,
  withExpress,
  withPassport,
];

const answerUnauthorized: ErrorRequestHandler = (error, _req, res, next) => {
  if (error instanceof UnauthorizedError) res.status(error.status).json({ refused: error.message });
  else next(error);
};

/** An API of one route behind `guards`. */
async function openExpress(
  guards: readonly RequestHandler[],
  readScope: (req: express.Request) => unknown,
): Promise<ResourceServer> {
  const app = express();
  app.get('/orders', ...guards, (req, res) => {
    res.json({ scope: readScope(req) });
  });
  app.use(answerUnauthorized);
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // An address of a listening TCP server is never a string.
  const { port } = server.address() as AddressInfo;
  return {
    async judge(token) {
      const response = await fetch(`http://127.0.0.1:${port}/orders`, {
        headers: { authorization: `Bearer ${token}` },
      });
      if (![200, 401, 403].includes(response.status)) {
        throw new Error(`${response.status}: ${await response.text()}`);
      }
      // The route and the guards above answer nothing else.
      return { status: response.status, ...((await response.json()) as object) } as Verdict;
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
