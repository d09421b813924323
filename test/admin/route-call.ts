/** Calls a route and holds its answer against its declaration: status, content type, every member. */
import { expect } from '@jest/globals';
import { problemSchema } from '../../src/admin/schemas.ts';
import { createOpenApiDocument } from '../../src/admin/openapi.ts';
import type { AdminApi, Answer } from '../support/admin-api.ts';
import { declaredRoutes, type Route } from './declared-routes.ts';
import type { PreparedRequest } from './route-samples.ts';

// The document is JSON; only these members of it are read.
const document = createOpenApiDocument(declaredRoutes, 'http://localhost:3000') as {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
};

export async function callRoute(
  api: Pick<AdminApi, 'request'>,
  route: Route,
  request: PreparedRequest,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await (request.as ?? api).request(request.path, {
    method: route.method.toUpperCase(),
    body: request.body,
    headers,
  });
  expectDeclared(route, answer);
  return answer;
}

export function expectDeclared(route: Route, { status, headers, body }: Answer): void {
  const operation = document.paths[`/api/v1${route.path}`]?.[route.method];
  expect(Object.keys(operation?.responses ?? {})).toContain(String(status));
  expect(headers.get('cache-control')).toBe('no-store');
  if (status >= 400) {
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(problemSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({ status, request_id: headers.get('x-request-id') });
    return;
  }
  const { schema } = route.responses[status] ?? {};
  if (schema === undefined) {
    expect(body).toEqual({});
    return;
  }
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  // Parsing drops what is not declared, so a difference is an undeclared member.
  expect(schema.parse(body)).toEqual(body);
}
