/**
 * An example of every request and every answer in the OpenAPI document, put together from the examples of its
 * fields: their own, or that of what their name means everywhere.
 */
import { exampleProblem } from '../http/problem.ts';
import { exampleSecret } from '../model/example-secret.ts';

/** JSON Schema as zod-openapi writes it, as far as examples need it. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  example?: unknown;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
}

interface MediaContent {
  schema: JsonSchema;
  example?: unknown;
  examples?: Record<string, { $ref: string }>;
}

interface Parameter {
  name: string;
  in: string;
  schema: JsonSchema;
  example?: unknown;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, MediaContent> };
  responses: Record<string, { description: string; content?: Record<string, MediaContent> }>;
}

export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    examples?: Record<string, { value: unknown }>;
  };
}

const requestId = '0b7c7c1e-3f0e-4d0a-9c53-0f6b3f2f9f55';
const clientId = 'lkc_0pR7vYc2MwE9xKj5TsB8aQ';
const kid = 'FJ7Zb2fN2Q4S2m3tq0V1yYp8o6cWq3dB9rXhLkTsUaE';
const compact = 'eyJhbGciOiJFZERTQSJ9.eyJzZXF1ZW5jZSI6MTIzfQ.c2lnbmF0dXJl';
const newSecret = `lks_${exampleSecret}K1aV9f`;

/** By what precedes `/{id}` in a path; the same ids in every example, so that they fit each other. */
const recordIds: Record<string, string> = {
  organizations: 'org_2V3kBjM5pX0aQmZ7tYcN1e',
  locations: 'location_6Bt4RwZ9yLq2XnC7vKd1Mg',
  apis: 'api_7Kd2MxV9qRt4NwB1zLc6Ph',
  clients: 'client_4Xr9KpT1sGf6WqL0bNz3Jd',
  secrets: 'secret_9Yt2LmQ6hVx0CwR4kPs8Ed',
  webhooks: 'webhook_3Fd8KqW2vTn6RxY9bLm5Hc',
  deliveries: 'delivery_4e1f0a9b7c2d8e5f6a3b1c',
  members: 'member_5Gs1NbX8wPk3TzQ7mVj0Yr',
  invitations: 'invitation_1Hc7VdL4xRm9KwT2qZn6Bs',
  sessions: 'session_8Wn3QyG5tFx1LbK6pRv4Mz',
  notices: 'notice_2Jb9TkM6cVp4XwD1sNq8Lr',
};

/** Of fields and parameters, by name, where the schema has none of its own. */
const namedExamples: Record<string, unknown> = {
  organization: recordIds['organizations'],
  location: recordIds['locations'],
  member: recordIds['members'],
  client: recordIds['clients'],
  created_by: recordIds['members'],
  event: 4711,
  id: recordIds['clients'],
  client_id: clientId,
  api: 'https://orders.example.com',
  name: 'Order import',
  description: 'Reads orders every night',
  scopes: 'orders:read',
  scope: 'orders:read',
  value: 'orders:read',
  introspection_clients: clientId,
  client_secret: newSecret,
  client_secret_expires_at: 0,
  secret_hint: 'lks_…bK1a',
  access_token_lifetime_seconds: 3600,
  personal: false,
  exempt_from_inactivity: false,
  emergency: false,
  has_password: true,
  expires_in_seconds: 604_800,
  retire_others_in_seconds: 86_400,
  retires_when_quiet_for_seconds: 86_400,
  token: compact,
  jti: '0000000001A000000002B7Hq3nTz9XcVw5LkPs',
  password: 'correct horse battery staple',
  current_password: 'correct horse battery staple',
  new_password: 'battery staple correct horse',
  csrf_token: '3q2-7wAAAAB1c2VyLWNzcmYtdG9rZW4tZXhhbXBsZQ',
  idle_timeout_seconds: 3600,
  user_agent: 'Mozilla/5.0',
  address: '192.0.2.7',
  last_used_address: '192.0.2.7',
  request_id: requestId,
  kid,
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  public_jwk: { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid },
  statement: compact,
  endorsement: compact,
  checkpoint: compact,
  next_cursor: null,
  type: 'client',
  entity: 'client',
  operation: 'updated',
  details: { name: { before: 'Import', after: 'Order import' } },
  parameters: { client: recordIds['clients'], client_id: clientId },
  sequence: 4711,
  version: 4711,
  first_event: 1,
  last_event: 4711,
  signed_from: 1,
  through: 1200,
  events: 2000,
  uses: 42,
  addresses: 2,
  tokens: 42,
  count: 1,
  attempts: 1,
};

