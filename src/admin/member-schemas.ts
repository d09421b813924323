/** Bodies of `/members`, `/invitations` and `/me`: what is sent, and what is answered. */
import { z } from 'zod';
import { invitationSecondsMax } from '../directory/invitation-link.ts';
import { exampleSecret } from '../model/example-secret.ts';
import type { Invitation, Member } from '../model/member.ts';
import { permissions, type Permission } from '../model/permission.ts';
import { permissionsOf, roles, toStanding } from '../model/role.ts';
import type { Client } from '../model/records.ts';
import {
  lastUsedSchema,
  locationSchema,
  nameSchema,
  organizationSchema,
  referenceSchema,
  shownSecretFields,
  timeSchema,
} from './schemas.ts';
import { describedPassword, newPasswordSchema } from './session-schemas.ts';

// Not empty: the literal it is made from names every one.
const permissionSchema = z.enum(permissions as [Permission, ...Permission[]]);

const emailSchema = z
  .string()
  .min(3)
  .max(254)
  .meta({ description: 'E-mail address', example: 'ada@example.com' });

const standingFields = {
  role: z
    .enum(roles)
    .optional()
    .meta({ description: 'A named set of permissions', example: 'developer' }),
  permissions: z
    .array(permissionSchema)
    .max(permissions.length)
    .optional()
    .meta({ description: 'A set of its own, instead of a role' }),
};

const placeFields = {
  organization: referenceSchema.optional().meta({ description: "Default: the caller's own" }),
  location: referenceSchema.nullable().optional().meta({
    description: "Default: the caller's own; null: of the whole organization",
  }),
};

const expiryField = {
  expires_in_seconds: z
    .int()
    .min(60)
    .max(invitationSecondsMax)
    .optional()
    .meta({ description: 'How long the link lets somebody in; default: 7 days' }),
};

export const memberCreationSchema = z
  .strictObject({ email: emailSchema, name: nameSchema, ...standingFields, ...placeFields })
  .meta({
    id: 'MemberCreation',
    example: { email: 'ada@example.com', name: 'Ada', role: 'developer' },
  });

export const memberPatchSchema = z
  .strictObject({
    name: nameSchema.optional(),
    active: z.boolean().optional().meta({ description: 'Whether the member may sign in' }),
    ...standingFields,
  })
  .meta({ id: 'MemberPatch' });

export const invitationCreationSchema = z
  .strictObject({ email: emailSchema, ...standingFields, ...placeFields, ...expiryField })
  .meta({ id: 'InvitationCreation', example: { email: 'ada@example.com', role: 'developer' } });

export const memberLinkSchema = z.strictObject(expiryField).meta({ id: 'MemberLinkCreation' });

const linkTokenSchema = z.string().max(100).meta({ description: 'From the link' });

export const linkSchema = z.strictObject({ token: linkTokenSchema }).meta({ id: 'InvitationLink' });

export const openLinkSchema = z
  .object({
    email: z.string().nullable().meta({
      description: 'Whose it is; null: of whoever comes in with it, who says so then',
      example: 'ada@example.com',
    }),
    is_new: z.boolean().meta({
      description:
        'Whether somebody becomes a member with it; false: a member chooses another password',
    }),
    expires_at: timeSchema,
  })
  .meta({ id: 'OpenInvitation' });

export const acceptanceSchema = z
  .strictObject({
    token: linkTokenSchema,
    email: emailSchema.optional().meta({
      description: 'Needed with a link that does not say whose it is, and with no other',
    }),
    name: nameSchema.optional().meta({ description: 'Needed by whoever becomes a member with it' }),
    password: newPasswordSchema.meta({ description: describedPassword }),
  })
  .meta({ id: 'InvitationAcceptance' });

const heldFields = {
  role: z
    .enum(roles)
    .nullable()
    .meta({ description: 'null: an explicit set of permissions instead' }),
  permissions: z.array(permissionSchema).meta({ description: "The role's, or the explicit set" }),
};

export const memberSchema = z
  .object({
    id: z
      .string()
      .meta({ description: 'Stable record id', example: 'member_8Kd2QwX5nTz0RbV3mLc7Ps' }),
    email: z.string().meta({ description: 'In its canonical form', example: 'ada@example.com' }),
    name: z.string().meta({ description: 'For people', example: 'Ada' }),
    organization: organizationSchema,
    location: locationSchema,
    ...heldFields,
    active: z.boolean().meta({ description: 'Whether the member may sign in' }),
    has_password: z
      .boolean()
      .meta({ description: 'false: the link was not used yet, and nobody can sign in' }),
    created_at: timeSchema,
    updated_at: timeSchema,
    last_signed_in_at: timeSchema.nullable().meta({ description: 'null: never' }),
  })
  .meta({ id: 'Member' });

