/** The admin API under requests that its own OpenAPI document suggests: as valid as may be, at the edge, and hostile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createOpenApiDocument } from '../../src/admin/openapi.ts';
import { AdminApi, type Answer } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { declaredRoutes, type Route } from './declared-routes.ts';
import { expectDeclared } from './route-call.ts';

const millisMax = 15_000;
const requestsMax = 3_000;
const atOnce = 8;
const logMillisMax = 5_000;

/** The keywords of JSON Schema that the document uses. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  maxLength?: number;
  format?: string;
  example?: unknown;
  examples?: unknown[];
}

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

// The document is JSON, read here as OpenAPI 3.1 says it is.
const document = JSON.parse(
  JSON.stringify(createOpenApiDocument(declaredRoutes, 'http://localhost:3000')),
) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

interface FuzzRequest {
  route: Route;
  path: string;
  body: unknown;
  headers: Record<string, string>;
}

const hostileTexts = [
  '',
  ' ',
  '\u0000',
  '\uD800',
  '\u202E',
  '%00',
  "' OR '1'='1",
  '../../etc/passwd',
  '__proto__',
  '🙂'.repeat(200),
  'x'.repeat(5_000),
  '9'.repeat(400),
  'https://x.example.com/#',
  '2026-02-30',
  '0000-00-00T00:00:00Z',
  'null',
];
const hostileValues: unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  [],
  {},
  [[]],
  { __proto__: null, constructor: 1 },
  ...hostileTexts,
];

let server: ServerProcess;
let admin: AdminApi;
/** What the server knows, by the noun of the paths that take it: record ids, client_ids, identifiers. */
const known: Record<string, string[]> = {};
const remember = (noun: string, ...ids: string[]) => void (known[noun] ??= []).push(...ids);
/** It is deleted now. */
const forget = (path: string) => {
  for (const [noun, ids] of Object.entries(known)) {
    known[noun] = ids.filter((id) => !path.includes(`/${id}`));
  }
};
/** Stands for one of what the server knows at the moment when the request is sent. */
const knownOf = (noun: string, place: number) => `known-${noun}-${place}`;
const fillIn = (text: string) =>
  text.replaceAll(/known-([a-z_]+)-(\d+)/g, (_, noun: string, place: string) => {
    const ids = known[noun] ?? [];
    // The newest: older ones are deleted by now.
    return ids.at(-1 - (Number(place) % Math.min(ids.length, 8))) ?? 'nothing';
  });
/** What fields and parameters of these names refer to. */
const nouns: Record<string, string> = {
  organization: 'organizations',
  location: 'locations',
  client: 'clients',
  introspection_clients: 'clients',
  api: 'apis',
  member: 'members',
  actor: 'clients',
  target: 'clients',
};
/** By which the segment before an id in a path names it. */
const recordNouns = [
  'organizations',
  'locations',
  'apis',
  'clients',
  'secrets',
  'members',
  'invitations',
  'webhooks',
  'deliveries',
  'notices',
];
/** What precedes `{name}` in a path. */
const nounBefore = (path: string, name: string) => {
  const segments = path.split('/');
  return segments[segments.indexOf(`{${name}}`) - 1] ?? '';
};

beforeAll(async () => {
  server = await startServer({ databaseUrl: await createDatabase() });
  admin = new AdminApi(server);
  for (let n = 0; n < 5; n += 1) {
    const api = await admin.createApi(['orders:read', 'orders:write']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['orders:read'] }]);
    const { body } = await admin.request<{ data: { id: string }[] }>(
      `/clients/${client.id}/secrets`,
    );
    remember('apis', api.id, api.identifier);
    remember('clients', client.id, client.clientId);
    remember('secrets', body.data[0]?.id ?? '');
    const { id } = await admin.createWebhook('https://hooks.example.com/in', ['client.created']);
    remember('webhooks', id);
    remember('locations', await admin.createLocation());
    remember('members', (await newMember(admin, { role: 'developer' })).id);
  }
});
afterAll(() => server.stop());

