/** Values that a route's body is not declared to take, from the schema that the OpenAPI document shows. */
import { expect } from '@jest/globals';
import { z } from 'zod';
import type { Route } from './declared-routes.ts';

type JsonType = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'null';
const valuesByType: Record<JsonType, unknown[]> = {
  string: ['text'],
  integer: [7],
  number: [7.5],
  boolean: [true],
  array: [['text']],
  object: [{ a: 1 }],
  null: [null],
};

interface FieldSchema {
  type?: JsonType;
  anyOf?: FieldSchema[];
  $ref?: string;
  properties?: Record<string, FieldSchema>;
}

/** An unknown field, then for each field a value of every JSON type that it is not declared to take. */
export function* wrongFields(route: Route): Generator<[string, unknown]> {
  yield ['colour', 'blue'];
  if (!route.body) return;
  // A JSON Schema, of which only these members are read.
  const body = z.toJSONSchema(route.body, { io: 'input' }) as unknown as FieldSchema & {
    $defs?: Record<string, FieldSchema>;
  };
  const resolve = (schema: FieldSchema): FieldSchema =>
    (schema.$ref === undefined ? undefined : body.$defs?.[schema.$ref.split('/').at(-1) ?? '']) ??
    schema;
  const typesOf = (schema: FieldSchema): (JsonType | undefined)[] =>
    resolve(schema).anyOf?.flatMap(typesOf) ?? [resolve(schema).type];
  const { properties = {} } = resolve(body);
  expect(Object.keys(properties)).not.toEqual([]);
  for (const [field, schema] of Object.entries(properties)) {
    const declared = typesOf(schema);
    expect(declared).not.toContain(undefined);
    for (const [type, values] of Object.entries(valuesByType)) {
      // Object.entries forgets the names of a Record.
      if (declared.includes(type as JsonType)) continue;
      for (const value of values) yield [field, value];
    }
  }
}
