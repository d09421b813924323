/** `/clients/{id}/token`: a one-off access token, made without a secret and shown this once. */
import { z } from 'zod';
import type { OneOffTokens } from '../access-token/one-off-tokens.ts';
import { defineRoute, type Route } from './route.ts';
import { idParams, referenceSchema } from './schemas.ts';

const scopeValuesMax = 200;

const requestSchema = z
  .strictObject({
    resource: referenceSchema
      .refine(
        (resource) => URL.canParse(resource) && !resource.includes('#'),
        'must be an absolute URI without a fragment',
      )
      .optional()
      .meta({
        description: 'Identifier of an API; without it the token endpoint’s rule chooses',
        example: 'https://orders.example.com',
      }),
    scope: z
      .string()
      .regex(
        /^[\x21\x23-\x5B\x5D-\x7E]{1,128}(?: [\x21\x23-\x5B\x5D-\x7E]{1,128})*$/,
        'must be scope values with single spaces between them (RFC 6749 section 3.3)',
      )
      .refine(
        (scope) => scope.split(' ').length <= scopeValuesMax,
        `must be at most ${scopeValuesMax} values`,
      )
      .optional()
      .meta({
        description: 'With single spaces between them; without it all that is granted for the API',
        example: 'orders:read',
      }),
  })
  .meta({ id: 'OneOffTokenRequest' });

export const oneOffTokenSchema = z
  .object({
    access_token: z.string().meta({
      description: 'Shown this once, and kept nowhere',
      example: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJsa2MifQ.c2lnbmF0dXJl',
    }),
    expires_in: z.int().meta({ description: 'Seconds from now', example: 3600 }),
    scope: z.string().meta({ description: 'What it carries', example: 'orders:read' }),
    token_type: z.literal('Bearer').meta({ description: 'How it is sent (RFC 6750)' }),
  })
  .meta({ id: 'OneOffToken' });

export function oneOffTokenRoutes(tokens: OneOffTokens): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/clients/{id}/token',
      operationId: 'mintOneOffToken',
      tag: 'Clients',
      permission: 'secrets:write',
      summary: 'Make an access token without a secret',
      description:
        'Answered as the token endpoint would answer the client itself, and counts as its use. Refused for an inactive client, and for whoever holds less of the admin API than the client does.',
      bodyOptional: true,
      params: idParams('client'),
      body: requestSchema,
      responses: { 200: { description: 'The access token', schema: oneOffTokenSchema } },
      handle: async ({ actor, params, body }) => {
        const { value, expiresInSeconds, scope } = await tokens.mint(actor, params.id, {
          resource: body.resource,
          scope: body.scope,
        });
        return {
          status: 200,
          body: {
            access_token: value,
            expires_in: expiresInSeconds,
            scope,
            token_type: 'Bearer' as const,
          },
        };
      },
    }),
  ];
}
