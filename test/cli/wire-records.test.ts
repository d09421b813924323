/** What the commands read of the admin API's answers is what these are declared to be, null where they may be null. */
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import * as wire from '../../src/cli/remote/wire-records.ts';
import { declaredRoutes } from '../admin/declared-routes.ts';

/**
 * By the operations that answer them; of a list, what each of its rows is. What is shown once is not among them: it
 * is null in the answer to a replay, for which no command asks.
 */
const readers: [string, z.ZodType][] = [
  ['listApis', wire.apiSchema],
  ['createApi', wire.apiSchema],
  ['updateApi', wire.apiSchema],
  ['listOrganizations', wire.placeSchema],
  ['listLocations', wire.placeSchema],
  ['createLocation', wire.placeSchema],
  ['listClients', wire.clientSchema],
  ['getClient', wire.clientSchema],
  ['listAccess', wire.accessHolderSchema],
  ['listClientSecrets', wire.secretSchema],
  ['listClientFailures', wire.clientFailureSchema],
  ['listFailures', wire.listedFailureSchema],
  ['getClientImpact', wire.clientImpactSchema],
  ['listNotices', wire.noticeSchema],
  ['listUsage', wire.usageSchema],
  ['listUnusedScopes', wire.unusedScopeSchema],
  ['listSigningKeys', wire.signingKeySchema],
  ['rotateSigningKey', wire.rotatedKeySchema],
  ['revoke', wire.revokedSchema],
  ['listMembers', wire.memberSchema],
  ['getMember', wire.memberSchema],
  ['listInvitations', wire.invitationSchema],
  ['getMemberApiAccess', wire.apiAccessSchema],
  ['getMe', wire.meSchema],
  ['listWebhooks', wire.webhookSchema],
  ['listWebhookDeliveries', wire.deliverySchema],
];

interface JsonSchema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
}

test.each(readers)('what %s answers can be read', (operationId, schema) => {
  const declared = toJsonSchema(answerOf(operationId));
  const isList = declared.properties?.['next_cursor'] !== undefined;
  const record = isList ? declared.properties?.['data']?.items : declared;
  expect(record).toBeDefined();
  expect(findUnreadable(record ?? {}, toJsonSchema(schema), operationId)).toEqual([]);
});

test('shows what cannot be read', () => {
  const server = z.object({
    id: z.string(),
    email: z.string().nullable(),
    of: z.array(z.number()),
  });
  const reader = z.looseObject({ email: z.string(), of: z.array(z.string()), name: z.string() });
  expect(findUnreadable(toJsonSchema(server), toJsonSchema(reader), 'x')).toEqual([
    'x.email may be null',
    'x.of[] may be number',
    'x.name may be missing',
  ]);
});

function answerOf(operationId: string): z.ZodType {
  const route = declaredRoutes.find((each) => each.operationId === operationId);
  const [schema] = Object.values(route?.responses ?? {}).flatMap(({ schema: each }) => each ?? []);
  if (schema === undefined) throw new Error(`no route answers ${operationId}`);
  return schema;
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  const whole = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as JsonSchema;
  return inline(whole, whole.$defs ?? {});
}

/** Every reference with what it refers to. None of these schemas refers to itself. */
function inline(value: JsonSchema, defs: Record<string, JsonSchema>): JsonSchema {
  const text = JSON.stringify(value, (_key, each: JsonSchema | undefined) =>
    typeof each?.$ref === 'string'
      ? inline(defs[each.$ref.replace('#/$defs/', '')] ?? {}, defs)
      : each,
  );
  return JSON.parse(text) as JsonSchema;
}

/** Where the server may answer what the reader would refuse. */
function findUnreadable(server: JsonSchema, reader: JsonSchema, place: string): string[] {
  const accepted = alternativesOf(reader);
  return alternativesOf(server).flatMap((alternative) => {
    const type = typeOf(alternative);
    const match = accepted.find((each) => typeOf(each) === type || typeOf(each) === 'anything');
    if (match === undefined) return [`${place} may be ${type}`];
    if (type === 'array') {
      return findUnreadable(alternative.items ?? {}, match.items ?? {}, `${place}[]`);
    }
    return Object.entries(match.properties ?? {}).flatMap(([name, wanted]) => {
      const given = alternative.properties?.[name];
      const isNeeded = match.required?.includes(name) ?? false;
      const isCertain = alternative.required?.includes(name) ?? false;
      if (given === undefined || !isCertain)
        return isNeeded ? [`${place}.${name} may be missing`] : [];
      return findUnreadable(given, wanted, `${place}.${name}`);
    });
  });
}

function alternativesOf(schema: JsonSchema): JsonSchema[] {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return alternatives.flatMap(alternativesOf);
  return Array.isArray(schema.type) ? schema.type.map((type) => ({ ...schema, type })) : [schema];
}

function typeOf({ type, const: value, enum: values }: JsonSchema): string {
  const sample = value ?? values?.[0];
  const name = type ?? (sample === undefined ? 'anything' : typeof sample);
  return name === 'integer' ? 'number' : String(name);
}
