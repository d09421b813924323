/** `/clients/{id}/impact`: what used it lately, for the question whether it may go. */
import { z } from 'zod';
import type { ClientRegistry } from '../registry/client-registry.ts';
import type { ClientImpact, ClientImpactReport } from '../usage/client-impact-report.ts';
import { secretFields, statusOf } from './client-secrets.ts';
import { defineRoute, type Route } from './route.ts';
import { idParams, lastUsedSchema, timeSchema } from './schemas.ts';

const countSchema = z.int().meta({ description: 'Access tokens that were issued', example: 1440 });

export const clientImpactSchema = z
  .object({
    client: z.string().meta({
      description: 'Record id',
      example: 'client_4Xr9KpT1sGf6WqL0bNz3Jd',
    }),
    client_id: z.string().meta({ description: 'Its present client_id' }),
    name: z.string().meta({ description: 'For people', example: 'Order import' }),
    active: z.boolean().meta({ description: 'Whether it may fetch access tokens' }),
    from: timeSchema.meta({ description: 'What happened since is counted: 30 days' }),
    to: timeSchema.meta({ description: 'Now' }),
    last_used_at: lastUsedSchema,
    tokens: countSchema,
    secrets: z
      .array(
        z.object({
          id: secretFields.id,
          hint: secretFields.hint,
          status: secretFields.status,
          last_used_at: lastUsedSchema,
          last_used_address: secretFields.last_used_address,
          uses: z.int().meta({ description: 'From the addresses it was used from in these days' }),
          addresses: z.int().meta({ description: 'How many these are' }),
        }),
      )
      .meta({ description: 'Those that authenticate still, and those that were used' }),
    addresses: z
      .array(
        z.object({
          address: z.string().meta({ description: 'IP address', example: '203.0.113.7' }),
          secret: secretFields.id,
          secret_hint: secretFields.hint,
          uses: z.int().meta({ description: 'Since first_used_at' }),
          first_used_at: timeSchema,
          last_used_at: timeSchema,
        }),
      )
      .meta({ description: 'Where its secrets were used from, at most 100, last used first' }),
    apis: z
      .array(
        z.object({
          api: z
            .string()
            .meta({ description: 'Identifier', example: 'https://orders.example.com' }),
          tokens: countSchema,
          scopes: z.array(
            z.object({
              scope: z.string().meta({ description: 'Of the tokens', example: 'orders:read' }),
              tokens: countSchema,
            }),
          ),
        }),
      )
      .meta({ description: 'What it got access tokens for, most first' }),
    complete: z
      .boolean()
      .meta({ description: 'false: there are more scopes than are named; see /usage' }),
  })
  .meta({ id: 'ClientImpact' });

function toBody(impact: ClientImpact): z.infer<typeof clientImpactSchema> {
  const { client, addresses, apis } = impact;
  return {
    client: client.id,
    client_id: client.clientId,
    name: client.name,
    active: client.active,
    from: impact.from.toISOString(),
    to: impact.to.toISOString(),
    last_used_at: client.lastUsedAt?.toISOString() ?? null,
    tokens: apis.reduce((sum, { tokens }) => sum + tokens, 0),
    secrets: impact.secrets.map((secret) => {
      const used = addresses.filter(({ secretId }) => secretId === secret.id);
      return {
        id: secret.id,
        hint: secret.hint,
        status: statusOf(secret, impact.to),
        last_used_at: secret.lastUsedAt?.toISOString() ?? null,
        last_used_address: secret.lastUsedAddress,
        uses: used.reduce((sum, { uses }) => sum + uses, 0),
        addresses: used.length,
      };
    }),
    addresses: addresses.map((used) => ({
      address: used.address,
      secret: used.secretId,
      secret_hint: used.secretHint,
      uses: used.uses,
      first_used_at: used.firstUsedAt.toISOString(),
      last_used_at: used.lastUsedAt.toISOString(),
    })),
    apis,
    complete: impact.isComplete,
  };
}

export function clientImpactRoutes(registry: ClientRegistry, report: ClientImpactReport): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/clients/{id}/impact',
      operationId: 'getClientImpact',
      tag: 'Clients',
      permission: 'clients:read',
      summary: 'See what used a client in the last 30 days',
      description:
        'What breaks when it, or one of its secrets, goes: which secret was used when and from where, and what it got access tokens for. What other instances have counted may be a minute late.',
      params: idParams('client'),
      responses: { 200: { description: 'What used it', schema: clientImpactSchema } },
      handle: async ({ actor, params }) => {
        const client = await registry.get(actor.principal, params.id);
        return { status: 200, body: toBody(await report.read(client)) };
      },
    }),
  ];
}
