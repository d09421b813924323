/** `/usage`: how many access tokens were issued, by client, API, scope and day. */
import { z } from 'zod';
import {
  usageDimensions,
  type TokenUsage,
  type UnusedScope,
  type UsageDimension,
} from '../model/usage.ts';
import { unusedDaysDefault, type UnusedScopeReport } from '../usage/unused-scope-report.ts';
import type { UsageReport } from '../usage/usage-report.ts';
import { defineRoute, type Route } from './route.ts';
import {
  apiFilterSchema,
  listQuery,
  locationFilterSchema,
  organizationFilterSchema,
  pageSchema,
  referenceSchema,
  scopeValueSchema,
  timeSchema,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

const daySchema = z.iso
  .date()
  .refine((day) => day >= '2000-01-01', 'must be a day from 2000-01-01 on')
  .meta({ description: 'Day in UTC', example: '2026-11-23' });

const clientFilterSchema = referenceSchema
  .optional()
  .meta({ description: 'Record id or client_id: only this client' });

const daysMax = 366;

const daysSchema = z
  .string()
  .regex(/^\d+$/, `must be a number of days from 1 to ${daysMax}`)
  .transform(Number)
  .pipe(z.int().min(1).max(daysMax))
  .default(unusedDaysDefault)
  .meta({
    description: 'For how many days nobody has requested it',
    override: ({ jsonSchema }) => {
      delete jsonSchema.pattern;
      Object.assign(jsonSchema, { type: 'integer', minimum: 1, maximum: daysMax });
    },
  });

const dimensionPattern = usageDimensions.join('|');

const groupBySchema = z
  .string()
  .regex(
    new RegExp(`^(?:${dimensionPattern})(?:,(?:${dimensionPattern}))*$`),
    `must be one or several of ${usageDimensions.join(', ')}, with commas between`,
  )
  // The pattern names the dimensions.
  .transform((text) => [...new Set(text.split(','))] as UsageDimension[])
  .default([...usageDimensions])
  .meta({
    description:
      'What to count by: several of day, client, api and scope, with commas between; all of them unless told otherwise. By scope, a token with several is counted for each; otherwise every token is counted once',
    override: ({ jsonSchema }) => {
      jsonSchema.default = usageDimensions.join(',');
    },
  });

export const usageSchema = z
  .object({
    day: z
      .string()
      .nullable()
      .meta({ description: 'Day in UTC; null: not counted by day', example: '2026-11-23' }),
    client: z.string().nullable().meta({
      description: 'Record id of the client; null: not counted by client',
      example: 'client_4Xr9KpT1sGf6WqL0bNz3Jd',
    }),
    client_id: z.string().nullable().meta({ description: 'Its present client_id' }),
    client_name: z.string().nullable().meta({ description: 'For people', example: 'Order import' }),
    api: z
      .string()
      .nullable()
      .meta({ description: 'Identifier of the API; null: not counted by API' }),
    scope: z
      .string()
      .nullable()
      .meta({ description: 'One of the scopes of the tokens; null: not counted by scope' }),
    tokens: z.int().meta({ description: 'Access tokens that were issued' }),
  })
  .meta({ id: 'Usage' });

function toBody(usage: TokenUsage): z.infer<typeof usageSchema> {
  return {
    day: usage.day,
    client: usage.clientRecordId,
    client_id: usage.clientId,
    client_name: usage.clientName,
    api: usage.apiIdentifier,
    scope: usage.scope,
    tokens: usage.tokens,
  };
}

export const unusedScopeSchema = z
  .object({
    client: z.string().meta({
      description: 'Record id of the client',
      example: 'client_4Xr9KpT1sGf6WqL0bNz3Jd',
    }),
    client_id: z.string().meta({ description: 'Its present client_id' }),
    client_name: z.string().meta({ description: 'For people', example: 'Order import' }),
    api: z
      .string()
      .meta({ description: 'Identifier of the API', example: 'https://orders.example.com' }),
    scope: z.string().meta({ description: 'What it is granted', example: 'orders:write' }),
    granted_at: timeSchema
      .nullable()
      .meta({ description: 'null: before the server wrote this down' }),
    last_requested_on: z.string().nullable().meta({
      description: 'Day in UTC of the last access token that carried it; null: never',
      example: '2026-06-30',
    }),
  })
  .meta({ id: 'UnusedScope' });

function toUnusedBody(unused: UnusedScope): z.infer<typeof unusedScopeSchema> {
  return {
    client: unused.clientRecordId,
    client_id: unused.clientId,
    client_name: unused.clientName,
    api: unused.apiIdentifier,
    scope: unused.scope,
    granted_at: unused.grantedAt?.toISOString() ?? null,
    last_requested_on: unused.lastRequestedOn,
  };
}

export function usageRoutes(report: UsageReport, unusedScopes: UnusedScopeReport): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/usage/unused-scopes',
      operationId: 'listUnusedScopes',
      tag: 'Usage',
      permission: 'usage:read',
      summary: 'List granted scopes that nobody has requested',
      description:
        'Granted for as many days, and in no access token since: what could be taken from the client without breaking what it does. A request that names no scope asks for all of an API.',
      query: listQuery(['client'], 'client', {
        client: clientFilterSchema,
        api: apiFilterSchema,
        days: daysSchema,
        organization: organizationFilterSchema,
        location: locationFilterSchema,
      }),
      responses: {
        200: { description: 'A page of scopes', schema: pageSchema(unusedScopeSchema) },
      },
      handle: async ({ actor, query }) => {
        const { organization, location, client, api, days } = query;
        const page = await unusedScopes.list(
          actor.principal,
          { organization, location, client, api, days },
          toPageRequest(query),
        );
        return { status: 200, body: toPageBody(page, toUnusedBody) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/usage',
      operationId: 'listUsage',
      tag: 'Usage',
      permission: 'usage:read',
      summary: 'Count access tokens',
      description:
        'Of the last 30 days unless told otherwise. What other instances have issued may be a minute late. A client is counted also after it was deleted.',
      query: listQuery(['day', 'tokens'], '-day', {
        client: referenceSchema
          .optional()
          .meta({ description: 'Record id or client_id: only what this client got' }),
        api: referenceSchema
          .optional()
          .meta({ description: 'Identifier or record id: only tokens for this API' }),
        scope: scopeValueSchema
          .optional()
          .meta({ description: 'Only tokens that have this scope' }),
        from: daySchema
          .optional()
          .meta({ description: 'First day, in UTC; default: 29 days before the last' }),
        to: daySchema.optional().meta({ description: 'Last day, in UTC; default: today' }),
        group_by: groupBySchema,
        organization: organizationFilterSchema,
        location: locationFilterSchema,
      }),
      responses: { 200: { description: 'A page of counts', schema: pageSchema(usageSchema) } },
      handle: async ({ actor, query }) => {
        const { group_by: groupBy, ...question } = query;
        const page = await report.list(
          actor.principal,
          { ...question, groupBy },
          toPageRequest(query),
        );
        return { status: 200, body: toPageBody(page, toBody) };
      },
    }),
  ];
}
