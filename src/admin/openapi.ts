/** The OpenAPI 3.1 document, made from the very routes that are mounted. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { confirmedSeconds } from '../model/member.ts';
import { permissionDescriptions, permissions, type Permission } from '../model/permission.ts';
import { adminPrefix } from './admin-router.ts';
import { addExamples, type OpenApiDocument } from './openapi-examples.ts';
import { querySchema, requiredPermissions, type Route, type RouteResponse } from './route.ts';
import { problemSchema } from './schemas.ts';
import { csrfHeader, SessionCookie } from './session-cookie.ts';

const packageVersion = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

const securityScheme = 'client_credentials';
const sessionScheme = 'session';

/** `adminUrl` is where it is served, and there are tokens for it as well; `issuer` fills in their resource. */
export function createOpenApiDocument(
  routes: readonly Route[],
  issuer: string,
  adminUrl = issuer,
): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = adminPrefix + route.path;
    paths[path] = { ...paths[path], [route.method]: describeOperation(route) };
  }
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Latchkey admin API',
      version: packageVersion,
      description:
        'Register APIs and clients, make and revoke client secrets, rotate signing keys, read the audit trail. ' +
        'Authenticate with an access token of this very server: POST /oauth2/token with the client credentials ' +
        `of a client that is granted the admin API, and \`resource=${issuer}/api\`.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: adminUrl }],
    security: [{ [securityScheme]: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        [securityScheme]: {
          type: 'oauth2',
          flows: {
            clientCredentials: {
              tokenUrl: `${adminUrl}/oauth2/token`,
              scopes: Object.fromEntries(
                permissions.map((value) => [value, permissionDescriptions[value]]),
              ),
            },
          },
        },
        [sessionScheme]: {
          type: 'apiKey',
          in: 'cookie',
          name: new SessionCookie(adminUrl).name,
          description: `Of a member who has signed in with POST ${adminPrefix}/session. A change also needs the header ${csrfHeader} with the csrf_token of GET ${adminPrefix}/session.`,
        },
      },
    },
  });
  // What is written there is what examples read, in the same form.
  addExamples(document as unknown as OpenApiDocument);
  return document;
}

function describeOperation(route: Route): ZodOpenApiOperationObject {
  const headers = {
    ...(route.idempotent
      ? {
          'Idempotency-Key': z
            .string()
            .min(1)
            .max(255)
            .optional()
            .meta({ description: 'Makes a repeated creation happen once' }),
        }
      : {}),
    ...(route.conditional
      ? {
          'If-Match': z.string().optional().meta({
            description: 'The ETag you have read: refused with 412 when the record has changed',
          }),
        }
      : {}),
  };
  const responses = Object.entries(route.responses).map(([status, response]) => [
    status,
    { description: response.description, ...describeContent(response) },
  ]);
  const problems = problemStatuses(route).map((status) => [
    String(status),
    {
      description: problemDescriptions[status],
      content: { 'application/problem+json': { schema: problemSchema } },
    },
  ]);
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    description: [route.description, describeCallers(route), describeConfirmation(route)]
      .filter(Boolean)
      .join('\n\n'),
    security: securityOf(route),
    requestParams: {
      ...(route.params ? { path: route.params } : {}),
      ...(hasQuery(route) ? { query: querySchema(route) } : {}),
      ...(Object.keys(headers).length > 0 ? { header: z.object(headers) } : {}),
    },
    ...(route.body
      ? {
          requestBody: {
            required: !route.bodyOptional,
            content: { 'application/json': { schema: route.body } },
          },
        }
      : {}),
    // Built from the route's own table of statuses.
    responses: Object.fromEntries([
      ...responses,
      ...problems,
    ]) as ZodOpenApiOperationObject['responses'],
  };
}

function describeContent({ schema, mediaType, example }: RouteResponse) {
  if (mediaType !== undefined) {
    return { content: { [mediaType]: { schema: z.string().meta({ example }) } } };
  }
  return schema ? { content: { 'application/json': { schema } } } : {};
}

function hasQuery(route: Route): boolean {
  return Object.keys(querySchema(route).shape).length > 0;
}

/** Changes by session also need the header that the session's description names. */
function securityOf(route: Route): Record<string, string[]>[] {
  if (route.isPublic) return [];
  const bySession = { [sessionScheme]: [] };
  if (route.memberOnly) return [bySession];
  return [{ [securityScheme]: requiredPermissions(route) }, bySession];
}

function describeCallers(route: Route): string {
  if (route.isPublic) return 'Open to everybody.';
  if (route.memberOnly) return 'For members who have signed in.';
  const needed: readonly Permission[] = requiredPermissions(route);
  return needed.length === 0
    ? 'Needs an access token of the admin API or a session, and no permission.'
    : `Needs \`${needed.join('` and `')}\`.`;
}

function describeConfirmation({ needsConfirmation }: Route): string | undefined {
  if (!needsConfirmation) return undefined;
  return `By session only within ${confirmedSeconds / 60} minutes after the password was entered: at sign-in, or with POST ${adminPrefix}/session/confirmation. Else 403 with the code confirmation_required.`;
}

const problemDescriptions: Record<number, string> = {
  400: 'The request is not valid: `errors` says where',
  401: 'No access token and no session, or not a live one of this server',
  403: 'The caller may see it, but not do this',
  404: 'No such record, or not yours to see',
  409: 'In conflict with the current state',
  412: 'The record has changed since it was read',
  413: 'The body is too large',
  415: 'The body is not JSON',
  429: 'Too many at once from there; try again after `Retry-After`',
  422: 'The Idempotency-Key was used with another body',
  500: 'Something failed here',
  503: 'The database does not answer; try again after `Retry-After`',
};

function problemStatuses(route: Route): number[] {
  return [
    400,
    401,
    403,
    ...(route.params || route.mayMiss ? [404] : []),
    ...(route.method === 'get' ? [] : [409]),
    ...(route.conditional ? [412] : []),
    ...(route.body ? [413, 415] : []),
    ...(route.isSlowed ? [429] : []),
    ...(route.idempotent ? [422] : []),
    500,
    503,
  ];
}
