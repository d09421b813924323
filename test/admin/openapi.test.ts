/** The OpenAPI document: committed, the same as the one that is served, and true of every route. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { createOpenApiDocument } from '../../src/admin/openapi.ts';
import { problemSchema } from '../../src/admin/schemas.ts';
import { permissions } from '../../src/model/permission.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { declaredRoutes, requiredPermissions } from './declared-routes.ts';

const committed = new URL('../../docs/openapi.json', import.meta.url);
const documentOf = (issuer: string) =>
  `${JSON.stringify(createOpenApiDocument(declaredRoutes, issuer), null, 2)}\n`;

test('docs/openapi.json is what the routes say: "UPDATE_OPENAPI=1 npm test -- test/admin/openapi.test.ts" writes it', async () => {
  const generated = documentOf('http://localhost:3000');
  if (process.env['UPDATE_OPENAPI'] === '1') await writeFile(committed, generated);
  expect(await readFile(committed, 'utf8')).toBe(generated);
});

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: {
    name: string;
    in: string;
    required?: boolean;
    schema: object;
    example?: unknown;
  }[];
  requestBody?: { required: boolean; content: Record<string, Content> };
  responses: Record<string, { description: string; content?: Record<string, Content> }>;
}

interface Content {
  schema: object;
  example?: unknown;
  examples?: Record<string, { $ref: string }>;
}

// The document is JSON, read here as OpenAPI 3.1 says it is.
const document = JSON.parse(documentOf('http://localhost:3000')) as {
  openapi: string;
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, object>;
    examples: Record<string, { value: unknown }>;
    securitySchemes: {
      client_credentials: {
        flows: { clientCredentials: { tokenUrl: string; scopes: Record<string, string> } };
      };
    };
  };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('has every route once, under a name of its own', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(operations.map(({ path, method }) => `${method} ${path}`).toSorted()).toEqual(
    declaredRoutes.map(({ method, path }) => `${method} /api/v1${path}`).toSorted(),
  );
  const names = operations.map(({ operation }) => operation.operationId);
  expect(new Set(names).size).toBe(names.length);
});

test.each(operations)(
  '$method $path names its parameters, permissions, answers and refusals',
  ({ path, method, operation }) => {
    const route = declaredRoutes.find(({ operationId }) => operationId === operation.operationId);
    if (!route) throw new Error(`there is no route ${operation.operationId}`);
    expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining(operation.tags));
    const byToken = { client_credentials: requiredPermissions(route) };
    const callers = route.memberOnly ? [{ session: [] }] : [byToken, { session: [] }];
    expect(operation.security).toEqual(route.isPublic ? [] : callers);
    const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    expect(inPath.every(({ required }) => required === true)).toBe(true);
    expect(Object.keys(operation.requestBody?.content ?? {})).toEqual(
      route.body ? ['application/json'] : [],
    );
    const statuses = Object.keys(operation.responses);
    expect(statuses).toEqual(
      expect.arrayContaining(['400', '401', '403', '500', '503', ...(route.params ? ['404'] : [])]),
    );
    expect(statuses.some((status) => status.startsWith('2'))).toBe(true);
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      expect(description).not.toBe('');
      const ofAnswer = route.responses[Number(status)]?.mediaType ?? 'application/json';
      const mediaType = Number(status) >= 400 ? 'application/problem+json' : ofAnswer;
      expect(Object.keys(content ?? {})).toEqual(status === '204' ? [] : [mediaType]);
    }
    expect(['get', 'post', 'patch', 'delete']).toContain(method);
  },
);

test.each(operations)(
  '$method $path has an example of its request and of each answer, which its schemas take',
  ({ operation }) => {
    const route = declaredRoutes.find(({ operationId }) => operationId === operation.operationId);
    if (!route) throw new Error(`there is no route ${operation.operationId}`);
    // What it does not know it leaves away, and what it fills in was missing.
    const requireExample = (schema: z.ZodType, example: unknown) =>
      expect(schema.parse(example)).toEqual(example);
    for (const [status, { content }] of Object.entries(operation.responses)) {
      for (const [mediaType, { example: own, examples }] of Object.entries(content ?? {})) {
        const [shared] = Object.keys(examples ?? {});
        const example = shared === undefined ? own : document.components.examples[shared]?.value;
        const schema = mediaType.includes('problem')
          ? problemSchema
          : (route.responses[Number(status)]?.schema ?? z.string().min(1));
        requireExample(schema, example);
        if (mediaType.includes('problem'))
          expect(example).toMatchObject({ status: Number(status) });
      }
    }
    if (route.body) {
      const example = operation.requestBody?.content['application/json']?.example;
      expect(example).toBeDefined();
      route.body.parse(example);
    }
    const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    const params = Object.fromEntries(inPath.map(({ name, example }) => [name, example]));
    expect(Object.values(params)).not.toContain(undefined);
    if (route.params) requireExample(route.params, params);
  },
);

test('explains every permission, and where a token is fetched', () => {
  const { tokenUrl, scopes } =
    document.components.securitySchemes.client_credentials.flows.clientCredentials;
  expect(tokenUrl).toBe('http://localhost:3000/oauth2/token');
  expect(Object.keys(scopes)).toEqual(permissions);
});

test('every reference in it leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)];
  expect(references.length).toBeGreaterThan(20);
  for (const [, reference = ''] of references) {
    const [, kind, name = ''] = /^#\/components\/(schemas|examples)\/(\w+)$/.exec(reference) ?? [];
    const { schemas, examples } = document.components;
    expect(Object.keys(kind === 'examples' ? examples : schemas)).toContain(name);
  }
});

test('explains every field and every parameter', () => {
  const explained = ([, schema]: [string, object]) => 'description' in schema || '$ref' in schema;
  const fields = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
    Object.entries('properties' in schema ? (schema.properties as object) : {})
      .filter((field: [string, object]) => !explained(field))
      .map(([field]) => `${name}.${field}`),
  );
  const parameters = operations.flatMap(({ operation }) =>
    (operation.parameters ?? [])
      .filter((parameter) => !('description' in parameter))
      .map(({ name }) => `${operation.operationId} ${name}`),
  );
  expect([...fields, ...parameters]).toEqual([]);
});

/** Names of all members that a request body may have, at any depth. */
function memberNames(schema: unknown, seen = new Set<unknown>()): string[] {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return [];
  seen.add(schema);
  const { properties, $ref: reference } = schema as {
    properties?: object;
    $ref?: string;
  };
  const name = reference?.split('/').at(-1) ?? '';
  return [
    ...Object.keys(properties ?? {}),
    ...memberNames(document.components.schemas[name], seen),
    ...Object.values(schema).flatMap((part) => memberNames(part, seen)),
  ];
}

