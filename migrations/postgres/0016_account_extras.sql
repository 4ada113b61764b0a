-- What its owner calls the device behind a session.
alter table sessions add column name text collate "C";

-- What a person does not want to be reminded of any more.
create table dismissed_nudges (
    user_id uuid not null references users (id) on delete cascade,
    nudge text not null,
    dismissed_at bigint not null,
    primary key (user_id, nudge)
);

-- Since when an account sleeps: nobody sees it, and signing in wakes it.
alter table users add column deactivated_at bigint;

-- Copies of people's own data that are prepared in the background. One is claimed by the node that writes it.
create table exports (
    id uuid primary key not null,
    user_id uuid not null references users (id) on delete cascade,
    asked_at bigint not null,
    claimed_at bigint,
    tries bigint not null default 0,
    ready_at bigint,
    failed_at bigint,
    expires_at bigint,
    bytes bigint
);

-- One at a time.
create unique index exports_waiting on exports (user_id) where ready_at is null and failed_at is null;
create index exports_due on exports (asked_at) where ready_at is null and failed_at is null;
create index exports_by_user on exports (user_id, asked_at);
create index exports_by_end on exports (expires_at) where expires_at is not null;

-- The file, in parts that are small enough to be read one by one.
create table export_parts (
    export_id uuid not null references exports (id) on delete cascade,
    place bigint not null,
    content bytea not null,
    primary key (export_id, place)
);
