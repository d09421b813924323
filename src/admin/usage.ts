/** `/usage`: how many access tokens were issued, by client, API, scope and day. */
import { z } from 'zod';
import { usageDimensions, type TokenUsage, type UsageDimension } from '../model/usage.ts';
import type { UsageReport } from '../usage/usage-report.ts';
import { defineRoute, type Route } from './route.ts';
import {
  listQuery,
  locationFilterSchema,
  organizationFilterSchema,
  pageSchema,
  referenceSchema,
  scopeValueSchema,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

const daySchema = z.iso
  .date()
  .refine((day) => day >= '2000-01-01', 'must be a day from 2000-01-01 on')
  .meta({ description: 'Day in UTC', example: '2026-11-23' });

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
    api: usage.apiIdentifier,
    scope: usage.scope,
    tokens: usage.tokens,
  };
}

export function usageRoutes(report: UsageReport): Route[] {
  return [
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
