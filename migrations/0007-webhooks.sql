-- Who wants to hear of what, and what each of them is still to be told.

create table webhooks (
  id text primary key check (id ~ '^webhook_[0-9A-Za-z]{22}$'),
  organization_id text not null references organizations (id),
  -- Narrower: only events of this location, client or member; null: of the whole organization.
  location_id text,
  client_record_id text references clients (id) on delete cascade,
  member_id text references members (id),
  url text not null check (char_length(url) between 8 and 2048),
  -- Each entity.operation, `*` in place of either.
  events text[] not null check (cardinality(events) between 1 and 100),
  -- It is to sign with, so it can be recovered: a JWK inside a JWE under the key-encryption key.
  secret_jwe text,
  -- Signs beside it until then.
  previous_secret_jwe text,
  previous_secret_ends_at timestamptz,
  active boolean not null default true,
  -- Since when no delivery has succeeded, and how many attempts have failed since; null: the last one did.
  failing_since timestamptz,
  failures integer not null default 0 check (failures >= 0),
  -- When it was switched off because everything failed; null: it was not, or was switched on again.
  switched_off_at timestamptz,
  created_by text not null,
  version bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  foreign key (organization_id, location_id) references locations (organization_id, id),
  check (switched_off_at is null or not active),
  check ((previous_secret_jwe is null) = (previous_secret_ends_at is null)),
  check (deleted_at is null or (not active and previous_secret_jwe is null)),
  check ((deleted_at is null) = (secret_jwe is not null))
);
create index webhooks_by_organization on webhooks (organization_id, created_at, id) where deleted_at is null;
create index webhooks_active on webhooks (organization_id) where active;

-- What is to be sent, what was sent and what could not be: queue and log in one. Written in the transaction
-- of the change it tells of.
create table webhook_deliveries (
  -- Also the webhook-id of every attempt, by which a receiver knows one it has had already.
  id text primary key check (id ~ '^delivery_[0-9A-Za-z]{22}$'),
  -- The order in which they were written, which is that of the changes.
  place bigint generated always as identity unique,
  webhook_id text not null references webhooks (id) on delete cascade,
  organization_id text not null references organizations (id),
  event_type text not null check (event_type ~ '^[a-z_]+\.[a-z_]+$'),
  -- The client it is about, or the record: what is about the same is sent in order.
  subject text not null,
  -- The registry version of the change; null of what is no change.
  sequence bigint,
  occurred_at timestamptz not null,
  -- The payload's `data`, the same in every attempt; JSON.
  data text not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  attempts integer not null default 0 check (attempts >= 0),
  -- When a waiting one is to be attempted; of one under way, when it is taken to be lost.
  due_at timestamptz not null,
  -- Who attempts it right now.
  claim text,
  last_attempt_at timestamptz,
  last_outcome text check (last_outcome in ('2xx', '3xx', '4xx', '5xx', 'no_answer', 'queue_full')),
  delivered_at timestamptz,
  created_at timestamptz not null,
  check ((state = 'delivered') = (delivered_at is not null)),
  check (state = 'waiting' or claim is null)
) with (fillfactor = 80);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at, place) where state = 'waiting';
create index webhook_deliveries_in_order on webhook_deliveries (webhook_id, subject, place) where state = 'waiting';
create index webhook_deliveries_under_way on webhook_deliveries (due_at) where claim is not null;
create index webhook_deliveries_log on webhook_deliveries (webhook_id, created_at, place);
create index webhook_deliveries_by_age on webhook_deliveries (created_at);
