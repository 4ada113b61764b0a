-- Groups, what their members may do, and who belongs to them.

create table groups (
    name text collate "C" primary key not null,
    about text not null,
    changed_at bigint not null
);

insert into groups (name, about, changed_at) values
    ('admin', 'Administrators: every permission.', 0),
    ('member', 'Everyone who registers.', 0);

create table group_permissions (
    group_name text collate "C" not null references groups (name) on delete cascade,
    permission text collate "C" not null,
    primary key (group_name, permission)
);

create table group_members (
    user_id uuid not null references users (id) on delete cascade,
    group_name text collate "C" not null references groups (name) on delete cascade,
    since bigint not null,
    primary key (user_id, group_name)
);

create index group_members_by_group on group_members (group_name);
