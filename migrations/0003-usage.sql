-- Who used what and from where, and what was refused. Instances count in memory and add up here, so
-- nothing of it is a change of the registry.

-- A busy client is written once a minute: room on its page keeps that cheap.
alter table clients set (fillfactor = 80);
alter table client_secrets set (fillfactor = 80);

-- What has been added already: were the answer to a COMMIT lost, nothing is counted twice.
create table usage_receipts (
  id uuid primary key,
  written_at timestamptz not null default now()
);

-- Access tokens issued, by day in UTC.
create table token_usage (
  client_record_id text not null references clients (id),
  day date not null,
  api_id text not null references apis (id),
  -- One of a token's scopes, so that a token with several counts for each; '': whatever its scopes.
  scope text not null check (char_length(scope) <= 128),
  tokens bigint not null check (tokens > 0),
  primary key (client_record_id, day, api_id, scope)
) with (fillfactor = 80);
create index token_usage_by_day on token_usage (day);

-- Where each secret was used from: at most 100 addresses for each client, for 90 days.
create table client_secret_uses (
  client_record_id text not null references clients (id),
  client_secret_id text not null references client_secrets (id),
  address text not null check (char_length(address) <= 64),
  uses bigint not null check (uses > 0),
  first_used_at timestamptz not null,
  last_used_at timestamptz not null,
  primary key (client_record_id, client_secret_id, address)
) with (fillfactor = 80);

-- The last refusals of each client, at most 50, with the reason that the answer may not say.
create table client_failures (
  id bigint generated always as identity primary key,
  client_record_id text not null references clients (id),
  occurred_at timestamptz not null,
  reason text not null check (reason in (
    'wrong_secret', 'secret_expired', 'secret_retired', 'secret_revoked', 'client_id_ended',
    'client_inactive', 'invalid_scope', 'invalid_target', 'token_not_yours')),
  -- The one that was presented, if it is or was one of the client's.
  client_secret_id text references client_secrets (id),
  address text not null check (char_length(address) <= 64),
  request_id text not null
);
create index client_failures_by_client on client_failures (client_record_id, occurred_at, id);

-- Messages to the people of an organization.
create table notices (
  id text primary key check (id ~ '^notice_[0-9A-Za-z]{22}$'),
  organization_id text not null references organizations (id),
  kind text not null check (kind ~ '^[a-z_]{1,64}$'),
  -- What distinguishes it from others of its kind: the same again is counted, not repeated.
  occasion text not null check (char_length(occasion) <= 200),
  -- What its text is made of; record ids and public names, never a secret.
  parameters jsonb not null,
  count bigint not null default 1 check (count > 0),
  first_occurred_at timestamptz not null,
  last_occurred_at timestamptz not null,
  read_at timestamptz,
  unique (organization_id, kind, occasion)
);
create index notices_by_age on notices (organization_id, last_occurred_at, id);
