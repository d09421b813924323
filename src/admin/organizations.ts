/** `/organizations`: the accounts of an instance, each with its own clients, APIs and locations. */
import { z } from 'zod';
import type { OrganizationDirectory } from '../directory/organization-directory.ts';
import type { Organization } from '../model/records.ts';
import { formatEntityTag } from '../registry/precondition.ts';
import { defineRoute, type Route } from './route.ts';
import {
  booleanFilterSchema,
  idParams,
  listQuery,
  nameSchema,
  pageSchema,
  searchSchema,
  timeSchema,
  toIdempotencyRequest,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

const changeable = {
  name: nameSchema.meta({ example: 'Northwind Agency' }),
  active: z.boolean().meta({ description: 'Whether its clients may fetch access tokens' }),
};

const createSchema = z
  .strictObject({ name: changeable.name, active: changeable.active.default(true) })
  .meta({ id: 'OrganizationCreation' });

const patchSchema = z.strictObject(changeable).partial().meta({ id: 'OrganizationPatch' });

export const organizationRecordSchema = z
  .object({
    id: z.string().meta({ description: 'Stable record id', example: 'org_2V3kBjM5pX0aQmZ7tYcN1e' }),
    ...changeable,
    created_at: timeSchema,
    updated_at: timeSchema,
  })
  .meta({ id: 'Organization' });

function toBody(organization: Organization): z.infer<typeof organizationRecordSchema> {
  return {
    id: organization.id,
    name: organization.name,
    active: organization.active,
    created_at: organization.createdAt.toISOString(),
    updated_at: organization.updatedAt.toISOString(),
  };
}

const etagOf = ({ version }: Organization) => ({ ETag: formatEntityTag(version) });

export function organizationRoutes(directory: OrganizationDirectory): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/organizations',
      operationId: 'listOrganizations',
      tag: 'Organizations',
      permission: 'organizations:read',
      summary: 'List organizations',
      description: "An operator sees all of them, everybody else one's own.",
      query: listQuery(['created_at', 'name', 'active'], '-created_at', {
        q: searchSchema,
        active: booleanFilterSchema.meta({ description: 'Only active, or only inactive ones' }),
      }),
      responses: {
        200: {
          description: 'A page of organizations',
          schema: pageSchema(organizationRecordSchema),
        },
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
      path: '/organizations',
      operationId: 'createOrganization',
      tag: 'Organizations',
      permission: 'organizations:write',
      operatorOnly: true,
      summary: 'Make an organization',
      description: 'It is empty: register its first client with `organization` set to its id.',
      idempotent: true,
      body: createSchema,
      responses: {
        201: { description: 'The organization', schema: organizationRecordSchema },
        200: {
          description: 'The organization an earlier request with this Idempotency-Key made',
          schema: organizationRecordSchema,
        },
      },
      handle: async ({ actor, body, idempotencyKey }) => {
        const { record, replayed } = await directory.create(
          actor,
          body,
          toIdempotencyRequest(idempotencyKey, 'POST /organizations', body),
        );
        return { status: replayed ? 200 : 201, body: toBody(record), headers: etagOf(record) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/organizations/{id}',
      operationId: 'getOrganization',
      tag: 'Organizations',
      permission: 'organizations:read',
      summary: 'See an organization',
      params: idParams('organization'),
      responses: { 200: { description: 'The organization', schema: organizationRecordSchema } },
      handle: async ({ actor, params }) => {
        const organization = await directory.get(actor.principal, params.id);
        return { status: 200, body: toBody(organization), headers: etagOf(organization) };
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/organizations/{id}',
      operationId: 'updateOrganization',
      tag: 'Organizations',
      permission: 'organizations:write',
      summary: 'Change an organization',
      description:
        "Only an operator changes `active`. Clients of an inactive organization get no tokens, and those they have become inactive for good; its members cannot sign in, links into it let nobody in, and what its webhooks are to be told waits, all of it until it is active again. Refused with 409 where the instance's last operator is in it.",
      conditional: true,
      params: idParams('organization'),
      body: patchSchema,
      responses: {
        200: { description: 'The organization as it is now', schema: organizationRecordSchema },
      },
      handle: async ({ actor, params, body, ifMatch }) => {
        const organization = await directory.update(actor, params.id, body, ifMatch);
        return { status: 200, body: toBody(organization), headers: etagOf(organization) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/organizations/{id}',
      operationId: 'deleteOrganization',
      needsConfirmation: true,
      tag: 'Organizations',
      permission: 'organizations:write',
      operatorOnly: true,
      summary: 'Delete an organization',
      description:
        'Refused with 409 and the lists while it holds clients, locations, APIs, members or webhooks.',
      conditional: true,
      params: idParams('organization'),
      responses: { 204: { description: 'Deleted' } },
      handle: async ({ actor, params, ifMatch }) => {
        await directory.delete(actor, params.id, ifMatch);
        return { status: 204 };
      },
    }),
  ];
}
