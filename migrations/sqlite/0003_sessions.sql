-- Sessions: one browser's sign-in, or one family of API tokens. An ended session stays as a tombstone for a while.

create table sessions (
    id blob primary key not null,
    user_id blob not null references users (id) on delete cascade,
    kind text not null check (kind in ('browser', 'api')),
    token_hash text unique,
    created_at integer not null,
    last_seen_at integer not null,
    proved_at integer not null,
    idle_micros integer not null,
    expires_at integer not null,
    remembered integer not null,
    address text,
    user_agent text,
    ended_at integer,
    end_reason text
) strict;

create index sessions_by_user on sessions (user_id);
create index sessions_by_end on sessions (expires_at);

create table refresh_tokens (
    id blob primary key not null,
    session_id blob not null references sessions (id) on delete cascade,
    -- At most one successor per token, ever.
    parent_id blob unique references refresh_tokens (id) on delete cascade,
    token_hash text not null unique,
    created_at integer not null,
    expires_at integer not null,
    used_at integer
) strict;

create index refresh_tokens_by_session on refresh_tokens (session_id);
