/** Table columns of members. */
import { EntitySchema } from 'typeorm';
import type { Member } from '../../model/member.ts';
import type { Permission } from '../../model/permission.ts';
import {
  text,
  optionalText,
  flag,
  moment,
  optionalMoment,
  number64,
  key,
  named,
  textList,
} from './column-types.ts';

export interface MemberRow extends Omit<Member, 'hasPassword' | 'permissions'> {
  permissions: Permission[] | null;
  passwordHash: string | null;
  removedAt: Date | null;
}

export const memberEntity = new EntitySchema<MemberRow>({
  name: 'member',
  tableName: 'members',
  columns: {
    id: key(text),
    organizationId: named('organization_id', text),
    locationId: named('location_id', optionalText),
    email: text,
    name: text,
    role: optionalText,
    permissions: textList,
    active: flag,
    passwordHash: named('password_hash', optionalText),
    version: number64,
    createdAt: named('created_at', moment),
    updatedAt: named('updated_at', moment),
    lastSignedInAt: named('last_signed_in_at', optionalMoment),
    removedAt: named('removed_at', optionalMoment),
  },
});
