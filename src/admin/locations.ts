/** `/locations`: sub-accounts of an organization, whose clients never get beyond them. */
import { z } from 'zod';
import type { LocationDirectory } from '../directory/location-directory.ts';
import type { Location } from '../model/records.ts';
import { formatEntityTag } from '../registry/precondition.ts';
import { defineRoute, type Route } from './route.ts';
import {
  booleanFilterSchema,
  idParams,
  listQuery,
  nameSchema,
  organizationFilterSchema,
  organizationSchema,
  pageSchema,
  referenceSchema,
  searchSchema,
  timeSchema,
  toIdempotencyRequest,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

const changeable = {
  name: nameSchema.meta({ example: 'Harbour Street' }),
  active: z.boolean().meta({ description: 'Whether its clients may fetch access tokens' }),
};

const createSchema = z
  .strictObject({
    name: changeable.name,
    organization: referenceSchema
      .optional()
      .meta({ description: "Record id of its organization; default: the caller's own" }),
    active: changeable.active.default(true),
  })
  .meta({ id: 'LocationCreation' });

const patchSchema = z.strictObject(changeable).partial().meta({ id: 'LocationPatch' });

export const locationRecordSchema = z
  .object({
    id: z
      .string()
      .meta({ description: 'Stable record id', example: 'location_6Bt4RwZ9yLq2XnC7vKd1Mg' }),
    organization: organizationSchema,
    ...changeable,
    created_at: timeSchema,
    updated_at: timeSchema,
  })
  .meta({ id: 'Location' });

function toBody(location: Location): z.infer<typeof locationRecordSchema> {
  return {
    id: location.id,
    organization: location.organizationId,
    name: location.name,
    active: location.active,
    created_at: location.createdAt.toISOString(),
    updated_at: location.updatedAt.toISOString(),
  };
}

const etagOf = ({ version }: Location) => ({ ETag: formatEntityTag(version) });

export function locationRoutes(directory: LocationDirectory): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/locations',
      operationId: 'listLocations',
      tag: 'Locations',
      permission: 'organizations:read',
      summary: 'List locations',
      description: "Of one's own organization; a caller of a location sees that one alone.",
      query: listQuery(['created_at', 'name', 'active'], '-created_at', {
        q: searchSchema,
        active: booleanFilterSchema.meta({ description: 'Only active, or only inactive ones' }),
        organization: organizationFilterSchema,
      }),
      responses: {
        200: { description: 'A page of locations', schema: pageSchema(locationRecordSchema) },
      },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: toPageBody(
          await directory.list(actor.principal, query, toPageRequest(query)),
          toBody,
        ),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/locations',
      operationId: 'createLocation',
      tag: 'Locations',
      permission: 'organizations:write',
      summary: 'Make a location',
      idempotent: true,
      body: createSchema,
      responses: {
        201: { description: 'The location', schema: locationRecordSchema },
        200: {
          description: 'The location an earlier request with this Idempotency-Key made',
          schema: locationRecordSchema,
        },
      },
      handle: async ({ actor, body, idempotencyKey }) => {
        const { name, active, organization } = body;
        const { record, replayed } = await directory.create(
          actor,
          { name, active, organization },
          toIdempotencyRequest(idempotencyKey, 'POST /locations', body),
        );
        return { status: replayed ? 200 : 201, body: toBody(record), headers: etagOf(record) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/locations/{id}',
      operationId: 'getLocation',
      tag: 'Locations',
      permission: 'organizations:read',
      summary: 'See a location',
      params: idParams('location'),
      responses: { 200: { description: 'The location', schema: locationRecordSchema } },
      handle: async ({ actor, params }) => {
        const location = await directory.get(actor.principal, params.id);
        return { status: 200, body: toBody(location), headers: etagOf(location) };
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/locations/{id}',
      operationId: 'updateLocation',
      tag: 'Locations',
      permission: 'organizations:write',
      summary: 'Change a location',
      description:
        'For its organization, and not for a caller of the location itself. Clients of an inactive location get no tokens, and those they have become inactive for good; its members cannot sign in, links into it let nobody in, and what its webhooks are to be told waits, all of it until it is active again.',
      conditional: true,
      params: idParams('location'),
      body: patchSchema,
      responses: {
        200: { description: 'The location as it is now', schema: locationRecordSchema },
      },
      handle: async ({ actor, params, body, ifMatch }) => {
        const location = await directory.update(actor, params.id, body, ifMatch);
        return { status: 200, body: toBody(location), headers: etagOf(location) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/locations/{id}',
      operationId: 'deleteLocation',
      tag: 'Locations',
      permission: 'organizations:write',
      summary: 'Delete a location',
      description: 'Refused with 409 and the lists while it holds clients, members or webhooks.',
      conditional: true,
      params: idParams('location'),
      responses: { 204: { description: 'Deleted' } },
      handle: async ({ actor, params, ifMatch }) => {
        await directory.delete(actor, params.id, ifMatch);
        return { status: 204 };
      },
    }),
  ];
}
