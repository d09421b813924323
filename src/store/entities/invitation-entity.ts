/** Table columns of invitations. */
import { EntitySchema } from 'typeorm';
import type { Invitation } from '../../model/member.ts';
import type { Permission } from '../../model/permission.ts';
import {
  text,
  optionalText,
  moment,
  optionalMoment,
  bytes,
  key,
  named,
  textList,
} from './column-types.ts';

export interface InvitationRow extends Omit<Invitation, 'permissions'> {
  permissions: Permission[] | null;
  tokenDigest: Buffer;
}

export const invitationEntity = new EntitySchema<InvitationRow>({
  name: 'invitation',
  tableName: 'invitations',
  columns: {
    id: key(text),
    organizationId: named('organization_id', text),
    locationId: named('location_id', optionalText),
    email: optionalText,
    role: optionalText,
    permissions: textList,
    memberId: named('member_id', optionalText),
    tokenDigest: named('token_digest', bytes),
    createdAt: named('created_at', moment),
    createdBy: named('created_by', text),
    expiresAt: named('expires_at', moment),
    acceptedAt: named('accepted_at', optionalMoment),
    revokedAt: named('revoked_at', optionalMoment),
  },
});
