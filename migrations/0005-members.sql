-- People: who signs in, how they come in, and what is theirs.

create table members (
  id text primary key check (id ~ '^member_[0-9A-Za-z]{22}$'),
  organization_id text not null references organizations (id),
  -- null: of the whole organization.
  location_id text references locations (id),
  -- In its canonical form, so that one person has one account on the instance.
  email text not null check (char_length(email) between 3 and 254),
  name text not null check (char_length(name) between 1 and 200),
  role text check (role in ('owner', 'admin', 'developer', 'auditor')),
  -- Instead of a role.
  permissions text[],
  active boolean not null default true,
  -- argon2id, as a PHC string; null: no password was chosen yet, and nobody can sign in.
  password_hash text check (password_hash like '$argon2id$%'),
  version bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_signed_in_at timestamptz,
  removed_at timestamptz,
  check ((role is null) <> (permissions is null)),
  check (removed_at is null or (not active and password_hash is null))
);
create unique index members_by_email on members (email) where removed_at is null;
create index members_by_age on members (created_at, id) where removed_at is null;
create index members_by_organization on members (organization_id, created_at, id) where removed_at is null;

-- A link with which somebody becomes a member, or a member chooses a password. Its token is shown once.
create table invitations (
  id text primary key check (id ~ '^invitation_[0-9A-Za-z]{22}$'),
  organization_id text not null references organizations (id),
  location_id text references locations (id),
  email text not null check (char_length(email) between 3 and 254),
  role text check (role in ('owner', 'admin', 'developer', 'auditor')),
  permissions text[],
  -- Set when the link is for a member that exists.
  member_id text references members (id),
  -- SHA-256 of the token; the token itself, 256 random bits, is stored nowhere.
  token_digest bytea not null unique check (octet_length(token_digest) = 32),
  created_at timestamptz not null,
  created_by text not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz,
  check ((role is null) <> (permissions is null)),
  check (accepted_at is null or revoked_at is null)
);
create index invitations_by_age on invitations (organization_id, created_at, id);
create index invitations_by_email on invitations (email);

create table member_sessions (
  id text primary key check (id ~ '^session_[0-9A-Za-z]{22}$'),
  member_id text not null references members (id),
  -- SHA-256 of what the cookie holds; the cookie itself is stored nowhere.
  token_digest bytea not null unique check (octet_length(token_digest) = 32),
  created_at timestamptz not null,
  -- Moves at most once a minute.
  last_seen_at timestamptz not null,
  -- However much it is used.
  expires_at timestamptz not null,
  address text not null check (char_length(address) <= 64),
  user_agent text not null check (char_length(user_agent) <= 200)
) with (fillfactor = 80);
create index member_sessions_by_member on member_sessions (member_id, created_at, id);

-- Whose client it is: it never holds more of the admin API than that member does now, and ends with them.
alter table clients add column member_id text references members (id);
-- The one that a member has turned on for themselves.
alter table clients add column personal boolean not null default false;
alter table clients add check (not personal or member_id is not null);
create unique index clients_one_personal on clients (member_id) where personal and deleted_at is null;
create index clients_by_member on clients (member_id, created_at, id) where member_id is not null;
