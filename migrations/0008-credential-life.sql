-- How a client was deleted, and what becomes of a secret that another one replaces.

-- Decides how the client comes back; null with a deletion of before this migration: a person's.
alter table clients add column deleted_because text check (deleted_because in ('person', 'inactivity'));
alter table clients add column active_when_deleted boolean;

-- Since when a scope is granted, so that a new one does not pass for one that nobody uses; null: before this.
alter table grant_scopes add column granted_at timestamptz;

-- A secret that another one replaces may go by itself, once it has been quiet for so long.
alter table client_secrets
  add column quiet_seconds integer check (quiet_seconds > 0),
  -- Its silence is counted from its last use, and at the earliest from here.
  add column quiet_from timestamptz,
  -- When its owner is told that it is still used; it stays all the same.
  add column retirement_due_at timestamptz,
  add column retirement_overdue_at timestamptz,
  add check (quiet_seconds is null or (quiet_from is not null and retirement_due_at is not null));
create index client_secrets_to_retire on client_secrets (id) where quiet_seconds is not null and slot is not null;

-- Instances that count uses in memory. One that is not seen any more has ended without storing all it had
-- counted, so that nobody knows what was quiet in its last minutes.
create table counting_instances (
  instance_id text primary key check (instance_id ~ '^instance_[0-9A-Za-z]{22}$'),
  seen_at timestamptz not null
);
