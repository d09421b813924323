/** Pieces of requests and answers that every noun shares. */
import type { Page, PageRequest } from '../model/page.ts';
import type { PlaceFilter } from '../model/principal.ts';
import { z } from 'zod';
import type { IdempotencyRequest } from '../registry/idempotency.ts';

/** No control characters and no lone surrogates: what is stored can be shown. */
export const nameSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'must not contain control characters')
  .refine((name) => name.trim() !== '', 'must not be blank')
  .meta({ description: 'For people; need not be unique', example: 'Order import' });

export const descriptionSchema = z
  .string()
  .max(2000)
  .regex(/^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u, 'must not contain control characters')
  .meta({ description: 'For people; may have several lines' });

export const lifetimeSchema = z
  .int()
  .min(60)
  .max(86_400)
  .meta({ description: 'How long an access token lives', example: 3600 });

export const referenceSchema = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[\x21-\x7E]+$/, 'must be visible characters without spaces');

export const scopeValueSchema = z
  .string()
  .regex(
    /^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/,
    'must be 1 to 128 visible characters without quotes, backslashes and spaces (RFC 6749 section 3.3)',
  )
  .meta({
    description: 'What the scope parameter and the scope claim say',
    example: 'orders:read',
  });

/** An id in a path. What cannot be one is no fault of the request: it is an id that nobody has. */
export const pathIdSchema = z
  .string()
  .regex(/^[0-9A-Za-z_-]{1,64}$/)
  .catch('')
  .meta({ override: ({ jsonSchema }) => void delete jsonSchema.default });

export const idParams = (noun: string) =>
  z.strictObject({ id: pathIdSchema.meta({ description: `Record id of the ${noun}` }) });

export const timeSchema = z.iso
  .datetime()
  .meta({ description: 'Time in UTC (RFC 3339)', example: '2026-11-23T09:00:00.000Z' });

const limitDefault = 50;
const limitMax = 200;

/** `limit`, `cursor`, `sort` and `q`, and the list's own filters. */
export function listQuery<Filters extends z.core.$ZodLooseShape>(
  sortFields: readonly string[],
  sortDefault: string,
  filters: Filters,
) {
  return z.strictObject({
    limit: z
      .string()
      .regex(/^\d+$/, `must be a number from 1 to ${limitMax}`)
      .transform(Number)
      .pipe(z.int().min(1).max(limitMax))
      .default(limitDefault)
      .meta({
        description: 'How many records at most',
        // Text in the query, a number for whoever reads the document.
        override: ({ jsonSchema }) => {
          delete jsonSchema.pattern;
          Object.assign(jsonSchema, { type: 'integer', minimum: 1, maximum: limitMax });
        },
      }),
    cursor: z
      .string()
      .max(1000)
      .optional()
      .meta({ description: '`next_cursor` of the page before' }),
    sort: z
      .enum(sortFields.flatMap((field) => [field, `-${field}`]))
      .default(sortDefault)
      .meta({ description: 'Field to sort by, `-` in front for descending' }),
    ...filters,
  });
}

export const searchSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'must not contain control characters')
  .optional()
  .meta({ description: 'Text to search for' });

export const booleanFilterSchema = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .optional();

export const organizationFilterSchema = referenceSchema
  .optional()
  .meta({ description: 'Record id of an organization: only its own' });

export const organizationSchema = z.string().meta({
  description: 'Record id of the organization it belongs to',
  example: 'org_2V3kBjM5pX0aQmZ7tYcN1e',
});

export const locationFilterSchema = referenceSchema
  .optional()
  .meta({ description: 'Record id of a location: only its own' });

export const apiFilterSchema = referenceSchema
  .optional()
  .meta({ description: 'Identifier or record id: only this API' });

/** Of lists that hold what belongs to locations and what belongs to organizations themselves. */
export const placeFilterSchema = referenceSchema.optional().meta({
  description:
    "Record id of a location: only its own; `any`: only what belongs to one; `none`: only organizations' own",
});

/** `location` as the rules understand it. */
export function toPlaceFilter(query: {
  organization?: string | undefined;
  location?: string | undefined;
}): PlaceFilter {
  const { organization, location } = query;
  const isWord = location === 'any' || location === 'none';
  return isWord ? { organization, hasLocation: location === 'any' } : { organization, location };
}

export const locationSchema = z.string().nullable().meta({
  description: "Record id of the location it belongs to; null: the organization's own",
  example: 'location_6Bt4RwZ9yLq2XnC7vKd1Mg',
});

export const memberFilterSchema = referenceSchema
  .optional()
  .meta({ description: 'Record id of a member: only theirs' });

export function toPageRequest(query: {
  limit: number;
  cursor?: string | undefined;
  sort: string;
}): PageRequest {
  return { limit: query.limit, cursor: query.cursor ?? null, sort: query.sort };
}

/** undefined without an Idempotency-Key; `route` is the method and the path as they were called. */
export function toIdempotencyRequest(
  key: string | undefined,
  route: string,
  body: unknown,
): IdempotencyRequest | undefined {
  return key === undefined ? undefined : { key, route, body };
}

export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: '`cursor` of the next page; null on the last' }),
  });
}

export function toPageBody<T, Body>(
  page: Page<T>,
  toBody: (record: T) => Body,
): { data: Body[]; next_cursor: string | null } {
  return { data: page.data.map(toBody), next_cursor: page.nextCursor };
}

const standingInTheWay = (what: string) =>
  z
    .array(z.object({ id: z.string(), name: z.string() }))
    .optional()
    .meta({ description: `The ${what} that stand in the way, at most 100` });

/** Problem details (RFC 9457). */
export const problemSchema = z
  .object({
    type: z
      .string()
      .meta({ description: 'A URN of the code', example: 'urn:latchkey:problem:invalid' }),
    title: z.string().meta({ description: 'The same for every problem of this code' }),
    status: z.int().meta({ description: 'The HTTP status' }),
    detail: z.string().meta({ description: 'What went wrong and what to do about it' }),
    code: z.string().meta({ description: 'Stable; part of the API', example: 'invalid' }),
    request_id: z.string().meta({
      description: "What the server's log and audit trail know the request by; X-Request-Id too",
    }),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .meta({
        description:
          'Every fault of the request: a JSON pointer into the body, or a parameter name',
      }),
    clients: standingInTheWay('clients'),
    locations: standingInTheWay('locations'),
    apis: standingInTheWay('APIs'),
    members: standingInTheWay('members'),
    webhooks: standingInTheWay('webhooks'),
  })
  .meta({ id: 'Problem' });

/** What an answer has that makes a secret: this once, and not in the answer to a replay. */
export const shownSecretFields = {
  client_secret: z
    .string()
    .nullable()
    .meta({ description: 'Shown this once; null in the answer to a replay' }),
  client_secret_expires_at: z.int().meta({ description: 'Seconds since the epoch; 0 = never' }),
  secret_already_shown: z
    .literal(true)
    .optional()
    .meta({ description: 'In the answer to a replay' }),
};

/** `clientSecret` is null when an earlier request has shown it. */
export function toShownSecret(clientSecret: string | null, expiresAt: Date | null) {
  return {
    client_secret: clientSecret,
    client_secret_expires_at: expiresAt === null ? 0 : Math.floor(expiresAt.getTime() / 1000),
    ...(clientSecret === null ? { secret_already_shown: true as const } : {}),
  };
}

export const lastUsedSchema = timeSchema
  .nullable()
  .meta({ description: 'null: never; what happened in the last minute may not be in it yet' });
