-- Groups, what their members may do, and who belongs to them.

create table groups (
    name text primary key not null,
    about text not null,
    changed_at integer not null
) strict;

insert into groups (name, about, changed_at) values
    ('admin', 'Administrators: every permission.', 0),
    ('member', 'Everyone who registers.', 0);

create table group_permissions (
    group_name text not null references groups (name) on delete cascade,
    permission text not null,
    primary key (group_name, permission)
) strict;

create table group_members (
    user_id blob not null references users (id) on delete cascade,
    group_name text not null references groups (name) on delete cascade,
    since integer not null,
    primary key (user_id, group_name)
) strict;

create index group_members_by_group on group_members (group_name);
