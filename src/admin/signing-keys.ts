/** `/signing-keys`: what signs access tokens, what comes next, and what has left. */
import { z } from 'zod';
import { defaultSigningAlgorithm, signingAlgorithms } from '../model/signing-algorithm.ts';
import type { SigningKey } from '../model/signing-key.ts';
import {
  publishAheadSecondsDefault,
  publishAheadSecondsMax,
  publishAheadSecondsMin,
  type SigningKeyRotation,
} from '../signing-key/signing-key-rotation.ts';
import { defineRoute, type Route } from './route.ts';
import {
  listQuery,
  pageSchema,
  pathIdSchema,
  timeSchema,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

export const signingKeySchema = z
  .object({
    kid: z.string().meta({ description: 'Key id, as tokens and the JWKS name it' }),
    alg: z.enum(signingAlgorithms).meta({ description: 'What it signs with' }),
    state: z.enum(['published', 'signing', 'retiring', 'gone', 'revoked']).meta({
      description: 'published, signing and retiring ones are in the JWKS; one of them signs',
    }),
    public_jwk: z
      .record(z.string(), z.unknown())
      .meta({ description: 'Public half, as the JWKS has it (RFC 7517)' }),
    created_at: timeSchema,
    signs_at: timeSchema.meta({ description: 'When it began, or is due, to sign' }),
    retired_at: timeSchema.nullable().meta({ description: 'When it stopped signing' }),
    gone_at: timeSchema.nullable().meta({ description: 'When it leaves the JWKS' }),
    revoked_at: timeSchema.nullable().meta({ description: 'null: it was not' }),
  })
  .meta({ id: 'SigningKey' });

const rotationSchema = z
  .strictObject({
    alg: z
      .enum(signingAlgorithms)
      .default(defaultSigningAlgorithm)
      .meta({ description: 'The algorithm whose key is to be replaced' }),
    publish_ahead_seconds: z
      .int()
      .min(publishAheadSecondsMin)
      .max(publishAheadSecondsMax)
      .default(publishAheadSecondsDefault)
      .meta({ description: 'How long the new key stands in the JWKS before it signs' }),
    emergency: z.boolean().default(false).meta({ description: 'Sign with it at once' }),
  })
  .meta({ id: 'SigningKeyRotation' });

const rotatedSchema = z
  .object({
    ...signingKeySchema.shape,
    warning: z
      .string()
      .nullable()
      .meta({ description: 'What an emergency may break; else null', example: null }),
  })
  .meta({ id: 'RotatedSigningKey' });

function toBody(key: SigningKey): z.infer<typeof signingKeySchema> {
  return {
    kid: key.kid,
    alg: key.algorithm,
    state: key.state,
    public_jwk: { ...key.publicJwk },
    created_at: key.createdAt.toISOString(),
    signs_at: key.signsAt.toISOString(),
    retired_at: key.retiredAt?.toISOString() ?? null,
    gone_at: key.goneAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  };
}

const kidParams = z.strictObject({ kid: pathIdSchema.meta({ description: 'Key id' }) });

export function signingKeyRoutes(rotation: SigningKeyRotation): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/signing-keys',
      operationId: 'listSigningKeys',
      tag: 'Signing keys',
      permission: 'signing_keys:read',
      summary: 'List signing keys',
      query: listQuery(['created_at'], '-created_at', {}),
      responses: {
        200: {
          description: 'A page of the keys there ever were',
          schema: pageSchema(signingKeySchema),
        },
      },
      handle: async ({ query }) => ({
        status: 200,
        body: toPageBody(await rotation.list(toPageRequest(query)), toBody),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/signing-keys/rotate',
      operationId: 'rotateSigningKey',
      needsConfirmation: true,
      tag: 'Signing keys',
      permission: 'signing_keys:write',
      operatorOnly: true,
      summary: 'Rotate the signing key of an algorithm',
      description: 'Publishes a successor, which signs when validators have had time to fetch it.',
      bodyOptional: true,
      body: rotationSchema,
      responses: { 201: { description: 'The new key', schema: rotatedSchema } },
      handle: async ({ actor, body }) => {
        const key = await rotation.rotate(actor, {
          algorithm: body.alg,
          publishAheadSeconds: body.publish_ahead_seconds,
          emergency: body.emergency,
        });
        const warning = body.emergency
          ? 'The key signs already. Validators that cache the JWKS refuse new access tokens until they fetch it again: ten minutes for most, up to a day for some.'
          : null;
        return { status: 201, body: { ...toBody(key), warning } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/signing-keys/{kid}/revoke',
      operationId: 'revokeSigningKey',
      needsConfirmation: true,
      tag: 'Signing keys',
      permission: 'signing_keys:write',
      operatorOnly: true,
      summary: 'Revoke a signing key',
      description:
        'Out of the JWKS at once: every access token it signed stops verifying when validators fetch the JWKS again. A key that signs is replaced in the same moment.',
      params: kidParams,
      responses: { 200: { description: 'The revoked key', schema: signingKeySchema } },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: toBody(await rotation.revoke(actor, params.kid)),
      }),
    }),
  ];
}
