-- What people chose to be told, the devices they are known by, and when administrators were last told of what lasts.

create table notice_choices (
    user_id blob not null references users (id) on delete cascade,
    notice text not null,
    wanted integer not null,
    changed_at integer not null,
    primary key (user_id, notice)
) strict;

-- A mark is a hash: of a browser's own cookie, or of kind of device and network together. None can be read back.
create table known_devices (
    user_id blob not null references users (id) on delete cascade,
    mark text not null,
    last_seen_at integer not null,
    primary key (user_id, mark)
) strict;

create index known_devices_by_age on known_devices (last_seen_at);

create table notices_told (
    name text primary key not null,
    told_at integer not null
) strict;
