/** `/notices`: what happened without anybody's doing, and what to do about it. */
import { z } from 'zod';
import { noticeKinds, type Notice } from '../model/notice.ts';
import type { NoticeBoard } from '../notice/notice-board.ts';
import { formatNotice } from '../notice/notice-text.ts';
import { defineRoute, type Route } from './route.ts';
import {
  booleanFilterSchema,
  idParams,
  listQuery,
  locationSchema,
  organizationSchema,
  pageSchema,
  timeSchema,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

export const noticeSchema = z
  .object({
    id: z
      .string()
      .meta({ description: 'Stable record id', example: 'notice_7Hc3VwN8eRy1ZtB5mDf0Qs' }),
    kind: z.enum(noticeKinds).meta({ description: 'What it is about' }),
    organization: organizationSchema.meta({ description: 'Record id of whose notice it is' }),
    location: locationSchema,
    text: z.string().meta({
      description: 'What happened and what to do, for people',
      example: 'The client "Order import" has never been used and will be deleted in 7 days.',
    }),
    parameters: z
      .record(z.string(), z.unknown())
      .meta({ description: 'The facts in the text: record ids, client_ids, identifiers' }),
    count: z.int().meta({ description: 'How often it happened' }),
    first_occurred_at: timeSchema,
    last_occurred_at: timeSchema,
    read_at: timeSchema.nullable().meta({ description: 'null: nobody has read it' }),
  })
  .meta({ id: 'Notice' });

function toBody(notice: Notice): z.infer<typeof noticeSchema> {
  return {
    id: notice.id,
    kind: notice.kind,
    organization: notice.organizationId,
    location: notice.locationId,
    text: formatNotice(notice),
    parameters: { ...notice.parameters },
    count: notice.count,
    first_occurred_at: notice.firstOccurredAt.toISOString(),
    last_occurred_at: notice.lastOccurredAt.toISOString(),
    read_at: notice.readAt?.toISOString() ?? null,
  };
}

const readingSchema = z
  .strictObject({
    until: timeSchema
      .optional()
      .meta({ description: 'Only what happened last no later than this; default: all of them' }),
  })
  .meta({ id: 'NoticesReading', example: { until: '2026-11-23T09:00:00.000Z' } });

const readSchema = z
  .object({ read: z.int().meta({ description: 'How many nobody had read before', example: 3 }) })
  .meta({ id: 'NoticesRead' });

export function noticeRoutes(board: NoticeBoard): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/notices',
      operationId: 'listNotices',
      tag: 'Notices',
      summary: "List the notices of one's own organization, or location",
      description:
        'Those of clients are for whoever holds `clients:read`, those of webhooks for `webhooks:read`, and all for `audit:read`. Whoever may not read a kind may not have it sent by a webhook either.',
      query: listQuery(['last_occurred_at', 'first_occurred_at'], '-last_occurred_at', {
        read: booleanFilterSchema.meta({ description: 'Only those that were read, or were not' }),
      }),
      responses: { 200: { description: 'A page of notices', schema: pageSchema(noticeSchema) } },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: toPageBody(await board.list(actor.principal, query, toPageRequest(query)), toBody),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/notices/read',
      operationId: 'readNotices',
      tag: 'Notices',
      summary: 'Mark every notice as read',
      description:
        'All of those that one sees. With `until`, the time of the newest one that was looked at, what comes in between stays unread.',
      bodyOptional: true,
      body: readingSchema,
      responses: { 200: { description: 'How many they were', schema: readSchema } },
      handle: async ({ actor, body: { until } }) => ({
        status: 200,
        body: {
          read: await board.readAll(actor, until === undefined ? undefined : new Date(until)),
        },
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/notices/{id}/read',
      operationId: 'readNotice',
      tag: 'Notices',
      summary: 'Mark a notice as read',
      description: 'For everybody who sees it.',
      params: idParams('notice'),
      responses: { 200: { description: 'The notice', schema: noticeSchema } },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: toBody(await board.read(actor, params.id)),
      }),
    }),
  ];
}
