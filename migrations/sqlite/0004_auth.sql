-- One-time links and attempts at passwords.

create table links (
    token_hash text primary key not null,
    purpose text not null check (purpose in ('verify', 'reset', 'setup')),
    user_id blob references users (id) on delete cascade,
    -- The exact address it was mailed to: a link dies with a change of address.
    email text not null,
    created_at integer not null,
    expires_at integer not null,
    used_at integer
) strict;

create index links_by_user on links (user_id, purpose);
create index links_by_end on links (expires_at);

create table attempts (
    subject text primary key not null,
    failures integer not null,
    last_at integer not null,
    blocked_until integer not null
) strict;