/** Every operation gets its examples; what none can be made of is left without, and a test finds it. */
export function addExamples({ paths, components }: OpenApiDocument): void {
  // The same wherever it is answered, so it stands there once.
  const problems: Record<string, { value: unknown }> = {};
  for (const [path, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) addToOperation(path, operation);
  }
  components.examples = problems;

  function addToOperation(path: string, operation: Operation): void {
    const parameters = operation.parameters ?? [];
    for (const parameter of parameters.filter(({ in: place }) => place === 'path')) {
      // Only these: the page of the documentation sends along whatever has an example.
      setExample(parameter, exampleOfParameter(path, parameter));
    }
    for (const content of Object.values(operation.requestBody?.content ?? {})) {
      setExample(content, exampleOf(content.schema, components, { isRequest: true }));
    }
    const isIdempotent = parameters.some(({ name }) => name === 'Idempotency-Key');
    for (const [status, response] of Object.entries(operation.responses)) {
      const isReplay = isIdempotent && status === '200';
      for (const [mediaType, content] of Object.entries(response.content ?? {})) {
        if (mediaType === 'application/problem+json') {
          const name = `Problem${status}`;
          problems[name] ??= { value: exampleOfProblem(Number(status), response.description) };
          content.examples = { [name]: { $ref: `#/components/examples/${name}` } };
        } else setExample(content, exampleOf(content.schema, components, { isReplay }));
      }
    }
  }
}

function setExample(target: { example?: unknown }, example: unknown): void {
  if (example !== undefined) target.example = example;
}

/** An id in a path is of what is named before it. */
function exampleOfParameter(path: string, { name, schema }: Parameter): unknown {
  const segments = path.split('/');
  const noun = segments[segments.indexOf(`{${name}}`) - 1] ?? '';
  return recordIds[noun] ?? exampleOf(schema, { schemas: {} }, { name });
}

function exampleOfProblem(status: number, description: string): unknown {
  const example = exampleProblem(status, description, requestId);
  const errors = [{ pointer: '/name', detail: 'must not be blank' }];
  return status === 400 ? { ...example, errors } : example;
}

interface Place {
  /** Of the field or parameter that it is the value of. */
  name?: string;
  /** A request shows what may be sent; an answer what it always has. */
  isRequest?: boolean;
  /** Of a creation that was asked for twice: its secret is not shown again. */
  isReplay?: boolean;
}

/** undefined when a part of it has no example. */
function exampleOf(
  schema: JsonSchema,
  components: OpenApiDocument['components'],
  place: Place,
): unknown {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    return exampleOf(components.schemas[name] ?? {}, components, place);
  }
  if (schema.example !== undefined) return schema.example;
  if (schema.properties !== undefined) {
    return exampleOfObject(schema.properties, schema.required ?? [], components, place);
  }
  if (schema.const !== undefined) return schema.const;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return exampleOf(choices[0] ?? {}, components, place);
  if (schema.items !== undefined) {
    const item = exampleOf(schema.items, components, place);
    return item === undefined ? undefined : [item];
  }
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  if (place.name !== undefined && place.name in namedExamples) return namedExamples[place.name];
  return [schema.type].flat().includes('boolean') ? true : undefined;
}

const shownSecrets = ['client_secret', 'signing_secret', 'token'];

function exampleOfObject(
  properties: Record<string, JsonSchema>,
  required: readonly string[],
  components: OpenApiDocument['components'],
  place: Place,
): unknown {
  const { isRequest, isReplay } = place;
  const fields = Object.entries(properties)
    .filter(
      ([name]) =>
        isRequest || required.includes(name) || (isReplay && name === 'secret_already_shown'),
    )
    .map(([name, schema]) => [
      name,
      isReplay && shownSecrets.includes(name)
        ? null
        : exampleOf(schema, components, { ...place, name }),
    ]);
  return fields.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(fields);
}
