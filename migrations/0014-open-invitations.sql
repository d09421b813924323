-- A link may not say yet whose it is: that of the first start lets in whoever opens it, who says so themselves.

alter table invitations alter column email drop not null;
alter table invitations add constraint invitations_whose
  check (email is not null or (accepted_at is null and member_id is null));
-- Listed with the others, and found when another takes its place.
create index invitations_of_nobody on invitations (created_at) where email is null;
