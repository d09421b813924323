/** `/clients/{id}/secrets`: several may live at once, and each is shown once. */
import { z } from 'zod';
import type { ClientSecret } from '../model/records.ts';
import type { ClientSecretRegistry, QuietRule } from '../registry/client-secret-registry.ts';
import type { UseFlush } from '../usage/use-flush.ts';
import { defineRoute, type Route } from './route.ts';
import {
  idParams,
  listQuery,
  pageSchema,
  pathIdSchema,
  timeSchema,
  toIdempotencyRequest,
  toPageBody,
  toPageRequest,
  lastUsedSchema,
  shownSecretFields,
  toShownSecret,
} from './schemas.ts';

const secondsMax = 10 * 366 * 86_400;
/** Uses are stored some minutes late, so that less would say nothing. */
const quietSecondsMin = 3600;
const dueInSecondsDefault = 30 * 86_400;

const createSchema = z
  .strictObject({
    expires_in_seconds: z
      .int()
      .min(1)
      .max(secondsMax)
      .optional()
      .meta({ description: 'Default: it never expires' }),
    retire_others_in_seconds: z
      .int()
      .min(0)
      .max(secondsMax)
      .optional()
      .meta({ description: 'Ends every other secret then; 0 = now. Default: they stay' }),
    retire_others_when_quiet_for_seconds: z
      .int()
      .min(quietSecondsMin)
      .max(secondsMax)
      .optional()
      .meta({
        description:
          'Ends each other secret once nobody has used it for so long, and some minutes more. While it is used it stays',
        example: 7 * 86_400,
      }),
    retire_others_due_in_seconds: z.int().min(quietSecondsMin).max(secondsMax).optional().meta({
      description:
        'With `retire_others_when_quiet_for_seconds`: a secret that is still used then is told of in a notice, and stays all the same. Default: 30 days, or the quiet time if that is longer',
    }),
  })
  .refine(
    (body) =>
      body.retire_others_in_seconds === undefined ||
      body.retire_others_when_quiet_for_seconds === undefined,
    {
      path: ['retire_others_when_quiet_for_seconds'],
      message: 'name this or retire_others_in_seconds, not both',
    },
  )
  .refine(
    ({ retire_others_when_quiet_for_seconds: quiet, retire_others_due_in_seconds: due }) =>
      due === undefined || (quiet !== undefined && due >= quiet),
    {
      path: ['retire_others_due_in_seconds'],
      message: 'belongs to retire_others_when_quiet_for_seconds, and is at least as long',
    },
  )
  .meta({
    id: 'ClientSecretCreation',
    example: { expires_in_seconds: 7_776_000, retire_others_in_seconds: 86_400 },
  });

export const secretFields = {
  id: z
    .string()
    .meta({ description: 'Stable record id', example: 'secret_9Yt2LmQ6hVx0CwR4kPs8Ed' }),
  hint: z
    .string()
    .meta({ description: 'Beginning and last four characters', example: 'lks_…4fGh' }),
  status: z
    .enum(['live', 'retiring', 'ended', 'revoked'])
    .meta({ description: 'live and retiring ones authenticate' }),
  created_at: timeSchema,
  created_by: z.string().meta({ description: 'Record id of who made it' }),
  expires_at: timeSchema.nullable().meta({ description: 'null: never' }),
  retires_at: timeSchema
    .nullable()
    .meta({ description: 'When another secret takes its place; can be cancelled with keep' }),
  retires_when_quiet_for_seconds: z.int().nullable().meta({
    description: 'It goes by itself once nobody has used it for so long; null: it does not',
  }),
  retirement_due_at: timeSchema.nullable().meta({
    description: 'When a notice is made if it is still used; null unless it goes when quiet',
  }),
  revoked_at: timeSchema.nullable().meta({ description: 'null: it was not' }),
  last_used_at: lastUsedSchema,
  last_used_address: z.string().nullable().meta({ description: 'IP address it came from last' }),
};

export const clientSecretSchema = z.object(secretFields).meta({ id: 'ClientSecret' });

export const createdSecretSchema = z
  .object({
    ...secretFields,
    ...shownSecretFields,
  })
  .meta({ id: 'CreatedClientSecret' });

const secretParams = z.strictObject({
  id: pathIdSchema.meta({ description: 'Record id of the client' }),
  secret_id: pathIdSchema.meta({ description: 'Record id of the secret' }),
});

function toQuietRule(body: z.infer<typeof createSchema>): QuietRule | undefined {
  const {
    retire_others_when_quiet_for_seconds: seconds,
    retire_others_due_in_seconds: dueInSeconds,
  } = body;
  if (seconds === undefined) return undefined;
  return { seconds, dueInSeconds: dueInSeconds ?? Math.max(seconds, dueInSecondsDefault) };
}

