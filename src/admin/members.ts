/** `/members`: the people of an organization, what they may do, and their API access. */
import { z } from 'zod';
import type { IssuedInvitation } from '../directory/invitation-link.ts';
import type { InvitationRegistry } from '../directory/invitation-registry.ts';
import type { MemberRegistry } from '../directory/member-registry.ts';
import type { OwnApiAccess } from '../directory/own-api-access.ts';
import type { Member } from '../model/member.ts';
import { roles } from '../model/role.ts';
import { formatEntityTag } from '../registry/precondition.ts';
import {
  apiAccessSchema,
  createdMemberSchema,
  issuedInvitationSchema,
  memberCreationSchema,
  memberLinkSchema,
  memberPatchSchema,
  memberSchema,
  toApiAccessBody,
  toInvitationBody,
  toMemberBody,
} from './member-schemas.ts';
import { defineRoute, type Route, type RouteAnswer } from './route.ts';
import {
  booleanFilterSchema,
  idParams,
  listQuery,
  locationFilterSchema,
  organizationFilterSchema,
  pageSchema,
  searchSchema,
  toPageBody,
  toPageRequest,
  toIdempotencyRequest,
} from './schemas.ts';

const etagOf = (member: Member) => ({ ETag: formatEntityTag(member.version) });
const notMoreThanHeld =
  'Nobody can give a role or permissions that exceed their own, nor change a member who holds more.';

export function memberRoutes(dependencies: {
  members: MemberRegistry;
  invitations: InvitationRegistry;
  apiAccess: OwnApiAccess;
}): Route[] {
  const { members, invitations, apiAccess } = dependencies;
  return [
    defineRoute({
      method: 'get',
      path: '/members',
      operationId: 'listMembers',
      tag: 'Members',
      permission: 'members:read',
      summary: 'List members',
      query: listQuery(['created_at', 'name', 'email', 'last_signed_in_at'], '-created_at', {
        q: searchSchema,
        active: booleanFilterSchema.meta({ description: 'Only active, or only inactive ones' }),
        role: z.enum(roles).optional().meta({ description: 'Only those with this role' }),
        organization: organizationFilterSchema,
        location: locationFilterSchema,
      }),
      responses: { 200: { description: 'A page of members', schema: pageSchema(memberSchema) } },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: toPageBody(
          await members.list(actor.principal, query, toPageRequest(query)),
          toMemberBody,
        ),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/members',
      operationId: 'createMember',
      needsConfirmation: true,
      tag: 'Members',
      permission: 'members:write',
      summary: 'Make a member',
      description: `The answer holds the token of a link, this once, with which the member chooses a password. ${notMoreThanHeld}`,
      idempotent: true,
      body: memberCreationSchema,
      responses: {
        201: { description: 'The member, and the link', schema: createdMemberSchema },
        200: {
          description:
            'The member an earlier request with this Idempotency-Key made; the token of the link was shown then',
          schema: createdMemberSchema,
        },
      },
      handle: async ({ actor, body, idempotencyKey }) => {
        const idempotency = toIdempotencyRequest(idempotencyKey, 'POST /members', body);
        const { member, invitation } = await members.create(actor, body, idempotency);
        return {
          status: invitation.token === null ? 200 : 201,
          headers: etagOf(member),
          body: { ...toMemberBody(member), invitation: toIssuedBody(invitation) },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/members/{id}',
      operationId: 'getMember',
      tag: 'Members',
      permission: 'members:read',
      summary: 'See a member',
      params: idParams('member'),
      responses: { 200: { description: 'The member', schema: memberSchema } },
      handle: async ({ actor, params }) => {
        const member = await members.get(actor.principal, params.id);
        return { status: 200, body: toMemberBody(member), headers: etagOf(member) };
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/members/{id}',
      operationId: 'updateMember',
      needsConfirmation: true,
      tag: 'Members',
      permission: 'members:write',
      summary: 'Change a member',
      description: `Obeyed at once, also by the member's API access. Whoever may do something else from now on signs in anew. ${notMoreThanHeld}`,
      conditional: true,
      params: idParams('member'),
      body: memberPatchSchema,
      responses: { 200: { description: 'The member as it is now', schema: memberSchema } },
      handle: async ({ actor, params, body, ifMatch }) => {
        const member = await members.update(actor, params.id, body, ifMatch);
        return { status: 200, body: toMemberBody(member), headers: etagOf(member) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/members/{id}',
      operationId: 'removeMember',
      needsConfirmation: true,
      tag: 'Members',
      permission: 'members:write',
      summary: 'Remove a member',
      description:
        "At once and for good: the member's sessions end, the member's clients are deleted, and the links the member has given are revoked.",
      conditional: true,
      params: idParams('member'),
      responses: { 204: { description: 'Removed' } },
      handle: async ({ actor, params, ifMatch }) => {
        await members.remove(actor, params.id, ifMatch);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/members/{id}/invitations',
      operationId: 'createMemberLink',
      needsConfirmation: true,
      tag: 'Members',
      permission: 'members:write',
      summary: 'Give a member a link to choose a password',
      description:
        'For a member who has none yet, or has lost it. The answer holds the token of the link, this once; an earlier link ends.',
      bodyOptional: true,
      params: idParams('member'),
      idempotent: true,
      body: memberLinkSchema,
      responses: issuedResponses('The link'),
      handle: async ({ actor, params, body, idempotencyKey }) => {
        const route = `POST /members/${params.id}/invitations`;
        const idempotency = toIdempotencyRequest(idempotencyKey, route, body);
        const seconds = body.expires_in_seconds;
        return toIssuedAnswer(
          await invitations.inviteMember(actor, params.id, seconds, idempotency),
        );
      },
    }),
    defineRoute({
      method: 'get',
      path: '/members/{id}/api-access',
      operationId: 'getMemberApiAccess',
      tag: 'API access',
      permission: 'members:read',
      summary: "See whether a member's API access is on",
      params: idParams('member'),
      responses: { 200: { description: 'The API access', schema: apiAccessSchema } },
      handle: async ({ actor, params }) => {
        const { client } = await apiAccess.findOf(actor.principal, params.id);
        return { status: 200, body: toApiAccessBody(client) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/members/{id}/api-access',
      operationId: 'clearMemberApiAccess',
      tag: 'API access',
      permission: 'access:clear',
      summary: "Clear a member's API access",
      description: 'Its credential fails at once; the member must turn API access on again.',
      params: idParams('member'),
      responses: { 204: { description: 'Cleared' } },
      handle: async ({ actor, params }) => {
        await apiAccess.clear(actor, params.id);
        return { status: 204 };
      },
    }),
  ];
}

export function toIssuedBody({
  invitation,
  token,
}: IssuedInvitation): z.infer<typeof issuedInvitationSchema> {
  // A moment old.
  return {
    ...toInvitationBody(invitation, invitation.createdAt),
    token,
    ...(token === null ? { secret_already_shown: true as const } : {}),
  };
}

/** Of whatever issues a link. */
export const issuedResponses = (what: string): Route['responses'] => ({
  201: { description: what, schema: issuedInvitationSchema },
  200: {
    description:
      'What an earlier request with this Idempotency-Key made; the token of the link was shown then',
    schema: issuedInvitationSchema,
  },
});

export function toIssuedAnswer(issued: IssuedInvitation): RouteAnswer {
  return { status: issued.token === null ? 200 : 201, body: toIssuedBody(issued) };
}
