/** `/me`: who calls, and what they may do; a member's own sessions, password and API access. */
import type { OwnApiAccess, ShownCredential } from '../directory/own-api-access.ts';
import type { PrincipalNames } from '../directory/principal-names.ts';
import type { SessionRegistry } from '../directory/session-registry.ts';
import { permissions } from '../model/permission.ts';
import {
  apiAccessSchema,
  meSchema,
  shownApiAccessSchema,
  toApiAccessBody,
} from './member-schemas.ts';
import { defineRoute, requireSession, type Route } from './route.ts';
import {
  idParams,
  listQuery,
  pageSchema,
  toIdempotencyRequest,
  toPageBody,
  toPageRequest,
} from './schemas.ts';
import { passwordChangeSchema, sessionSchema, toSessionBody } from './session-schemas.ts';

export function meRoutes(dependencies: {
  sessions: SessionRegistry;
  apiAccess: OwnApiAccess;
  names: PrincipalNames;
  issuer: string;
}): Route[] {
  const { sessions, apiAccess, names, issuer } = dependencies;
  const toShownBody = ({ client, clientSecret }: ShownCredential) => ({
    ...toApiAccessBody(client),
    client_secret: clientSecret,
    ...(clientSecret === null ? { secret_already_shown: true } : {}),
  });
  return [
    defineRoute({
      method: 'get',
      path: '/me',
      operationId: 'getMe',
      tag: 'Me',
      summary: 'See who one is, and what one may do',
      responses: { 200: { description: 'The caller', schema: meSchema } },
      handle: async ({ actor: { principal } }) => ({
        status: 200,
        body: {
          type: principal.type,
          id: principal.id,
          name: principal.name,
          display_name: await names.get(principal),
          organization: principal.organizationId,
          location: principal.locationId,
          permissions: permissions.filter((permission) => principal.permissions.has(permission)),
          own_secrets_only: principal.member?.ownSecretsOnly ?? false,
          member: principal.member?.id ?? null,
          issuer,
        },
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/me/sessions',
      operationId: 'listMySessions',
      tag: 'Me',
      memberOnly: true,
      summary: "List one's own sessions",
      query: listQuery(['created_at', 'last_seen_at'], '-created_at', {}),
      responses: { 200: { description: 'A page of sessions', schema: pageSchema(sessionSchema) } },
      handle: async ({ actor, session, query }) => {
        const currentId = requireSession(session).session.id;
        const page = await sessions.list(actor.principal.id, toPageRequest(query));
        return { status: 200, body: toPageBody(page, (one) => toSessionBody(one, currentId)) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/me/sessions',
      operationId: 'endMySessions',
      tag: 'Me',
      memberOnly: true,
      summary: 'Sign out everywhere',
      description: 'The session one asks with is among them.',
      responses: { 204: { description: 'Every session has ended' } },
      handle: async ({ actor }) => {
        await sessions.endAll(actor);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/me/sessions/{id}',
      operationId: 'endMySession',
      tag: 'Me',
      memberOnly: true,
      summary: "End one of one's own sessions",
      params: idParams('session'),
      responses: { 204: { description: 'It has ended' } },
      handle: async ({ actor, params }) => {
        await sessions.end(actor, params.id);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/me/password',
      operationId: 'changeMyPassword',
      tag: 'Me',
      memberOnly: true,
      isSlowed: true,
      summary: "Change one's own password",
      description: 'Needs the current one. Every other session ends.',
      body: passwordChangeSchema,
      responses: { 204: { description: 'Changed' } },
      handle: async ({ actor, visitor, body }) => {
        const passwords = { current: body.current_password, next: body.new_password };
        await sessions.changePassword(actor, visitor, passwords);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/me/api-access',
      operationId: 'getMyApiAccess',
      tag: 'API access',
      memberOnly: true,
      summary: "See whether one's own API access is on",
      responses: { 200: { description: 'The API access', schema: apiAccessSchema } },
      handle: async ({ actor }) => ({
        status: 200,
        body: toApiAccessBody(await apiAccess.find(actor.principal)),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/me/api-access',
      operationId: 'turnOnMyApiAccess',
      tag: 'API access',
      memberOnly: true,
      summary: "Turn one's own API access on",
      description:
        'Makes a personal client, which may do what the member may do at that moment. The answer holds its client_secret, this once.',
      idempotent: true,
      responses: {
        201: { description: 'The credential', schema: shownApiAccessSchema },
        200: {
          description:
            'What an earlier request with this Idempotency-Key made; its secret was shown then',
          schema: shownApiAccessSchema,
        },
      },
      handle: async ({ actor, idempotencyKey }) => {
        const shown = await apiAccess.turnOn(
          actor,
          toIdempotencyRequest(idempotencyKey, 'POST /me/api-access', {}),
        );
        return { status: shown.clientSecret === null ? 200 : 201, body: toShownBody(shown) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/me/api-access',
      operationId: 'turnOffMyApiAccess',
      tag: 'API access',
      memberOnly: true,
      summary: "Turn one's own API access off",
      description: 'Its credential fails at once, and so do the access tokens it was used for.',
      responses: { 204: { description: 'It is off' } },
      handle: async ({ actor }) => {
        await apiAccess.turnOff(actor);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/me/api-access/regenerate',
      operationId: 'regenerateMyApiAccess',
      tag: 'API access',
      memberOnly: true,
      summary: "Regenerate the secret of one's own API access",
      description: 'The old one fails at once, and so do the access tokens it was used for.',
      idempotent: true,
      responses: { 200: { description: 'The credential', schema: shownApiAccessSchema } },
      handle: async ({ actor, idempotencyKey }) => ({
        status: 200,
        body: toShownBody(
          await apiAccess.regenerate(
            actor,
            toIdempotencyRequest(idempotencyKey, 'POST /me/api-access/regenerate', {}),
          ),
        ),
      }),
    }),
  ];
}
