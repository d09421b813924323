/** Table columns of notices. */
import { EntitySchema } from 'typeorm';
import type { NoticeFacts, NoticeSubject } from '../../model/notice.ts';
import {
  text,
  optionalText,
  moment,
  optionalMoment,
  number64,
  key,
  named,
} from './column-types.ts';

export type NoticeRow = Omit<NoticeFacts, 'count'> &
  NoticeSubject & {
    id: string;
    count: bigint;
    readAt: Date | null;
  };

export const noticeEntity = new EntitySchema<NoticeRow>({
  name: 'notice',
  tableName: 'notices',
  columns: {
    id: key(text),
    organizationId: named('organization_id', text),
    locationId: named('location_id', optionalText),
    kind: text,
    occasion: text,
    parameters: { type: 'jsonb' },
    count: number64,
    firstOccurredAt: named('first_occurred_at', moment),
    lastOccurredAt: named('last_occurred_at', moment),
    readAt: named('read_at', optionalMoment),
  },
});
