-- The audit log becomes a chain: each event is signed, and names what came before it.

-- The keys that sign audit events. Each says itself from which sequence on it signs, and so does the key
-- before it: a row that was put in later has neither.
create table audit_keys (
  -- Thumbprint of the public key (RFC 7638).
  kid text primary key check (kid ~ '^[0-9A-Za-z_-]{43}$'),
  first_sequence bigint not null unique check (first_sequence > 0),
  predecessor_kid text unique references audit_keys (kid),
  -- Compact JWS over the same payload: by the key itself, and by its predecessor.
  statement text not null,
  endorsement text,
  -- Private JWK inside a JWE under the key-encryption key; erased when a successor signs.
  private_jwe text,
  created_at timestamptz not null,
  check ((predecessor_kid is null) = (endorsement is null))
);
-- One beginning, and one that signs: an index, not an if.
create unique index audit_keys_one_first on audit_keys ((true)) where predecessor_kid is null;
create unique index audit_keys_one_signing on audit_keys ((true)) where private_jwe is not null;

alter table registry_state
  -- The key that signs the next event; null: nothing is signed yet.
  add column audit_kid text references audit_keys (kid),
  -- What the next event names as its predecessor.
  add column audit_link text;

-- Detached JWS (RFC 7515 appendix F) over the body; null: written before events were signed.
alter table audit_events add column signature text;
create index audit_events_by_age on audit_events (occurred_at, sequence);

-- What was removed because of its age, in the signed words of whoever removed it.
create table audit_anchor (
  singleton boolean primary key default true check (singleton),
  -- Compact JWS.
  anchor text not null
);
