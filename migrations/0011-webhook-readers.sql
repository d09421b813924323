-- A webhook that moves takes nothing with it that its new readers may not see.

-- Where it happened, as the payload says; null: in the organization, or in the instance.
alter table webhook_deliveries
  add column location_id text generated always as ((data::jsonb) ->> 'location') stored;

-- not_signed: the signing secret could not be opened. moved: given up, because others read it now.
alter table webhook_deliveries drop constraint webhook_deliveries_last_outcome_check;
alter table webhook_deliveries add constraint webhook_deliveries_last_outcome_check
  check (last_outcome in ('2xx', '3xx', '4xx', '5xx', 'no_answer', 'not_signed', 'queue_full', 'moved'));
