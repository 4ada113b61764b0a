-- Changes of an account's address: asked for, done, and for a while taken back. The token and the address that it was
-- mailed to stand in one row and are written together.

create table email_changes (
    id uuid primary key not null,
    user_id uuid not null references users (id) on delete cascade,
    old_email text not null,
    old_canonical text collate "C" not null,
    new_email text not null,
    new_canonical text collate "C" not null,
    confirm_hash text collate "C" not null unique,
    confirm_until bigint not null,
    confirmed_at bigint,
    undo_hash text collate "C" unique,
    undo_until bigint
);

create index email_changes_by_user on email_changes (user_id);
-- An address to which there is a way back belongs to nobody else meanwhile.
create index email_changes_reserved on email_changes (old_canonical);
