-- What the endpoints of a tag ask for beyond what each asks for itself, as it was set at run time.

create table endpoint_rules (
    tag text collate "C" primary key not null,
    asks text not null check (asks in ('signed_in', 'permission', 'group')),
    -- The permission, or the group.
    name text collate "C",
    changed_at bigint not null,
    check ((asks = 'signed_in') = (name is null))
);

-- Members of a group are listed by id.
drop index group_members_by_group;
create index group_members_by_group on group_members (group_name, user_id);