// the first route that takes a key is to be tried with private, symmetric and weak ones, repeated kids, a
// thousand of them, and a certificate of another key.
test('no route takes a key, a key set or a certificate from anybody', () => {
  const bodies = operations.flatMap(({ operation }) =>
    Object.values(operation.requestBody?.content ?? {}),
  );
  const names = new Set(bodies.flatMap(({ schema }) => memberNames(schema)));
  // It is read through references: these stand behind one, and within a list.
  expect([...names]).toEqual(expect.arrayContaining(['client', 'scopes', 'entity']));
  expect([...names].filter((name) => /key|jwk|cert|x5|pem|thumbprint/i.test(name))).toEqual([]);
  // Nor is there a way to authenticate that would need one.
  const { body } = declaredRoutes.find(({ operationId }) => operationId === 'createClient') ?? {};
  const accepts = (method: string) =>
    body?.safeParse({ name: 'x', authentication_method: method }).success;
  expect(accepts('client_secret')).toBe(true);
  for (const method of ['private_key_jwt', 'tls_client_auth', 'client_secret_jwt', 'none']) {
    expect(accepts(method)).toBe(false);
  }
});

describeOnBothDatabases('what is served', (server) => {
  test('is this document, with the address it is served at, for whoever asks', async () => {
    const response = await fetch(`${server.issuer}/api/v1/openapi.json`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual(JSON.parse(documentOf(server.issuer)));
  });
});