function toBody(secret: ClientSecret, now: Date): z.infer<typeof clientSecretSchema> {
  return {
    id: secret.id,
    hint: secret.hint,
    status: statusOf(secret, now),
    created_at: secret.createdAt.toISOString(),
    created_by: secret.createdBy,
    expires_at: secret.expiresAt?.toISOString() ?? null,
    retires_at: secret.retiresAt?.toISOString() ?? null,
    retires_when_quiet_for_seconds: secret.quietSeconds,
    retirement_due_at: secret.retirementDueAt?.toISOString() ?? null,
    revoked_at: secret.revokedAt?.toISOString() ?? null,
    last_used_at: secret.lastUsedAt?.toISOString() ?? null,
    last_used_address: secret.lastUsedAddress,
  };
}

export function statusOf(
  secret: ClientSecret,
  now: Date,
): z.infer<typeof clientSecretSchema>['status'] {
  if (secret.revokedAt !== null) return 'revoked';
  const ended = [secret.expiresAt, secret.retiresAt].some((end) => end !== null && end <= now);
  if (ended) return 'ended';
  return secret.retiresAt === null && secret.quietSeconds === null ? 'live' : 'retiring';
}

export function clientSecretRoutes(
  registry: ClientSecretRegistry,
  flush: Pick<UseFlush, 'flushClients'>,
): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/clients/{id}/secrets',
      operationId: 'listClientSecrets',
      tag: 'Client secrets',
      permission: 'clients:read',
      summary: 'List the secrets of a client',
      description: 'Hints and dates of every secret it ever had; never a secret.',
      params: idParams('client'),
      query: listQuery(['created_at'], '-created_at', {}),
      responses: {
        200: { description: 'A page of secrets', schema: pageSchema(clientSecretSchema) },
      },
      handle: async ({ actor, params, query }) => {
        const page = toPageRequest(query);
        // Whether an old one may go is asked here: what was counted a moment ago belongs to the answer.
        if (page.cursor === null) await flush.flushClients(({ id }) => id === params.id);
        const { secrets, now } = await registry.list(actor.principal, params.id, page);
        return { status: 200, body: toPageBody(secrets, (secret) => toBody(secret, now)) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/clients/{id}/secrets',
      operationId: 'createClientSecret',
      tag: 'Client secrets',
      permission: 'secrets:write',
      summary: 'Make another secret',
      description: 'At most five live ones. The answer holds the secret, this once.',
      idempotent: true,
      bodyOptional: true,
      params: idParams('client'),
      body: createSchema,
      responses: {
        201: { description: 'The secret', schema: createdSecretSchema },
        200: {
          description:
            'What an earlier request with this Idempotency-Key made; the secret was shown then',
          schema: createdSecretSchema,
        },
      },
      handle: async ({ actor, params, body, idempotencyKey }) => {
        const { record, clientSecret, replayed, now } = await registry.create(
          actor,
          params.id,
          {
            expiresInSeconds: body.expires_in_seconds,
            retireOthersInSeconds: body.retire_others_in_seconds,
            retireOthersWhenQuiet: toQuietRule(body),
          },
          toIdempotencyRequest(idempotencyKey, `POST /clients/${params.id}/secrets`, body),
        );
        return {
          status: replayed ? 200 : 201,
          body: {
            ...toBody(record, now),
            ...toShownSecret(clientSecret, record.expiresAt),
          },
        };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/clients/{id}/secrets/{secret_id}',
      operationId: 'revokeClientSecret',
      tag: 'Client secrets',
      permission: 'secrets:write',
      summary: 'Revoke a secret',
      description:
        'At once. The access tokens it was used for become inactive as well, and the open invitation links that its client has given end, unless revoke_tokens=false.',
      params: secretParams,
      query: z.strictObject({
        revoke_tokens: z
          .enum(['true', 'false'])
          .default('true')
          .meta({ description: 'Whether the access tokens it was used for become inactive' }),
      }),
      responses: { 204: { description: 'Revoked' } },
      handle: async ({ actor, params, query }) => {
        await registry.revoke(actor, params.id, params.secret_id, query.revoke_tokens === 'true');
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/clients/{id}/secrets/{secret_id}/keep',
      operationId: 'keepClientSecret',
      tag: 'Client secrets',
      permission: 'secrets:write',
      summary: 'Cancel the retirement of a secret',
      params: secretParams,
      responses: { 200: { description: 'The secret', schema: clientSecretSchema } },
      handle: async ({ actor, params }) => {
        const { secret, now } = await registry.keep(actor, params.id, params.secret_id);
        return { status: 200, body: toBody(secret, now) };
      },
    }),
  ];
}
