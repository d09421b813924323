/** One request for each route about members, and for each that only members may call. */
import type { AdminApi } from '../support/admin-api.ts';
import { newEmail, newMember, newPassword, signIn, type NewMember } from '../support/member-api.ts';
import { LocatedAdmin } from './located-admin.ts';
import type { PreparedRequest, RouteSample } from './route-samples.ts';

/** Where the maker of the sample is. */
function standingBy(admin: AdminApi): object {
  return {
    role: 'auditor',
    ...(admin instanceof LocatedAdmin ? { location: admin.location } : {}),
  };
}

/** Whoever has signed in calls for themselves. */
function asMember({ api, id, email }: NewMember, request: PreparedRequest): PreparedRequest {
  return { ...request, as: api, actor: { type: 'member', id, name: email } };
}

async function memberPath(admin: AdminApi): Promise<string> {
  const { body } = await admin.request('/members', {
    method: 'POST',
    body: { email: newEmail(), name: 'Ada', ...standingBy(admin) },
  });
  return `/members/${String(body['id'])}`;
}

async function newInvitation(admin: AdminApi): Promise<{ id: string; token: string }> {
  const { body } = await admin.request('/invitations', {
    method: 'POST',
    body: { email: newEmail(), ...standingBy(admin) },
  });
  return { id: String(body['id']), token: String(body['token']) };
}

/** A member whose API access is on, and the record id of its client. */
async function withApiAccess(admin: AdminApi): Promise<{ member: NewMember; client: string }> {
  const member = await newMember(admin, standingBy(admin));
  const { body } = await member.api.request('/me/api-access', { method: 'POST' });
  return { member, client: String(body['client']) };
}

const idOf: NonNullable<RouteSample['audit']>['targetId'] = (_request, { body }) =>
  String(body['id']);
const prepared: NonNullable<RouteSample['audit']>['targetId'] = ({ target, path }) =>
  target ?? path.split('/')[2] ?? '';

