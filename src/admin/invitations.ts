/** `/invitations`: links with which people become members. */
import type { InvitationRegistry } from '../directory/invitation-registry.ts';
import {
  acceptanceSchema,
  invitationCreationSchema,
  invitationSchema,
  linkSchema,
  memberSchema,
  openLinkSchema,
  toInvitationBody,
  toMemberBody,
} from './member-schemas.ts';
import { issuedResponses, toIssuedAnswer } from './members.ts';
import { defineRoute, type Route } from './route.ts';
import {
  booleanFilterSchema,
  idParams,
  listQuery,
  locationFilterSchema,
  organizationFilterSchema,
  pageSchema,
  toIdempotencyRequest,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

export function invitationRoutes(invitations: InvitationRegistry): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/invitations',
      operationId: 'listInvitations',
      tag: 'Members',
      permission: 'members:read',
      summary: 'List invitations',
      query: listQuery(['created_at', 'email'], '-created_at', {
        open: booleanFilterSchema.meta({
          description: 'Only those that still let somebody in, or only the others',
        }),
        organization: organizationFilterSchema,
        location: locationFilterSchema,
      }),
      responses: {
        200: { description: 'A page of invitations', schema: pageSchema(invitationSchema) },
      },
      handle: async ({ actor, query }) => {
        const { page, now } = await invitations.list(actor.principal, query, toPageRequest(query));
        return {
          status: 200,
          body: toPageBody(page, (invitation) => toInvitationBody(invitation, now)),
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/invitations',
      operationId: 'createInvitation',
      needsConfirmation: true,
      tag: 'Members',
      permission: 'members:write',
      summary: 'Invite somebody',
      description:
        'The answer holds the token of the link, this once; an earlier link for the same address ends. Nobody can give a role or permissions that exceed their own.',
      idempotent: true,
      body: invitationCreationSchema,
      responses: issuedResponses('The invitation'),
      handle: async ({ actor, body, idempotencyKey }) =>
        toIssuedAnswer(
          await invitations.invite(
            actor,
            {
              email: body.email,
              role: body.role,
              permissions: body.permissions,
              organization: body.organization,
              location: body.location,
              expiresInSeconds: body.expires_in_seconds,
            },
            toIdempotencyRequest(idempotencyKey, 'POST /invitations', body),
          ),
        ),
    }),
    defineRoute({
      method: 'delete',
      path: '/invitations/{id}',
      operationId: 'revokeInvitation',
      tag: 'Members',
      permission: 'members:write',
      summary: 'Revoke an invitation',
      params: idParams('invitation'),
      responses: { 204: { description: 'Revoked: nobody comes in with it' } },
      handle: async ({ actor, params }) => {
        await invitations.revoke(actor, params.id);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/invitations/check',
      operationId: 'checkInvitation',
      tag: 'Signing in',
      isPublic: true,
      isReading: true,
      mayMiss: true,
      summary: 'See whether a link lets somebody in',
      description:
        'For the page that it opens, before anybody has typed anything. Every token that lets nobody in is answered alike.',
      body: linkSchema,
      responses: { 200: { description: 'Whom it lets in', schema: openLinkSchema } },
      handle: async ({ body }) => {
        const { email, memberId, expiresAt } = await invitations.getOpen(body.token);
        return {
          status: 200,
          body: { email, is_new: memberId === null, expires_at: expiresAt.toISOString() },
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/invitations/accept',
      operationId: 'acceptInvitation',
      tag: 'Signing in',
      isPublic: true,
      isSlowed: true,
      mayMiss: true,
      summary: 'Come in with a link, and choose a password',
      description:
        'Every token that lets nobody in is answered alike. Of a member who had a password already, every session ends.',
      body: acceptanceSchema,
      responses: { 201: { description: 'The member, who can sign in now', schema: memberSchema } },
      handle: async ({ visitor, body }) => ({
        status: 201,
        body: toMemberBody(await invitations.accept(visitor, body)),
      }),
    }),
  ];
}
