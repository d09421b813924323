-- How a client was deleted, and what becomes of a secret that another one replaces.

-- Decides how the client comes back; null with a deletion of before this migration: a person's.
alter table clients add column deleted_because text check (deleted_because in ('person', 'inactivity'));
alter table clients add column active_when_deleted boolean;

-- Since when a scope is granted, so that a new one does not pass for one that nobody uses; null: before this.
alter table grant_scopes add column granted_at timestamptz;
