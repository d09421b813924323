/** `/revocations`: takes access tokens back before they expire: one, or all of a secret, client, location, organization. */
import { z } from 'zod';
import type { AccessTokenVerification } from '../access-token/access-token-verification.ts';
import { toRevocableToken } from '../access-token/revocable-token.ts';
import type { Actor } from '../model/principal.ts';
import { invalidAt } from '../model/registry-error.ts';
import type { Revoked, TokenRevocation } from '../registry/token-revocation.ts';
import { defineRoute, type Route } from './route.ts';
import { referenceSchema, timeSchema } from './schemas.ts';

const tokenCharactersMax = 16_384;

const targets = [
  'token',
  'secret',
  'client',
  'location',
  'organization',
  'jti',
  'everything',
] as const;

const revocationSchema = z
  .strictObject({
    token: z
      .string()
      .max(tokenCharactersMax)
      .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, 'must be an access token: a JWT in its compact form')
      .optional()
      .meta({ description: 'One access token: the whole JWT' }),
    secret: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[\x21-\x7E]+$/, 'must be visible characters without spaces')
      .optional()
      .meta({
        description:
          'A client secret, as it was found where it should not be, or its record id: the secret and every access token it was used for',
      }),
    client: referenceSchema.optional().meta({
      description: 'Record id or client_id: every access token so far; the client stays active',
    }),
    location: referenceSchema
      .optional()
      .meta({ description: 'Record id: every access token so far of all its clients' }),
    organization: referenceSchema
      .optional()
      .meta({ description: 'Record id: every access token so far of all its clients' }),
    jti: z
      .string()
      .regex(/^[0-9A-Za-z]{39}$/, 'must be the jti of an access token of this server')
      .optional()
      .meta({
        description:
          'For operators: one access token of which only the `jti` is known; `expires_at` belongs to it. Not for tokens that were asked for without a secret',
      }),
    expires_at: timeSchema.optional().meta({
      description: 'The `exp` of the access token with this `jti`, or later, by a day at most',
    }),
    everything: z
      .literal(true)
      .optional()
      .meta({ description: 'For operators: every access token there is, your own among them' }),
  })
  .refine((body) => targets.filter((name) => body[name] !== undefined).length === 1, {
    message: `name exactly one of ${targets.join(', ')}`,
  })
  .refine((body) => (body.jti === undefined) === (body.expires_at === undefined), {
    path: ['expires_at'],
    message: 'belongs to jti, and jti needs it: the exp of the token',
  })
  .meta({ id: 'Revocation', example: { client: 'client_4Xr9KpT1sGf6WqL0bNz3Jd' } });

const revokedSchema = z
  .object({
    revoked: z
      .object({
        type: z.enum([
          'access_token',
          'client_secret',
          'client',
          'location',
          'organization',
          'instance',
        ]),
        id: z.string(),
      })
      .meta({
        description:
          'What was revoked: a token by its `jti`, a secret by its record id, or every access token so far of the client, location, organization or instance with this id',
      }),
    version: z
      .int()
      .meta({ description: 'Registry version: access tokens issued from then on are not meant' }),
  })
  .meta({ id: 'Revoked' });

export function revocationRoutes(dependencies: {
  revocation: TokenRevocation;
  verification: AccessTokenVerification;
}): Route[] {
  const { revocation, verification } = dependencies;

  /** Exactly one is named: the schema saw to it. */
  async function revoke(actor: Actor, body: z.infer<typeof revocationSchema>): Promise<Revoked> {
    const { token, secret, client, location, organization, jti, expires_at: expiresAt } = body;
    if (token !== undefined) return revokeToken(actor, token);
    if (secret !== undefined) return revocation.revokeSecret(actor, secret);
    if (client !== undefined) return revocation.revokeTokensOfClient(actor, client);
    if (location !== undefined) return revocation.revokeTokensOfLocation(actor, location);
    if (organization !== undefined) {
      return revocation.revokeTokensOfOrganization(actor, organization);
    }
    if (jti !== undefined && expiresAt !== undefined) {
      return revocation.revokeTokenId(actor, jti, new Date(expiresAt));
    }
    return revocation.revokeEverything(actor);
  }

  async function revokeToken(actor: Actor, token: string): Promise<Revoked> {
    const verified = await verification.findIssued(token);
    if (verified) return revocation.revokeToken(actor, toRevocableToken(verified));
    throw invalidAt('/token', 'this server did not issue it, or it has expired already');
  }

  return [
    defineRoute({
      method: 'post',
      path: '/revocations',
      operationId: 'revoke',
      needsConfirmation: true,
      tag: 'Revocations',
      permission: 'revocations:write',
      summary: 'Revoke access tokens',
      description:
        'Name exactly one of `token`, `secret`, `client`, `location`, `organization`, `jti` and `everything`. ' +
        'With a secret, or all access tokens of a client, the open invitation links end that the client has given, and the audit event names them. ' +
        'When the answer comes, no introspection finds them active, and the admin API refuses them. ' +
        'Resource servers that look at the signature alone accept them until they expire.',
      mayMiss: true,
      body: revocationSchema,
      responses: { 200: { description: 'What was revoked', schema: revokedSchema } },
      handle: async ({ actor, body }) => {
        const { type, id, version } = await revoke(actor, body);
        return { status: 200, body: { revoked: { type, id }, version: Number(version) } };
      },
    }),
  ];
}
