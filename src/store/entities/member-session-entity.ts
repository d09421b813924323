/** Table columns of the sessions of members. */
import { EntitySchema } from 'typeorm';
import type { MemberSession } from '../../model/member.ts';
import { text, moment, optionalMoment, bytes, key, named } from './column-types.ts';

export interface MemberSessionRow extends MemberSession {
  tokenDigest: Buffer;
}

export const memberSessionEntity = new EntitySchema<MemberSessionRow>({
  name: 'member_session',
  tableName: 'member_sessions',
  columns: {
    id: key(text),
    memberId: named('member_id', text),
    tokenDigest: named('token_digest', bytes),
    createdAt: named('created_at', moment),
    lastSeenAt: named('last_seen_at', moment),
    expiresAt: named('expires_at', moment),
    address: text,
    userAgent: named('user_agent', text),
    confirmedAt: named('confirmed_at', optionalMoment),
  },
});
