/** `/session`: signing in and out. */
import type { SessionRegistry } from '../directory/session-registry.ts';
import { confirmedUntil, sessionIdleSeconds, type MemberSession } from '../model/member.ts';
import { confirmationSchema, signedInSchema, signInSchema } from './session-schemas.ts';
import { defineRoute, requireSession, type Route } from './route.ts';
import type { SessionCookie } from './session-cookie.ts';

export function sessionRoutes(sessions: SessionRegistry, cookie: SessionCookie): Route[] {
  const toBody = (session: MemberSession, csrfToken: string) => ({
    id: session.id,
    csrf_token: csrfToken,
    member: session.memberId,
    expires_at: session.expiresAt.toISOString(),
    confirmed_until: confirmedUntil(session).toISOString(),
    idle_timeout_seconds: sessionIdleSeconds,
  });
  return [
    defineRoute({
      method: 'post',
      path: '/session',
      operationId: 'signIn',
      tag: 'Signing in',
      isPublic: true,
      isSlowed: true,
      summary: 'Sign in',
      description:
        'Begins a new session and sets its cookie. An unknown address and a wrong password are answered alike. An inactive member, and one of a stopped organization or location, is told so with 403, after the right password alone.',
      body: signInSchema,
      responses: { 201: { description: 'Signed in', schema: signedInSchema } },
      handle: async ({ visitor, body }) => {
        const { session, token } = await sessions.signIn(visitor, body);
        return {
          status: 201,
          headers: { 'Set-Cookie': cookie.format(token) },
          body: toBody(session, cookie.csrfTokenOf(token)),
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/session',
      operationId: 'getSession',
      tag: 'Signing in',
      memberOnly: true,
      summary: 'See the session one is signed in with',
      responses: { 200: { description: 'The session', schema: signedInSchema } },
      handle: async ({ session }) => {
        const { session: record, csrfToken } = requireSession(session);
        return { status: 200, body: toBody(record, csrfToken) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/session/confirmation',
      operationId: 'confirmSession',
      tag: 'Signing in',
      memberOnly: true,
      isSlowed: true,
      summary: 'Enter the password again',
      description: 'For what cannot be taken back. A wrong password ends nothing.',
      body: confirmationSchema,
      responses: { 200: { description: 'The session', schema: signedInSchema } },
      handle: async ({ actor, visitor, session, body }) => {
        const { session: record, csrfToken } = requireSession(session);
        const confirmedAt = await sessions.confirm(actor, visitor, record.id, body.password);
        return { status: 200, body: toBody({ ...record, confirmedAt }, csrfToken) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/session',
      operationId: 'signOut',
      tag: 'Signing in',
      memberOnly: true,
      summary: 'Sign out',
      description: 'The session ends on the server, whatever becomes of the cookie.',
      responses: { 204: { description: 'Signed out' } },
      handle: async ({ actor, session }) => {
        await sessions.end(actor, requireSession(session).session.id);
        return { status: 204, headers: { 'Set-Cookie': cookie.format(null) } };
      },
    }),
  ];
}
