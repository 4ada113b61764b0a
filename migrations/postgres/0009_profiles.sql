-- What a person says of themselves, and who may see it.

create table profiles (
    user_id uuid primary key not null references users (id) on delete cascade,
    bio text collate "C",
    language text collate "C",
    time_zone text collate "C",
    username_changed_at bigint,
    changed_at bigint not null
);

create table profile_links (
    user_id uuid not null references users (id) on delete cascade,
    place bigint not null,
    url text collate "C" not null,
    primary key (user_id, place)
);

-- Only where the person chose; what has no row is as the site has it.
create table profile_visibility (
    user_id uuid not null references users (id) on delete cascade,
    part text collate "C" not null,
    visibility text collate "C" not null check (visibility in ('public', 'signed_in', 'private')),
    primary key (user_id, part)
);

-- A picture of 256 by 256 pixels, JPEG. The tag is of its bytes.
create table avatars (
    user_id uuid primary key not null references users (id) on delete cascade,
    tag text collate "C" not null,
    image bytea not null,
    changed_at bigint not null
);

-- Fields that a project declares.
create table user_field_values (
    user_id uuid not null references users (id) on delete cascade,
    field text collate "C" not null,
    value text collate "C" not null,
    primary key (user_id, field)
);

-- Names that were given up lead to their owner and are given to nobody else; those of erased accounts to nobody at all.
create table former_usernames (
    username_canonical text collate "C" primary key not null,
    user_id uuid references users (id) on delete set null,
    released_at bigint not null
);

create index former_usernames_by_user on former_usernames (user_id);
