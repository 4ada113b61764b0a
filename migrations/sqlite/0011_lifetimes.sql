-- How long sign-ins last, by group and by person, and accounts that end on a day.

-- A row overrides the setting of that kind; a span in microseconds, null for ever.
create table group_lifetimes (
    group_name text not null references groups (name) on delete cascade,
    kind text not null check (kind in ('idle', 'overall', 'remembered', 'refresh_idle', 'refresh_overall')),
    span integer,
    primary key (group_name, kind)
) strict;

create table user_lifetimes (
    user_id blob not null references users (id) on delete cascade,
    kind text not null check (kind in ('idle', 'overall', 'remembered', 'refresh_idle', 'refresh_overall')),
    span integer,
    primary key (user_id, kind)
) strict;

-- Null means from now on: no such end.
drop index sessions_by_end;
alter table sessions add column ends_at integer;
alter table sessions add column rest_micros integer;
update sessions set ends_at = expires_at, rest_micros = idle_micros;
alter table sessions drop column expires_at;
alter table sessions drop column idle_micros;
alter table sessions rename column ends_at to expires_at;
alter table sessions rename column rest_micros to idle_micros;
create index sessions_by_end on sessions (expires_at);

alter table refresh_tokens add column ends_at integer;
update refresh_tokens set ends_at = expires_at;
alter table refresh_tokens drop column expires_at;
alter table refresh_tokens rename column ends_at to expires_at;

-- When the account ends, if it does; how many of the mails that say so before were written.
alter table users add column expires_at integer;
alter table users add column expiry_notices integer not null default 0;
create index users_by_expiry on users (expires_at) where expires_at is not null;
