-- Hashes of an account's former passwords, so that none of the last few is taken again.

create table password_history (
    id blob primary key not null,
    user_id blob not null references users (id) on delete cascade,
    password_hash text not null,
    replaced_at integer not null
) strict;

create index password_history_by_user on password_history (user_id, replaced_at);
