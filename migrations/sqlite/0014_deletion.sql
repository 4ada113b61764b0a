-- Accounts that leave: erased at `deletion_due_at`, unless their owner signs in before.
alter table users add column deletion_due_at integer;
create index users_by_deletion on users (deletion_due_at) where deletion_due_at is not null;

-- Whom a mail was for, so that it can be shown to them and goes with them; the outbox outlives accounts.
alter table outbox add column user_id blob;
create index outbox_by_user on outbox (user_id);

-- Whether the row goes as soon as nothing more will happen to it: nobody may find its address afterwards.
alter table outbox add column traceless integer not null default 0;

create index audit_by_actor on audit (actor_id);