/** Mostly what the schema allows; now and then at its edges, and sometimes anything at all. */
function valueOf(schema: Schema, name: string, depth = 0): fc.Arbitrary<unknown> {
  const valid = validValueOf(schema, name, depth);
  return fc.oneof(
    { weight: 40, arbitrary: valid },
    { weight: 1, arbitrary: fc.constantFrom(...hostileValues) },
  );
}

function validValueOf(schema: Schema, name: string, depth: number): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    const component = schema.$ref.replace('#/components/schemas/', '');
    return validValueOf(document.components.schemas[component] ?? {}, name, depth);
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => validValueOf(choice, name, depth)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? 'object'].flat();
  return fc.oneof(...types.map((type) => typedValueOf(type, schema, name, depth)));
}

function typedValueOf(
  type: string,
  schema: Schema,
  name: string,
  depth: number,
): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number': {
      const min = schema.minimum ?? 0;
      const max = Math.min(schema.maximum ?? 1_000_000, Number.MAX_SAFE_INTEGER);
      return fc.oneof(
        fc.integer({ min: Math.ceil(min), max: Math.min(max, 2 ** 31 - 1) }),
        fc.constantFrom(min, max, min - 1, max + 1),
      );
    }
    case 'array': {
      const item =
        schema.items && depth < 4 ? valueOf(schema.items, name, depth + 1) : fc.constant('x');
      return fc.array(item, { maxLength: Math.min(schema.maxItems ?? 4, 4) });
    }
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([field, property]) => [
            field,
            depth < 5 ? valueOf(property, field, depth + 1) : fc.constant(null),
          ]),
        ),
        { requiredKeys: schema.required ?? [] },
      );
    default:
      return textOf(schema, name);
  }
}

function textOf(
  { example, examples = [], maxLength = 200 }: Schema,
  name: string,
): fc.Arbitrary<string> {
  const shown = [example, ...examples].filter((text) => typeof text === 'string');
  const noun = nouns[name] ?? (recordNouns.includes(name) ? name : undefined);
  const fitting = noun === undefined ? undefined : fc.nat(7).map((place) => knownOf(noun, place));
  // Each its own: attempts at one account wait for each other, and two members have none in common.
  if (name === 'email') return fc.nat().map((place) => `m${place}@example.com`);
  const likely = shown.length > 0 ? fc.constantFrom(...shown) : fc.constant('a name');
  return fc.oneof(
    fitting ? { weight: 20, arbitrary: fitting } : { weight: 4, arbitrary: likely },
    { weight: 2, arbitrary: fc.nat(7).map((place) => knownOf('clients', place)) },
    { weight: 2, arbitrary: fc.constantFrom('orders:read', 'a name', 'lkc_x', '1', 'true') },
    { weight: 1, arbitrary: fc.string({ maxLength: Math.min(maxLength, 50), unit: 'binary' }) },
    { weight: 1, arbitrary: fc.constantFrom('x'.repeat(maxLength), 'x'.repeat(maxLength + 1)) },
    { weight: 1, arbitrary: fc.constantFrom(...hostileTexts) },
  );
}

const textFrom = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** A lone surrogate has no place in a URL. */
const encode = (value: unknown) => encodeURIComponent(textFrom(value).toWellFormed());

function requestOf(route: Route): fc.Arbitrary<FuzzRequest> {
  const operation = document.paths[`/api/v1${route.path}`]?.[route.method];
  if (!operation) throw new Error(`the document lacks ${route.operationId}`);
  const parameters = (place: string) =>
    fc.record(
      Object.fromEntries(
        (operation.parameters ?? [])
          .filter((parameter) => parameter.in === place)
          .map(({ name, schema }) => [
            name,
            valueOf(schema, place === 'path' ? nounBefore(route.path, name) : name),
          ]),
      ),
      place === 'path' ? {} : { requiredKeys: [] },
    );
  const schema = operation.requestBody?.content['application/json']?.schema;
  return fc
    .record({
      path: parameters('path'),
      query: parameters('query'),
      header: parameters('header'),
      body: schema ? valueOf(schema, 'body') : fc.constant(undefined),
    })
    .map(({ path, query, header, body }) => {
      const place = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(path[name]));
      const pairs = Object.entries(query).map(([name, value]) => `${name}=${encode(value)}`);
      const headers = Object.entries(header)
        .map(([name, value]) => [name, textFrom(value)] as const)
        // No HTTP client sends others.
        .filter(([, value]) => /^[\x21-\x7E]{1,300}$/.test(value));
      return {
        route,
        path: `${place}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`,
        body,
        headers: Object.fromEntries(headers),
      };
    });
}

