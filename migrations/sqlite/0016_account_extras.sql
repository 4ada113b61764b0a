-- What its owner calls the device behind a session.
alter table sessions add column name text;

-- What a person does not want to be reminded of any more.
create table dismissed_nudges (
    user_id blob not null references users (id) on delete cascade,
    nudge text not null,
    dismissed_at integer not null,
    primary key (user_id, nudge)
) strict;

-- Since when an account sleeps: nobody sees it, and signing in wakes it.
alter table users add column deactivated_at integer;

-- Copies of people's own data that are prepared in the background. One is claimed by the node that writes it.
create table exports (
    id blob primary key not null,
    user_id blob not null references users (id) on delete cascade,
    asked_at integer not null,
    claimed_at integer,
    tries integer not null default 0,
    ready_at integer,
    failed_at integer,
    expires_at integer,
    bytes integer
) strict;

-- One at a time.
create unique index exports_waiting on exports (user_id) where ready_at is null and failed_at is null;
create index exports_due on exports (asked_at) where ready_at is null and failed_at is null;
create index exports_by_user on exports (user_id, asked_at);
create index exports_by_end on exports (expires_at) where expires_at is not null;

-- The file, in parts that are small enough to be read one by one.
create table export_parts (
    export_id blob not null references exports (id) on delete cascade,
    place integer not null,
    content blob not null,
    primary key (export_id, place)
) strict;
