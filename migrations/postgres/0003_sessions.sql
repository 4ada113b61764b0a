-- Sessions: one browser's sign-in, or one family of API tokens. An ended session stays as a tombstone for a while.

create table sessions (
    id uuid primary key not null,
    user_id uuid not null references users (id) on delete cascade,
    kind text not null check (kind in ('browser', 'api')),
    token_hash text collate "C" unique,
    created_at bigint not null,
    last_seen_at bigint not null,
    proved_at bigint not null,
    idle_micros bigint not null,
    expires_at bigint not null,
    remembered bigint not null,
    address text,
    user_agent text,
    ended_at bigint,
    end_reason text
);

create index sessions_by_user on sessions (user_id);
create index sessions_by_end on sessions (expires_at);

create table refresh_tokens (
    id uuid primary key not null,
    session_id uuid not null references sessions (id) on delete cascade,
    -- At most one successor per token, ever.
    parent_id uuid unique references refresh_tokens (id) on delete cascade,
    token_hash text collate "C" not null unique,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);

create index refresh_tokens_by_session on refresh_tokens (session_id);