/** What would end the caller itself, or every request after it; each has tests of its own. */
function endsTheCaller({ route, body }: FuzzRequest): boolean {
  const sent = JSON.stringify(body ?? null);
  return route.operationId === 'revoke' && /"(everything|organization)"/.test(sent);
}

async function send({ route, path, body, headers }: FuzzRequest): Promise<Answer> {
  const filled = fillIn(path);
  const answer = await admin.request(filled, {
    method: route.method.toUpperCase(),
    ...(body === undefined ? {} : { body: JSON.parse(fillIn(JSON.stringify(body))) as unknown }),
    headers,
  });
  if (answer.status === 204) forget(filled);
  const { data = [answer.body] } = answer.body as { data?: Record<string, unknown>[] };
  const noun = route.path.split('/').at(-1) ?? '';
  const isNew = answer.status === 201 || (answer.status === 200 && route.method === 'get');
  if (isNew && recordNouns.includes(noun)) {
    remember(noun, ...data.map(({ id }) => String(id)).toReversed());
  }
  return answer;
}

test('answers thousands of generated requests as it says it does, and none with a failure of its own', async () => {
  const each = Math.ceil(requestsMax / declaredRoutes.length);
  const seed = 20_261_125;
  const requests = declaredRoutes.flatMap((route, place) =>
    fc.sample(requestOf(route), { numRuns: each, seed: seed + place }),
  );
  // Every route in turn, so that a slow machine leaves none out.
  const queue = Array.from({ length: requests.length }, (_, n) => {
    const place = (n % declaredRoutes.length) * each + Math.floor(n / declaredRoutes.length);
    return requests[place];
  }).filter((request) => request !== undefined && !endsTheCaller(request));
  const tally = new Map<number, number>();
  const succeeded = new Set<string>();
  const until = performance.now() + millisMax;
  const worker = async () => {
    for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
      if (performance.now() > until) return;
      const answer = await send(request);
      tally.set(answer.status, (tally.get(answer.status) ?? 0) + 1);
      if (answer.status < 300) succeeded.add(request.route.operationId);
      try {
        expect(answer.status).toBeLessThan(500);
        expectDeclared(request.route, answer);
      } catch (error) {
        const { route, path, body } = request;
        const what = `${route.method} ${path} ${JSON.stringify(body)?.slice(0, 500)}`;
        const findCause = () =>
          server
            .output()
            .split('\n')
            .filter((line) => line.includes(String(answer.body['request_id'])));
        // The log comes by another road than the answer.
        const patience = performance.now() + logMillisMax;
        while (findCause().length === 0 && performance.now() < patience) await sleep(50);
        const cause = findCause();
        const told = [what, JSON.stringify(answer.body).slice(0, 1000), ...cause].join('\n');
        throw new Error(told, {
          cause: error,
        });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const count = (...statuses: number[]) =>
    statuses.reduce((sum, status) => sum + (tally.get(status) ?? 0), 0);
  const sent = [...tally.values()].reduce((sum, each) => sum + each, 0);
  // It is no test of the API when nearly everything is refused at its door.
  expect(sent).toBeGreaterThan(declaredRoutes.length * 5);
  expect(count(200, 201, 202, 204) / sent).toBeGreaterThan(0.15);
  expect(succeeded.size).toBeGreaterThan(declaredRoutes.length / 2);
  expect(count(400) / sent).toBeGreaterThan(0.1);
  expect(count(401) / sent).toBeLessThan(0.3);
});
