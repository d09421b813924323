/** `/clients/{id}/quick-start`: what an integrator needs to begin, with this client's own values in it. */
import { z } from 'zod';
import type { ApiRegistry } from '../registry/api-registry.ts';
import type { ClientRegistry } from '../registry/client-registry.ts';
import type { Actor } from '../model/principal.ts';
import type { Api, Client } from '../model/records.ts';
import { quickStartLanguages, secretVariable, writeSnippets } from './quick-start-snippets.ts';
import { defineRoute, type Route } from './route.ts';
import { idParams } from './schemas.ts';

const snippetSchema = z.object({
  language: z.enum(quickStartLanguages).meta({ description: 'Of the snippets', example: 'curl' }),
  title: z.string().meta({ description: 'For people', example: 'curl' }),
  fetch: z.string().meta({
    description: 'Fetches an access token',
    example: 'curl --user \'lkc_0pR7vYc2MwE9xKj5TsB8aQ\':"$LATCHKEY_CLIENT_SECRET" …',
  }),
  validate: z.string().meta({ description: 'Validates one, as the API does', example: 'curl …' }),
  install: z
    .string()
    .nullable()
    .meta({ description: 'What validating needs; null: nothing', example: null }),
});

export const quickStartSchema = z
  .object({
    client: z.string().meta({
      description: 'Record id',
      example: 'client_4Xr9KpT1sGf6WqL0bNz3Jd',
    }),
    client_id: z
      .string()
      .meta({ description: 'In the snippets', example: 'lkc_0pR7vYc2MwE9xKj5TsB8aQ' }),
    name: z.string().meta({ description: 'For people', example: 'Order import' }),
    secret_variable: z.string().meta({
      description: 'The environment variable that the snippets read the secret from',
      example: secretVariable,
    }),
    issuer: z
      .string()
      .meta({ description: 'Of its access tokens', example: 'https://auth.example.com' }),
    api: z.string().nullable().meta({
      description: 'Identifier of the API in the snippets; null: none is granted yet',
      example: 'https://orders.example.com',
    }),
    scopes: z
      .array(z.string())
      .meta({ description: 'What it is granted for it', example: ['orders:read'] }),
    token_endpoint: z.string().meta({
      description: 'Where access tokens are fetched',
      example: 'https://auth.example.com/oauth2/token',
    }),
    jwks_uri: z.string().meta({
      description: 'Keys that validate them',
      example: 'https://auth.example.com/.well-known/jwks.json',
    }),
    snippets: z
      .array(snippetSchema)
      .meta({ description: 'One for each language; none while no API is granted' }),
    links: z
      .array(
        z.object({
          title: z.string().meta({ description: 'For people', example: 'API reference' }),
          url: z.string().meta({
            description: 'Where it is',
            example: 'https://auth.example.com/docs',
          }),
        }),
      )
      .meta({ description: 'The API reference, and best practice' }),
  })
  .meta({ id: 'QuickStart' });

export function quickStartRoutes({
  clients,
  apis,
  issuer,
  adminUrl,
}: {
  clients: ClientRegistry;
  apis: ApiRegistry;
  issuer: string;
  /** Where the reference is. */
  adminUrl: string;
}): Route[] {
  /** Of the default API, or the first with scopes; an API that the caller may not see is granted all the same. */
  async function findGrantedApi(actor: Actor, client: Client) {
    const granted = client.grants.filter(({ scopes }) => scopes.length > 0);
    const grant = granted.find(({ isDefault }) => isDefault) ?? granted[0];
    if (grant === undefined) return undefined;
    return { grant, api: await apis.get(actor.principal, grant.apiId) };
  }

  function toBody(
    client: Client,
    granted: { grant: Client['grants'][number]; api: Api } | undefined,
  ): z.infer<typeof quickStartSchema> {
    return {
      client: client.id,
      client_id: client.clientId,
      name: client.name,
      secret_variable: secretVariable,
      issuer,
      api: granted?.api.identifier ?? null,
      scopes: granted?.grant.scopes ?? [],
      token_endpoint: `${issuer}/oauth2/token`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      snippets: granted
        ? writeSnippets({
            issuer,
            clientId: client.clientId,
            api: granted.api.identifier,
            scope: granted.grant.scopes.join(' '),
            signingAlgorithm: granted.api.signingAlgorithm,
            tokenType: granted.api.tokenType,
          })
        : [],
      links: [
        { title: 'API reference', url: `${adminUrl}/docs` },
        { title: 'OpenAPI document', url: `${adminUrl}/api/v1/openapi.json` },
        { title: 'Server metadata', url: `${issuer}/.well-known/oauth-authorization-server` },
        {
          title: 'Best practice: OAuth 2.0 security (RFC 9700)',
          url: 'https://www.rfc-editor.org/rfc/rfc9700',
        },
        {
          title: 'Validating access tokens (RFC 9068, section 4)',
          url: 'https://www.rfc-editor.org/rfc/rfc9068#section-4',
        },
      ],
    };
  }

  return [
    defineRoute({
      method: 'get',
      path: '/clients/{id}/quick-start',
      operationId: 'getClientQuickStart',
      tag: 'Clients',
      permission: 'clients:read',
      summary: 'See how to use a client',
      description:
        'Snippets in five languages that fetch an access token and validate it, with the values of this client. The secret is not in them: they read an environment variable.',
      params: idParams('client'),
      responses: { 200: { description: 'The quick start', schema: quickStartSchema } },
      handle: async ({ actor, params }) => {
        const client = await clients.get(actor.principal, params.id);
        return { status: 200, body: toBody(client, await findGrantedApi(actor, client)) };
      },
    }),
  ];
}
