-- What a person says of themselves, and who may see it.

create table profiles (
    user_id blob primary key not null references users (id) on delete cascade,
    bio text,
    language text,
    time_zone text,
    username_changed_at integer,
    changed_at integer not null
) strict;

create table profile_links (
    user_id blob not null references users (id) on delete cascade,
    place integer not null,
    url text not null,
    primary key (user_id, place)
) strict;

-- Only where the person chose; what has no row is as the site has it.
create table profile_visibility (
    user_id blob not null references users (id) on delete cascade,
    part text not null,
    visibility text not null check (visibility in ('public', 'signed_in', 'private')),
    primary key (user_id, part)
) strict;

-- A picture of 256 by 256 pixels, JPEG. The tag is of its bytes.
create table avatars (
    user_id blob primary key not null references users (id) on delete cascade,
    tag text not null,
    image blob not null,
    changed_at integer not null
) strict;

-- Fields that a project declares.
create table user_field_values (
    user_id blob not null references users (id) on delete cascade,
    field text not null,
    value text not null,
    primary key (user_id, field)
) strict;

-- Names that were given up lead to their owner and are given to nobody else; those of erased accounts to nobody at all.
create table former_usernames (
    username_canonical text primary key not null,
    user_id blob references users (id) on delete set null,
    released_at integer not null
) strict;

create index former_usernames_by_user on former_usernames (user_id);
