-- Secrets that end by themselves, which are few: their owners are told before.
create index client_secrets_ending on client_secrets (least(expires_at, retires_at))
  where slot is not null and (expires_at is not null or retires_at is not null);
