-- How a client was deleted, and what becomes of a secret that another one replaces.

-- Decides how the client comes back; null with a deletion of before this migration: a person's.
alter table clients add column deleted_because text check (deleted_because in ('person', 'inactivity'));
alter table clients add column active_when_deleted boolean;
