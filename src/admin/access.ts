/** `/access`: every integration and member that holds access, and when it was used last. */
import { z } from 'zod';
import type { AccessList } from '../directory/access-list.ts';
import { accessKinds, type AccessHolder } from '../model/access.ts';
import { defineRoute, type Route } from './route.ts';
import {
  booleanFilterSchema,
  lastUsedSchema,
  listQuery,
  locationSchema,
  organizationFilterSchema,
  organizationSchema,
  pageSchema,
  placeFilterSchema,
  searchSchema,
  timeSchema,
  toPageBody,
  toPageRequest,
  toPlaceFilter,
} from './schemas.ts';

const kindSchema = z.enum(accessKinds);

export const accessHolderSchema = z
  .object({
    kind: kindSchema.meta({
      description: 'A client, or a member by the API access they have turned on for themselves',
    }),
    id: z.string().meta({
      description: 'Record id of the client',
      example: 'client_4Xr9KpT1sGf6WqL0bNz3Jd',
    }),
    name: z.string().meta({ description: 'For people', example: 'Order import' }),
    client_id: z
      .string()
      .meta({ description: 'Its present client_id', example: 'lkc_0pR7vYc2MwE9xKj5TsB8aQ' }),
    member: z
      .string()
      .nullable()
      .meta({ description: "Record id of the member whose client it is; null: no member's" }),
    organization: organizationSchema,
    location: locationSchema,
    active: z.boolean().meta({
      description: 'Whether it may fetch access tokens: it, its organization and its location are',
    }),
    grants: z
      .array(
        z.object({
          api: z.string().meta({ description: 'Identifier of the API' }),
          scopes: z.array(z.string()),
        }),
      )
      .meta({ description: 'Which scopes of which APIs it may ask for' }),
    created_at: timeSchema,
    last_used_at: lastUsedSchema,
  })
  .meta({ id: 'AccessHolder' });

function toBody(holder: AccessHolder): z.infer<typeof accessHolderSchema> {
  return {
    kind: holder.kind,
    id: holder.id,
    name: holder.name,
    client_id: holder.clientId,
    member: holder.memberId,
    organization: holder.organizationId,
    location: holder.locationId,
    active: holder.active,
    grants: holder.grants.map(({ apiIdentifier, scopes }) => ({ api: apiIdentifier, scopes })),
    created_at: holder.createdAt.toISOString(),
    last_used_at: holder.lastUsedAt?.toISOString() ?? null,
  };
}

export function accessRoutes(access: AccessList): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/access',
      operationId: 'listAccess',
      tag: 'Access',
      permission: 'clients:read',
      summary: 'List everybody who holds access',
      description: 'In one list, with when it was used last.',
      query: listQuery(['created_at', 'name', 'active', 'last_used_at'], '-last_used_at', {
        q: searchSchema,
        kind: kindSchema.optional().meta({ description: 'Only those of this kind' }),
        active: booleanFilterSchema.meta({ description: 'Only active, or only inactive ones' }),
        organization: organizationFilterSchema,
        location: placeFilterSchema,
      }),
      responses: {
        200: { description: 'A page of holders', schema: pageSchema(accessHolderSchema) },
      },
      handle: async ({ actor, query }) => {
        const { kind, active, q } = query;
        const page = await access.list(
          actor.principal,
          { ...toPlaceFilter(query), kind, active, q },
          toPageRequest(query),
        );
        return { status: 200, body: toPageBody(page, toBody) };
      },
    }),
  ];
}
