-- Clients that nobody uses: told of three times, deleted, erased. And whose turn it is to look after that.

-- Every access token asked for moves a client's row, so nothing here is indexed that such a use changes.
alter table clients
  -- When each notice of the countdown that is under way was made.
  add column inactivity_noticed_at timestamptz[] not null default '{}'
    check (cardinality(inactivity_noticed_at) <= 3),
  -- The last use, or what stood for it, that these notices are about: a later one ends the countdown.
  add column inactivity_since timestamptz,
  -- Days without use are counted from here when it is later than the last use: it was restored.
  add column restored_at timestamptz,
  -- Secrets, grants and uses are gone for good; the record and its client_ids stay, so that no id comes again.
  add column erased_at timestamptz,
  add check (erased_at is null or deleted_at is not null);

create index clients_to_erase on clients (deleted_at, id) where deleted_at is not null and erased_at is null;

-- Work that is done once however many instances there are: whoever moves `next_at` forward does it.
create table job_turns (
  job text primary key check (job ~ '^[a-z_]{1,64}$'),
  next_at timestamptz not null
);

-- Whatever went wrong above: nobody is deleted for not being used without three notices and their days.
alter table clients add constraint clients_told_before_deletion check (
  deleted_because is distinct from 'inactivity'
  or (cardinality(inactivity_noticed_at) = 3
      and inactivity_noticed_at[2] - inactivity_noticed_at[1] >= interval '8 days'
      and inactivity_noticed_at[3] - inactivity_noticed_at[2] >= interval '6 days'
      and deleted_at - inactivity_noticed_at[3] >= interval '1 day'));
