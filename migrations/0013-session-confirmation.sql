-- When the password was entered last, for what a session that was left alone must not do; null: at its beginning.
alter table member_sessions add column confirmed_at timestamptz;
