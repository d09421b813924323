/**
 * What every route of the admin API refuses before its handler is called: invalid, unauthenticated, forbidden.
 * No database has been asked anything by then, so one kind of it is enough.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi, type Answer } from '../support/admin-api.ts';
import { permissions, registerAdmin, type Permission } from './admin-clients.ts';
import { collectDeadTokens } from './dead-tokens.ts';
import { byName, declaredRoutes, requiredPermissions, type Route } from './declared-routes.ts';
import { readLastSequence } from './last-sequence.ts';
import { callRoute, expectDeclared } from './route-call.ts';
import { getSample, type PreparedRequest } from './route-samples.ts';
import { startMillisMax, startOnPostgresql, type ServerOfTwo } from './two-organizations.ts';
import { wrongFields } from './wrong-fields.ts';

let running: ServerOfTwo | undefined;
let operator: AdminApi;
const lacking = new Map<Permission, AdminApi>();
const deadTokens: [string, string | undefined][] = [];
/** What is asked of each route: made once, because nothing that is refused changes anything. */
const requests = new Map<string, PreparedRequest>();

beforeAll(async () => {
  running = await startOnPostgresql();
  operator = new AdminApi(running.server);
  for (const permission of new Set(declaredRoutes.flatMap(requiredPermissions))) {
    const held = permissions.filter((other) => other !== permission);
    lacking.set(permission, (await registerAdmin(operator, held)).api);
  }
  deadTokens.push(...(await collectDeadTokens(operator)));
}, startMillisMax);
afterAll(() => running?.stop());

async function refusedRequest(operationId: string): Promise<PreparedRequest> {
  const made = requests.get(operationId) ?? (await getSample(operationId).prepare(operator));
  requests.set(operationId, made);
  return made;
}

test.each(byName(declaredRoutes))(
  '%s refuses an unknown query parameter',
  async (operationId, route) => {
    const request = await refusedRequest(operationId);
    const { status, body } = await callRoute(operator, route, {
      ...request,
      path: `${request.path}?colour=blue`,
    });
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'invalid' });
    expect(body['detail']).toContain('colour: there is no such parameter here');
  },
);

//
test.each(byName(declaredRoutes.filter(({ body }) => body !== undefined)))(
  '%s refuses an unknown field, and every field of a wrong type, by its name',
  async (operationId, route) => {
    const request = await refusedRequest(operationId);
    for (const [field, value] of wrongFields(route)) {
      const answer = await callRoute(operator, route, {
        ...request,
        body: { ...request.body, [field]: value },
      });
      expect({ field, value, status: answer.status, code: answer.body['code'] }).toEqual({
        field,
        value,
        status: 400,
        code: 'invalid',
      });
      expect(JSON.stringify(answer.body['errors'])).toContain(field);
    }
  },
);

//
test.each(byName(declaredRoutes.filter(({ body }) => body !== undefined)))(
  '%s refuses what is not JSON, or does not say it is',
  async (operationId, route) => {
    const request = await refusedRequest(operationId);
    const json = JSON.stringify(request.body);
    for (const [body, contentType, status] of [
      ['{"name":', 'application/json', 400],
      ['[]', 'application/json', 400],
      ['null', 'application/json', 400],
      ['"text"', 'application/json', 400],
      [json, 'text/plain', 415],
      [json, 'application/x-www-form-urlencoded', 415],
      [json, 'application/jsonp', 415],
      [`{"pad":"${'x'.repeat(262_144)}"}`, 'application/json', 413],
    ] as const) {
      const answer = await sendText(operator, route, request, body, contentType);
      expect({ contentType, status: answer.status }).toEqual({ contentType, status });
    }
  },
);

test.each(byName(declaredRoutes.filter(({ isPublic }) => !isPublic)))(
  '%s is closed to whoever is not authenticated',
  async (operationId, route) => {
    const { as: _as, ...request } = await refusedRequest(operationId);
    for (const [what, token] of deadTokens) {
      const answer = await callRoute(operator, route, request, {
        authorization: token === undefined ? '' : `Bearer ${token}`,
      });
      expect({ what, status: answer.status, code: answer.body['code'] }).toEqual({
        what,
        status: 401,
        code: 'unauthenticated',
      });
      expect(answer.headers.get('www-authenticate')).toBe(
        `Bearer realm="${operator.server.issuer}/api"${token === undefined ? '' : ', error="invalid_token"'}`,
      );
    }
  },
);

test.each(byName(declaredRoutes))(
  '%s is forbidden to whoever holds everything but its permission, and then changes nothing',
  async (operationId, route) => {
    const request = await refusedRequest(operationId);
    const before = await readLastSequence(operator);
    for (const permission of requiredPermissions(route)) {
      const answer = await callRoute(getLacking(permission), route, request);
      expect({ permission, status: answer.status, code: answer.body['code'] }).toEqual({
        permission,
        status: 403,
        code: 'forbidden',
      });
      expect(answer.body['detail']).toContain(permission);
    }
    expect(await readLastSequence(operator)).toBe(before);
  },
);

function getLacking(permission: Permission): AdminApi {
  const api = lacking.get(permission);
  if (!api) throw new Error(`nobody was made who lacks ${permission}`);
  return api;
}

async function sendText(
  api: AdminApi,
  route: Route,
  { path, as }: PreparedRequest,
  body: string,
  contentType: string,
): Promise<Answer> {
  const response = await fetch(`${api.server.issuer}/api/v1${path}`, {
    method: route.method.toUpperCase(),
    headers: {
      ...(as ? as.headers : { authorization: await api.authorization() }),
      'content-type': contentType,
    },
    body,
  });
  const answer = {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
  expectDeclared(route, answer);
  return answer;
}
