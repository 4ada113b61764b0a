-- Hashes of an account's former passwords, so that none of the last few is taken again.

create table password_history (
    id uuid primary key not null,
    user_id uuid not null references users (id) on delete cascade,
    password_hash text not null,
    replaced_at bigint not null
);

create index password_history_by_user on password_history (user_id, replaced_at);
