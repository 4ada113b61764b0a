-- Changes of an account's address: asked for, done, and for a while taken back. The token and the address that it was
-- mailed to stand in one row and are written together.

create table email_changes (
    id blob primary key not null,
    user_id blob not null references users (id) on delete cascade,
    old_email text not null,
    old_canonical text not null,
    new_email text not null,
    new_canonical text not null,
    confirm_hash text not null unique,
    confirm_until integer not null,
    confirmed_at integer,
    undo_hash text unique,
    undo_until integer
) strict;

create index email_changes_by_user on email_changes (user_id);
-- An address to which there is a way back belongs to nobody else meanwhile.
create index email_changes_reserved on email_changes (old_canonical);
