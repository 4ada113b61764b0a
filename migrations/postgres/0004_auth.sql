-- One-time links and attempts at passwords.

create table links (
    token_hash text collate "C" primary key not null,
    purpose text not null check (purpose in ('verify', 'reset', 'setup')),
    user_id uuid references users (id) on delete cascade,
    -- The exact address it was mailed to: a link dies with a change of address.
    email text not null,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);

create index links_by_user on links (user_id, purpose);
create index links_by_end on links (expires_at);

create table attempts (
    subject text collate "C" primary key not null,
    failures bigint not null,
    last_at bigint not null,
    blocked_until bigint not null
);
