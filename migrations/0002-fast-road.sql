-- What lets an instance answer from memory, be obeyed all the same, and take back what it issued.

-- Record ids whose compiled form this change may have changed: other instances forget what they remember
-- of them. null: of everything.
alter table audit_events add column affected text[];

-- Instances that may answer from memory. Each writes down the registry version it has applied with every
-- poll; whoever changes the registry waits for them, and removes those that were not heard of any more.
create table instance_leases (
  instance_id text primary key check (instance_id ~ '^instance_[0-9A-Za-z]{22}$'),
  seen_version bigint not null check (seen_version >= 0),
  -- Counts the polls, so that a lease which is not renewed shows without comparing clocks.
  renewals bigint not null default 0
) with (fillfactor = 50);

-- Single access tokens that were revoked, by jti, until they expire.
create table revoked_tokens (
  token_id text primary key check (token_id ~ '^[0-9A-Za-z]{39}$'),
  client_record_id text not null references clients (id),
  expires_at timestamptz not null,
  revoked_at timestamptz not null
);
create index revoked_tokens_by_client on revoked_tokens (client_record_id, expires_at);

-- A secret that was found where it should not be is known by its digest alone.
create index client_secrets_by_digest on client_secrets (secret_digest);
