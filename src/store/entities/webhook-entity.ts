/** Table columns of webhooks. */
import { EntitySchema } from 'typeorm';
import type { Webhook } from '../../model/webhook.ts';
import {
  text,
  optionalText,
  integer,
  flag,
  moment,
  optionalMoment,
  number64,
  key,
  named,
} from './column-types.ts';

export interface WebhookRow extends Webhook {
  secretJwe: string | null;
  previousSecretJwe: string | null;
  deletedAt: Date | null;
}

export const webhookEntity = new EntitySchema<WebhookRow>({
  name: 'webhook',
  tableName: 'webhooks',
  columns: {
    id: key(text),
    organizationId: named('organization_id', text),
    locationId: named('location_id', optionalText),
    clientRecordId: named('client_record_id', optionalText),
    memberId: named('member_id', optionalText),
    url: text,
    events: { type: 'text', array: true },
    secretJwe: named('secret_jwe', optionalText),
    previousSecretJwe: named('previous_secret_jwe', optionalText),
    previousSecretEndsAt: named('previous_secret_ends_at', optionalMoment),
    active: flag,
    failingSince: named('failing_since', optionalMoment),
    failures: integer,
    switchedOffAt: named('switched_off_at', optionalMoment),
    createdBy: named('created_by', text),
    version: number64,
    createdAt: named('created_at', moment),
    updatedAt: named('updated_at', moment),
    deletedAt: named('deleted_at', optionalMoment),
  },
});
