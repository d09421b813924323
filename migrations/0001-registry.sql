-- The registry: who may ask for tokens, for what, and with which keys they are signed.
-- PostgreSQL holds the invariants: what must never be is impossible here, not only refused above.

-- One row. Its version is raised as the last statement of every change, so that changes commit in
-- the order of their numbers, and is the sequence number of that change's audit event.
create table registry_state (
  singleton boolean primary key default true check (singleton),
  version bigint not null default 0 check (version >= 0),
  -- Version of the last change of a signing key: who knows less must look again before signing.
  signing_keys_version bigint not null default 0 check (signing_keys_version <= version),
  -- Access tokens issued at a lower version are inactive, whoever they belong to.
  cutoff_version bigint not null default 0 check (cutoff_version <= version)
);
insert into registry_state default values;

create table organizations (
  id text primary key check (id ~ '^org_[0-9A-Za-z]{22}$'),
  name text not null check (char_length(name) between 1 and 200),
  cutoff_version bigint not null default 0,
  created_at timestamptz not null default now()
);

create table apis (
  id text primary key check (id ~ '^api_[0-9A-Za-z]{22}$'),
  organization_id text references organizations (id),
  -- Compared exactly, never changed, never reused: unique among the deleted as well.
  identifier text not null unique check (char_length(identifier) between 3 and 512),
  name text not null check (char_length(name) between 1 and 200),
  access_token_lifetime_seconds integer not null default 3600
    check (access_token_lifetime_seconds between 60 and 86400),
  signing_algorithm text not null default 'ES256'
    check (signing_algorithm in ('ES256', 'RS256', 'PS256', 'EdDSA')),
  token_type text not null default 'at+jwt' check (token_type in ('at+jwt', 'JWT')),
  built_in boolean not null default false,
  version bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index apis_one_built_in on apis (built_in) where built_in;
create index apis_by_age on apis (created_at, id);

create table api_scopes (
  api_id text not null references apis (id),
  -- scope-token of RFC 6749 §3.3.
  value text not null check (value ~ '^[\x21\x23-\x5B\x5D-\x7E]{1,128}$'),
  description text not null default '' check (char_length(description) <= 500),
  position integer not null check (position >= 0),
  primary key (api_id, value),
  unique (api_id, position) deferrable initially deferred
);

create table clients (
  id text primary key check (id ~ '^client_[0-9A-Za-z]{22}$'),
  organization_id text not null references organizations (id),
  name text not null check (char_length(name) between 1 and 200),
  description text not null default '' check (char_length(description) <= 2000),
  active boolean not null default true,
  authentication_method text not null default 'client_secret'
    check (authentication_method in ('client_secret')),
  access_token_lifetime_seconds integer
    check (access_token_lifetime_seconds between 60 and 86400),
  exempt_from_inactivity boolean not null default false,
  -- Access tokens of this client issued at a lower version are inactive.
  cutoff_version bigint not null default 0,
  version bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_used_at timestamptz,
  deleted_at timestamptz,
  check (deleted_at is null or not active)
);
create index clients_by_age on clients (created_at, id) where deleted_at is null;
create index clients_by_organization on clients (organization_id, created_at, id) where deleted_at is null;

-- Every client_id ever issued: one is current, an older one may live through its overlap, and none
-- is issued twice.
create table client_identifiers (
  client_id text primary key check (client_id ~ '^[0-9A-Za-z_]{1,128}$'),
  client_record_id text not null references clients (id),
  is_current boolean not null default true,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  check (not is_current or expires_at is null)
);
create unique index client_identifiers_one_current on client_identifiers (client_record_id) where is_current;
create index client_identifiers_by_client on client_identifiers (client_record_id);

create table client_secrets (
  id text primary key check (id ~ '^secret_[0-9A-Za-z]{22}$'),
  -- The credential's number in the jti; 0 stands for "no secret was used".
  serial bigint generated always as identity (minvalue 1) unique,
  client_record_id text not null references clients (id),
  -- SHA-256 of the secret; the secret itself is stored nowhere.
  secret_digest bytea not null check (octet_length(secret_digest) = 32),
  hint text not null check (char_length(hint) <= 20),
  -- At most five live secrets: each holds one of five places, and gives it up when it ends.
  slot smallint check (slot between 1 and 5),
  created_at timestamptz not null default now(),
  created_by text not null,
  expires_at timestamptz,
  retires_at timestamptz,
  revoked_at timestamptz,
  cutoff_version bigint not null default 0,
  last_used_at timestamptz,
  last_used_address text,
  unique (client_record_id, slot),
  check (revoked_at is null or slot is null)
);

create table grants (
  client_record_id text not null references clients (id),
  api_id text not null references apis (id),
  position integer not null check (position >= 0),
  is_default boolean not null default false,
  primary key (client_record_id, api_id)
);
create unique index grants_one_default on grants (client_record_id) where is_default;
create index grants_by_api on grants (api_id);

-- A scope can be granted only while its API defines it, and goes with it.
create table grant_scopes (
  client_record_id text not null,
  api_id text not null,
  scope text not null,
  primary key (client_record_id, api_id, scope),
  foreign key (client_record_id, api_id) references grants (client_record_id, api_id) on delete cascade,
  foreign key (api_id, scope) references api_scopes (api_id, value) on delete cascade
);
create index grant_scopes_by_scope on grant_scopes (api_id, scope);

create table api_introspection_clients (
  api_id text not null references apis (id),
  client_record_id text not null references clients (id),
  primary key (api_id, client_record_id)
);

create table signing_keys (
  kid text primary key check (kid ~ '^[0-9A-Za-z_-]{1,64}$'),
  algorithm text not null check (algorithm in ('ES256', 'RS256', 'PS256', 'EdDSA')),
  state text not null check (state in ('published', 'signing', 'retiring', 'gone', 'revoked')),
  public_jwk jsonb not null check (not public_jwk ?| array['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']),
  -- Private JWK inside a JWE (A256GCM) under the key-encryption key; erased when no longer needed.
  private_jwe text,
  created_at timestamptz not null default now(),
  -- When a published key is due to sign.
  signs_at timestamptz not null,
  retired_at timestamptz,
  -- When the last token it signed has expired, plus 120 s.
  gone_at timestamptz,
  revoked_at timestamptz,
  check (state not in ('published', 'signing') or private_jwe is not null),
  check (state <> 'retiring' or gone_at is not null),
  check (state <> 'revoked' or (revoked_at is not null and private_jwe is null))
);
-- One signing key, and one waiting, per algorithm: an index, not an if.
create unique index signing_keys_one_signing on signing_keys (algorithm) where state = 'signing';
create unique index signing_keys_one_published on signing_keys (algorithm) where state = 'published';

create table audit_events (
  sequence bigint primary key,
  id text not null unique,
  occurred_at timestamptz not null,
  actor_type text not null,
  actor_id text not null,
  action text not null,
  target_type text not null,
  target_id text not null,
  organization_id text,
  -- The whole event as the exact bytes that were written; the columns above only find it.
  body text not null
);
create index audit_events_by_target on audit_events (target_id, sequence);
create index audit_events_by_organization on audit_events (organization_id, sequence);

-- A creation that was asked for twice happened once. The answer with the secret is not here.
create table idempotency_keys (
  principal_id text not null,
  route text not null,
  key text not null check (char_length(key) between 1 and 255),
  request_digest bytea not null,
  record_id text not null,
  created_at timestamptz not null default now(),
  primary key (principal_id, route, key)
);
