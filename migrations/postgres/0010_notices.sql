-- What people chose to be told, the devices they are known by, and when administrators were last told of what lasts.

create table notice_choices (
    user_id uuid not null references users (id) on delete cascade,
    notice text collate "C" not null,
    wanted bigint not null,
    changed_at bigint not null,
    primary key (user_id, notice)
);

-- A mark is a hash: of a browser's own cookie, or of kind of device and network together. None can be read back.
create table known_devices (
    user_id uuid not null references users (id) on delete cascade,
    mark text collate "C" not null,
    last_seen_at bigint not null,
    primary key (user_id, mark)
);

create index known_devices_by_age on known_devices (last_seen_at);

create table notices_told (
    name text collate "C" primary key not null,
    told_at bigint not null
);
