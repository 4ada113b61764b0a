-- Quotas: what was set at run time, what single people and keys may spend instead, the ledger, and recorded usage.

-- Quotas as they were set at run time, over those of the program. The body is what REST tells, as JSON.
create table quotas (
    name text collate "C" primary key not null,
    body text not null,
    -- The version (below) at which its count began; 0 where it goes on with what the program states.
    since bigint not null,
    changed_at bigint not null
);

-- Counted up with every change of quotas, overrides, grants and resets: servers look at it when something was announced.
create table quota_version (
    one bigint primary key not null check (one = 1),
    version bigint not null
);
insert into quota_version (one, version) values (1, 1);

create table quota_overrides (
    quota text collate "C" not null,
    -- The person or the key, as in the ledger.
    subject text collate "C" not null,
    user_id uuid not null references users (id) on delete cascade,
    key_id uuid references api_keys (id) on delete cascade,
    -- Units; nothing for no limit.
    units bigint,
    expires_at bigint,
    reason text not null,
    author_id uuid references users (id) on delete set null,
    created_at bigint not null,
    primary key (quota, subject)
);

create index quota_overrides_by_user on quota_overrides (user_id);
create index quota_overrides_by_key on quota_overrides (key_id);
create index quota_overrides_by_author on quota_overrides (author_id);

-- One row for everybody a quota counts, with the window that runs. What servers took in advance counts as taken.
-- The quota: its name, an @, and how it is counted, so that what was counted otherwise says nothing.
create table quota_ledger (
    quota text collate "C" not null,
    subject text collate "C" not null,
    user_id uuid references users (id) on delete cascade,
    window_start bigint not null,
    ends_at bigint not null,
    taken bigint not null,
    -- What was taken by the last statement.
    block bigint not null,
    granted bigint not null,
    blocked_until bigint,
    -- The percentage that was told last.
    told bigint not null,
    primary key (quota, subject)
);

create index quota_ledger_by_user on quota_ledger (user_id);
create index quota_ledger_by_end on quota_ledger (ends_at);

-- Calls by the hour. Who: a person, a key or an address; tags: those of the endpoint, with single spaces between them.
create table quota_usage (
    who text collate "C" not null,
    hour bigint not null,
    tags text collate "C" not null,
    user_id uuid references users (id) on delete cascade,
    calls bigint not null,
    -- Of the calls, those that a quota in shadow would have refused.
    beyond bigint not null,
    refused bigint not null,
    primary key (who, hour, tags)
);

create index quota_usage_by_user on quota_usage (user_id, hour);
create index quota_usage_by_hour on quota_usage (hour);
