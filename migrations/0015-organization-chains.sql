-- The events of an organization are a chain of their own within the chain of all: an organization, which sees no
-- others, sees whether one of its own is missing.

create table organization_audit_ends (
  -- Of whoever the event was, also when it is no more.
  organization_id text primary key,
  -- Its last event, and the link of that: what its next one names.
  sequence bigint not null check (sequence > 0),
  link text not null
);
