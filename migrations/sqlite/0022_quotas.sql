-- Quotas: what was set at run time, what single people and keys may spend instead, the ledger, and recorded usage.

-- Quotas as they were set at run time, over those of the program. The body is what REST tells, as JSON.
create table quotas (
    name text primary key not null,
    body text not null,
    -- The version (below) at which its count began; 0 where it goes on with what the program states.
    since integer not null,
    changed_at integer not null
) strict;

-- Counted up with every change of quotas, overrides, grants and resets: servers look at it when something was announced.
create table quota_version (
    one integer primary key not null check (one = 1),
    version integer not null
) strict;
insert into quota_version (one, version) values (1, 1);

create table quota_overrides (
    quota text not null,
    -- The person or the key, as in the ledger.
    subject text not null,
    user_id blob not null references users (id) on delete cascade,
    key_id blob references api_keys (id) on delete cascade,
    -- Units; nothing for no limit.
    units integer,
    expires_at integer,
    reason text not null,
    author_id blob references users (id) on delete set null,
    created_at integer not null,
    primary key (quota, subject)
) strict;

create index quota_overrides_by_user on quota_overrides (user_id);
create index quota_overrides_by_key on quota_overrides (key_id);
create index quota_overrides_by_author on quota_overrides (author_id);

-- One row for everybody a quota counts, with the window that runs. What servers took in advance counts as taken.
-- The quota: its name, an @, and how it is counted, so that what was counted otherwise says nothing.
create table quota_ledger (
    quota text not null,
    subject text not null,
    user_id blob references users (id) on delete cascade,
    window_start integer not null,
    ends_at integer not null,
    taken integer not null,
    -- What was taken by the last statement.
    block integer not null,
    granted integer not null,
    blocked_until integer,
    -- The percentage that was told last.
    told integer not null,
    primary key (quota, subject)
) strict;

create index quota_ledger_by_user on quota_ledger (user_id);
create index quota_ledger_by_end on quota_ledger (ends_at);

-- Calls by the hour. Who: a person, a key or an address; tags: those of the endpoint, with single spaces between them.
create table quota_usage (
    who text not null,
    hour integer not null,
    tags text not null,
    user_id blob references users (id) on delete cascade,
    calls integer not null,
    -- Of the calls, those that a quota in shadow would have refused.
    beyond integer not null,
    refused integer not null,
    primary key (who, hour, tags)
) strict;

create index quota_usage_by_user on quota_usage (user_id, hour);
create index quota_usage_by_hour on quota_usage (hour);
