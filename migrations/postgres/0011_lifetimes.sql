-- How long sign-ins last, by group and by person, and accounts that end on a day.

-- A row overrides the setting of that kind; a span in microseconds, null for ever.
create table group_lifetimes (
    group_name text collate "C" not null references groups (name) on delete cascade,
    kind text collate "C" not null check (kind in ('idle', 'overall', 'remembered', 'refresh_idle', 'refresh_overall')),
    span bigint,
    primary key (group_name, kind)
);

create table user_lifetimes (
    user_id uuid not null references users (id) on delete cascade,
    kind text collate "C" not null check (kind in ('idle', 'overall', 'remembered', 'refresh_idle', 'refresh_overall')),
    span bigint,
    primary key (user_id, kind)
);

-- Null means from now on: no such end.
alter table sessions alter column expires_at drop not null;
alter table sessions alter column idle_micros drop not null;
alter table refresh_tokens alter column expires_at drop not null;

-- When the account ends, if it does; how many of the mails that say so before were written.
alter table users add column expires_at bigint;
alter table users add column expiry_notices bigint not null default 0;
create index users_by_expiry on users (expires_at) where expires_at is not null;
