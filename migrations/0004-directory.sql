-- Organizations can be changed, stopped and deleted, and have locations: their sub-accounts.

alter table organizations
  add column active boolean not null default true,
  add column version bigint not null default 0,
  add column updated_at timestamptz not null default now(),
  add column deleted_at timestamptz,
  add check (deleted_at is null or not active);
create index organizations_by_age on organizations (created_at, id) where deleted_at is null;

create table locations (
  id text primary key check (id ~ '^location_[0-9A-Za-z]{22}$'),
  organization_id text not null references organizations (id),
  name text not null check (char_length(name) between 1 and 200),
  active boolean not null default true,
  -- Access tokens of its clients issued at a lower version are inactive.
  cutoff_version bigint not null default 0,
  version bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  check (deleted_at is null or not active),
  -- What belongs to a location names its organization too, and the two must fit.
  unique (organization_id, id)
);
create index locations_by_organization on locations (organization_id, created_at, id) where deleted_at is null;
create index locations_by_age on locations (created_at, id) where deleted_at is null;

-- null: the organization's own.
alter table clients
  add column location_id text,
  add foreign key (organization_id, location_id) references locations (organization_id, id);
create index clients_by_location on clients (location_id, created_at, id)
  where deleted_at is null and location_id is not null;

alter table audit_events add column location_id text;
create index audit_events_by_location on audit_events (location_id, sequence) where location_id is not null;

alter table notices
  add column location_id text,
  add foreign key (organization_id, location_id) references locations (organization_id, id);
