/** `/apis`: resource servers and the scopes they define. */
import { z } from 'zod';
import type { Api } from '../model/records.ts';
import { defaultSigningAlgorithm, signingAlgorithms } from '../model/signing-algorithm.ts';
import type { ApiRegistry } from '../registry/api-registry.ts';
import { formatEntityTag } from '../registry/precondition.ts';
import { defineRoute, type Route } from './route.ts';
import {
  descriptionSchema,
  idParams,
  lifetimeSchema,
  listQuery,
  nameSchema,
  organizationFilterSchema,
  organizationSchema,
  pageSchema,
  referenceSchema,
  scopeValueSchema,
  searchSchema,
  timeSchema,
  toIdempotencyRequest,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

const scopesMax = 200;
/** Keeps an access token that carries every scope below the 8 KB that proxies allow a header. */
const scopeCharactersMax = 4096;

const scopeSchema = z
  .strictObject({
    value: scopeValueSchema,
    description: descriptionSchema
      .max(500)
      .default('')
      .meta({ description: 'What it allows, for people' }),
  })
  .meta({ id: 'Scope', example: { value: 'orders:read', description: 'See orders' } });

const scopesSchema = z
  .array(scopeSchema)
  .max(scopesMax)
  .refine(
    (scopes) => new Set(scopes.map(({ value }) => value)).size === scopes.length,
    'a scope is named twice',
  )
  .refine(
    (scopes) => scopes.map(({ value }) => value).join(' ').length <= scopeCharactersMax,
    `the values of all scopes must together be at most ${scopeCharactersMax} characters: a token carries them`,
  )
  .meta({ description: 'What its clients may be granted, in the order tokens name them' });

const identifierSchema = z
  .string()
  .max(512)
  .regex(/^[\x21-\x7E]+$/, 'must be visible characters without spaces')
  .refine(
    (identifier) => URL.canParse(identifier) && !identifier.includes('#'),
    'must be an absolute URI without a fragment (RFC 8707 section 2)',
  )
  .meta({
    description: 'The audience of its access tokens: compared exactly, never changed, never reused',
    example: 'https://orders.example.com',
  });

const signingAlgorithmSchema = z.enum(signingAlgorithms).meta({
  description: 'What its access tokens are signed with: ES256 unless its validator knows only RSA',
});

const changeable = {
  name: nameSchema,
  scopes: scopesSchema,
  access_token_lifetime_seconds: lifetimeSchema,
  signing_alg: signingAlgorithmSchema,
  token_typ: z
    .enum(['at+jwt', 'JWT'])
    .meta({ description: '`JWT` where the validator refuses `at+jwt`' }),
  introspection_clients: z
    .array(referenceSchema)
    .max(50)
    .meta({ description: 'Record ids or client_ids of clients that may introspect its tokens' }),
};

const createSchema = z
  .strictObject({
    identifier: identifierSchema,
    name: changeable.name,
    scopes: changeable.scopes.default([]),
    access_token_lifetime_seconds: changeable.access_token_lifetime_seconds.default(3600),
    signing_alg: changeable.signing_alg.default(defaultSigningAlgorithm),
    token_typ: changeable.token_typ.default('at+jwt'),
    introspection_clients: changeable.introspection_clients.default([]),
    organization: referenceSchema.nullable().optional().meta({
      description: "Default: the caller's own; an operator's default is null, the whole instance",
    }),
  })
  .meta({ id: 'ApiCreation' });

const patchSchema = z.strictObject(changeable).partial().meta({ id: 'ApiPatch' });

export const apiSchema = z
  .object({
    id: z.string().meta({ description: 'Stable record id', example: 'api_7Hq0ZkW3nVd5RtY8uJm2Lx' }),
    identifier: z.string().meta({
      description: 'The audience of its access tokens',
      example: 'https://orders.example.com',
    }),
    name: z.string().meta({ description: 'For people', example: 'Orders' }),
    organization: organizationSchema
      .nullable()
      .meta({ description: "Whose it is; null: the instance's, for any client" }),
    scopes: z
      .array(z.object({ value: z.string(), description: z.string() }))
      .meta({ description: 'What its clients may be granted, in the order tokens name them' }),
    access_token_lifetime_seconds: z
      .int()
      .meta({ description: 'How long an access token lives', example: 3600 }),
    signing_alg: signingAlgorithmSchema,
    token_typ: z.enum(['at+jwt', 'JWT']).meta({ description: 'The typ of its access tokens' }),
    introspection_clients: z.array(z.string()).meta({ description: 'Record ids' }),
    built_in: z
      .boolean()
      .meta({ description: 'The admin API of this server, which cannot be changed' }),
    created_at: timeSchema,
    updated_at: timeSchema,
  })
  .meta({ id: 'Api' });

function toBody(api: Api): z.infer<typeof apiSchema> {
  return {
    id: api.id,
    identifier: api.identifier,
    name: api.name,
    organization: api.organizationId,
    scopes: api.scopes,
    access_token_lifetime_seconds: api.accessTokenLifetimeSeconds,
    signing_alg: api.signingAlgorithm,
    token_typ: api.tokenType,
    introspection_clients: api.introspectionClientIds,
    built_in: api.builtIn,
    created_at: api.createdAt.toISOString(),
    updated_at: api.updatedAt.toISOString(),
  };
}

const etagOf = (api: Api) => ({ ETag: formatEntityTag(api.version) });

export function apiRoutes(registry: ApiRegistry): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/apis',
      operationId: 'listApis',
      tag: 'APIs',
      permission: 'apis:read',
      summary: 'List APIs',
      query: listQuery(['created_at', 'name', 'identifier'], '-created_at', {
        q: searchSchema,
        organization: organizationFilterSchema,
      }),
      responses: { 200: { description: 'A page of APIs', schema: pageSchema(apiSchema) } },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: toPageBody(await registry.list(actor.principal, query, toPageRequest(query)), toBody),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/apis',
      operationId: 'createApi',
      tag: 'APIs',
      permission: 'apis:write',
      summary: 'Register an API',
      idempotent: true,
      body: createSchema,
      responses: {
        201: { description: 'The API', schema: apiSchema },
        200: {
          description: 'The API an earlier request with this Idempotency-Key made',
          schema: apiSchema,
        },
      },
      handle: async ({ actor, body, idempotencyKey }) => {
        const { record, replayed } = await registry.create(
          actor,
          {
            identifier: body.identifier,
            name: body.name,
            scopes: body.scopes,
            accessTokenLifetimeSeconds: body.access_token_lifetime_seconds,
            signingAlgorithm: body.signing_alg,
            tokenType: body.token_typ,
            introspectionClients: body.introspection_clients,
            organization: body.organization,
          },
          toIdempotencyRequest(idempotencyKey, 'POST /apis', body),
        );
        return { status: replayed ? 200 : 201, body: toBody(record), headers: etagOf(record) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/apis/{id}',
      operationId: 'getApi',
      tag: 'APIs',
      permission: 'apis:read',
      summary: 'See an API',
      params: idParams('API'),
      responses: { 200: { description: 'The API', schema: apiSchema } },
      handle: async ({ actor, params }) => {
        const api = await registry.get(actor.principal, params.id);
        return { status: 200, body: toBody(api), headers: etagOf(api) };
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/apis/{id}',
      operationId: 'updateApi',
      tag: 'APIs',
      permission: 'apis:write',
      summary: 'Change an API',
      description:
        'A scope that is no longer named leaves every grant with it, and the clients that had it get a new ETag. The next access token obeys.',
      conditional: true,
      params: idParams('API'),
      body: patchSchema,
      responses: { 200: { description: 'The API as it is now', schema: apiSchema } },
      handle: async ({ actor, params, body, ifMatch }) => {
        const api = await registry.update(
          actor,
          params.id,
          {
            name: body.name,
            scopes: body.scopes,
            accessTokenLifetimeSeconds: body.access_token_lifetime_seconds,
            signingAlgorithm: body.signing_alg,
            tokenType: body.token_typ,
            introspectionClients: body.introspection_clients,
          },
          ifMatch,
        );
        return { status: 200, body: toBody(api), headers: etagOf(api) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/apis/{id}',
      operationId: 'deleteApi',
      tag: 'APIs',
      permission: 'apis:write',
      summary: 'Delete an API',
      description: 'Refused with 409 and the list of clients while any is granted it.',
      conditional: true,
      params: idParams('API'),
      responses: { 204: { description: 'Deleted; its identifier is never used again' } },
      handle: async ({ actor, params, ifMatch }) => {
        await registry.delete(actor, params.id, ifMatch);
        return { status: 204 };
      },
    }),
  ];
}