export const memberSamples: Readonly<Record<string, RouteSample>> = {
  listMembers: { prepare: async () => ({ path: '/members' }), status: 200 },
  createMember: {
    prepare: async (admin) => ({
      path: '/members',
      body: { email: newEmail(), name: 'Grace', ...standingBy(admin) },
    }),
    status: 201,
    audit: { action: 'member.created', targetType: 'member', targetId: idOf },
  },
  getMember: { prepare: async (admin) => ({ path: await memberPath(admin) }), status: 200 },
  updateMember: {
    prepare: async (admin) => ({ path: await memberPath(admin), body: { role: 'developer' } }),
    status: 200,
    audit: { action: 'member.updated', targetType: 'member', targetId: prepared },
  },
  removeMember: {
    prepare: async (admin) => ({ path: await memberPath(admin) }),
    status: 204,
    audit: { action: 'member.removed', targetType: 'member', targetId: prepared },
  },
  createMemberLink: {
    prepare: async (admin) => ({
      path: `${await memberPath(admin)}/invitations`,
      body: { expires_in_seconds: 3600 },
    }),
    status: 201,
    audit: { action: 'invitation.created', targetType: 'invitation', targetId: idOf },
  },
  getMemberApiAccess: {
    prepare: async (admin) => ({ path: `${await memberPath(admin)}/api-access` }),
    status: 200,
  },
  clearMemberApiAccess: {
    prepare: async (admin) => {
      const { member, client } = await withApiAccess(admin);
      return { path: `/members/${member.id}/api-access`, target: client };
    },
    status: 204,
    audit: { action: 'api_access.cleared', targetType: 'client', targetId: prepared },
  },
  listInvitations: { prepare: async () => ({ path: '/invitations' }), status: 200 },
  createInvitation: {
    prepare: async (admin) => ({
      path: '/invitations',
      body: { email: newEmail(), ...standingBy(admin) },
    }),
    status: 201,
    audit: { action: 'invitation.created', targetType: 'invitation', targetId: idOf },
  },
  revokeInvitation: {
    prepare: async (admin) => ({ path: `/invitations/${(await newInvitation(admin)).id}` }),
    status: 204,
    audit: { action: 'invitation.revoked', targetType: 'invitation', targetId: prepared },
  },
  checkInvitation: {
    prepare: async (admin) => ({
      path: '/invitations/check',
      body: { token: (await newInvitation(admin)).token },
    }),
    status: 200,
  },
  acceptInvitation: {
    prepare: async (admin) => {
      const { id, token } = await newInvitation(admin);
      return {
        path: '/invitations/accept',
        body: { token, name: 'Ada', password: newPassword() },
        target: id,
        actor: { type: 'member' },
      };
    },
    status: 201,
    audit: { action: 'invitation.accepted', targetType: 'invitation', targetId: prepared },
  },
  signIn: {
    prepare: async (admin) => {
      const { id, email, password } = await newMember(admin, standingBy(admin));
      return { path: '/session', body: { email, password }, actor: { type: 'member', id } };
    },
    status: 201,
    audit: { action: 'session.created', targetType: 'session', targetId: idOf },
  },
  confirmSession: {
    prepare: async (admin) => {
      const member = await newMember(admin, standingBy(admin));
      const body = { password: member.password };
      return asMember(member, { path: '/session/confirmation', body });
    },
    status: 200,
    audit: { action: 'session.confirmed', targetType: 'session', targetId: idOf },
  },
  getSession: {
    prepare: async (admin) =>
      asMember(await newMember(admin, standingBy(admin)), { path: '/session' }),
    status: 200,
  },
  signOut: {
    prepare: async (admin) => {
      const member = await newMember(admin, standingBy(admin));
      return asMember(member, { path: '/session', target: member.api.sessionId });
    },
    status: 204,
    audit: { action: 'session.ended', targetType: 'session', targetId: prepared },
  },
  getMe: { prepare: async () => ({ path: '/me' }), status: 200 },
  listMySessions: {
    prepare: async (admin) =>
      asMember(await newMember(admin, standingBy(admin)), { path: '/me/sessions' }),
    status: 200,
  },
  endMySessions: {
    prepare: async (admin) => {
      const member = await newMember(admin, standingBy(admin));
      return asMember(member, { path: '/me/sessions', target: member.id });
    },
    status: 204,
    audit: { action: 'session.ended', targetType: 'member', targetId: prepared },
  },
  endMySession: {
    prepare: async (admin) => {
      const member = await newMember(admin, standingBy(admin));
      const { sessionId } = await signIn(admin.server, member);
      return asMember(member, { path: `/me/sessions/${sessionId}`, target: sessionId });
    },
    status: 204,
    audit: { action: 'session.ended', targetType: 'session', targetId: prepared },
  },
  changeMyPassword: {
    prepare: async (admin) => {
      const member = await newMember(admin, standingBy(admin));
      return asMember(member, {
        path: '/me/password',
        body: { current_password: member.password, new_password: newPassword() },
        target: member.id,
      });
    },
    status: 204,
    audit: { action: 'member.password_changed', targetType: 'member', targetId: prepared },
  },
  getMyApiAccess: {
    prepare: async (admin) =>
      asMember(await newMember(admin, standingBy(admin)), { path: '/me/api-access' }),
    status: 200,
  },
  turnOnMyApiAccess: {
    prepare: async (admin) =>
      asMember(await newMember(admin, standingBy(admin)), { path: '/me/api-access' }),
    status: 201,
    audit: {
      action: 'api_access.turned_on',
      targetType: 'client',
      targetId: (_request, { body }) => String(body['client']),
    },
  },
  turnOffMyApiAccess: {
    prepare: async (admin) => {
      const { member, client } = await withApiAccess(admin);
      return asMember(member, { path: '/me/api-access', target: client });
    },
    status: 204,
    audit: { action: 'api_access.turned_off', targetType: 'client', targetId: prepared },
  },
  regenerateMyApiAccess: {
    prepare: async (admin) => {
      const { member, client } = await withApiAccess(admin);
      return asMember(member, { path: '/me/api-access/regenerate', target: client });
    },
    status: 200,
    audit: { action: 'client.regenerated', targetType: 'client', targetId: prepared },
  },
};