const invitationFields = {
  id: z
    .string()
    .meta({ description: 'Stable record id', example: 'invitation_1Xv6GhB9sJy4EoN8dUa2Wi' }),
  email: z.string().nullable().meta({
    description: 'In its canonical form; null: of whoever comes in with it, who says so then',
    example: 'ada@example.com',
  }),
  organization: organizationSchema,
  location: locationSchema,
  ...heldFields,
  member: z
    .string()
    .nullable()
    .meta({ description: 'Record id of the member it is for; null: somebody new' }),
  status: z
    .enum(['open', 'accepted', 'revoked', 'expired'])
    .meta({ description: 'Only an open one lets somebody in' }),
  created_at: timeSchema,
  created_by: z.string().meta({ description: 'Record id of who gave it' }),
  expires_at: timeSchema,
};

export const invitationSchema = z.object(invitationFields).meta({ id: 'Invitation' });

export const issuedInvitationSchema = z
  .object({
    ...invitationFields,
    token: z
      .string()
      .nullable()
      .meta({
        description:
          'What the link holds, shown this once: whoever has it chooses a password; null in the answer to a replay',
        example: `lki_${exampleSecret}`,
      }),
    secret_already_shown: z
      .literal(true)
      .optional()
      .meta({ description: 'In the answer to a replay' }),
  })
  .meta({ id: 'IssuedInvitation' });

export const createdMemberSchema = z
  .object({ ...memberSchema.shape, invitation: issuedInvitationSchema })
  .meta({ id: 'CreatedMember' });

export const apiAccessSchema = z
  .object({
    active: z.boolean().meta({ description: 'Whether API access is on' }),
    client: z.string().nullable().meta({ description: 'Record id of the personal client' }),
    client_id: z.string().nullable().meta({ description: 'Public; null while it is off' }),
    created_at: timeSchema.nullable().meta({ description: 'null while it is off' }),
    last_used_at: lastUsedSchema,
  })
  .meta({ id: 'ApiAccess' });

export const shownApiAccessSchema = z
  .object({
    ...apiAccessSchema.shape,
    client_secret: shownSecretFields.client_secret,
    secret_already_shown: shownSecretFields.secret_already_shown,
  })
  .meta({ id: 'ShownApiAccess' });

export const meSchema = z
  .object({
    type: z
      .enum(['client', 'member'])
      .meta({ description: 'A client with an access token, or a member with a session' }),
    id: z.string().meta({ description: 'Record id of the client or the member' }),
    name: z.string().meta({ description: 'client_id, or e-mail address' }),
    display_name: z
      .string()
      .meta({ description: 'What the client or the member is called', example: 'Ada' }),
    organization: organizationSchema,
    location: locationSchema,
    permissions: z
      .array(permissionSchema)
      .meta({ description: 'What may be done with this very call' }),
    own_secrets_only: z
      .boolean()
      .meta({ description: 'Whether secrets:write reaches only the clients of the member' }),
    member: z
      .string()
      .nullable()
      .meta({ description: 'Record id of the member that calls, or whose client does' }),
    issuer: z.string().meta({
      description: 'Issuer of the access tokens, and base of the URLs where they are fetched',
      example: 'https://auth.example.com',
    }),
  })
  .meta({ id: 'Me' });

export function toMemberBody(member: Member): z.infer<typeof memberSchema> {
  return {
    id: member.id,
    email: member.email,
    name: member.name,
    organization: member.organizationId,
    location: member.locationId,
    role: member.role,
    permissions: [...permissionsOf(toStanding(member))],
    active: member.active,
    has_password: member.hasPassword,
    created_at: member.createdAt.toISOString(),
    updated_at: member.updatedAt.toISOString(),
    last_signed_in_at: member.lastSignedInAt?.toISOString() ?? null,
  };
}

export function toInvitationBody(
  invitation: Invitation,
  now: Date,
): z.infer<typeof invitationSchema> {
  return {
    id: invitation.id,
    email: invitation.email,
    organization: invitation.organizationId,
    location: invitation.locationId,
    role: invitation.role,
    permissions: [...permissionsOf(toStanding(invitation))],
    member: invitation.memberId,
    status: statusOf(invitation, now),
    created_at: invitation.createdAt.toISOString(),
    created_by: invitation.createdBy,
    expires_at: invitation.expiresAt.toISOString(),
  };
}

function statusOf(
  { acceptedAt, revokedAt, expiresAt }: Invitation,
  now: Date,
): z.infer<typeof invitationSchema>['status'] {
  if (acceptedAt !== null) return 'accepted';
  if (revokedAt !== null) return 'revoked';
  return expiresAt <= now ? 'expired' : 'open';
}

export function toApiAccessBody(client: Client | undefined): z.infer<typeof apiAccessSchema> {
  return {
    active: client !== undefined,
    client: client?.id ?? null,
    client_id: client?.clientId ?? null,
    created_at: client?.createdAt.toISOString() ?? null,
    last_used_at: client?.lastUsedAt?.toISOString() ?? null,
  };
}
