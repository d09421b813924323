-- Who tried what they may not: counted, never one row for each attempt.

create table refused_attempts (
  place bigint generated always as identity primary key,
  kind text not null check (kind in ('sign_in', 'unauthenticated', 'forbidden')),
  -- null: nobody that is known.
  actor_id text,
  actor_type text,
  actor_name text,
  organization_id text,
  location_id text,
  -- What was tried: an operation of the admin API.
  operation text not null check (char_length(operation) <= 64),
  network text not null check (char_length(network) <= 64),
  day date not null,
  count bigint not null check (count > 0),
  first_occurred_at timestamptz not null,
  last_occurred_at timestamptz not null,
  -- Of the last.
  address text not null check (char_length(address) <= 64),
  request_id text not null,
  unique nulls not distinct (actor_id, kind, operation, network, day),
  check ((actor_id is null) = (actor_type is null) and (actor_id is null) = (actor_name is null)),
  check (actor_id is null or organization_id is not null)
);
create index refused_attempts_by_age on refused_attempts (last_occurred_at, place);
create index refused_attempts_by_organization on refused_attempts (organization_id, last_occurred_at, place);
