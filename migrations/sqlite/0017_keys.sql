-- API keys. A key is who it is; its secrets are what it is known by, two of them while a rotation overlaps.

create table api_keys (
    id blob primary key not null,
    user_id blob not null references users (id) on delete cascade,
    prefix text not null,
    name text not null,
    -- Names of permissions, sorted, with single spaces between them.
    scopes text not null,
    -- Networks as CIDR, with single spaces between them.
    networks text not null,
    read_only integer not null,
    created_at integer not null,
    expires_at integer,
    rotated_at integer,
    last_used_at integer,
    last_used_address text,
    disabled_at integer,
    revoked_at integer,
    revoke_reason text,
    expiry_notices integer not null default 0
) strict;

create index api_keys_by_user on api_keys (user_id, id);
create index api_keys_by_end on api_keys (expires_at, id);
create index api_keys_by_revocation on api_keys (revoked_at);
-- For the list of all keys, by state.
create index api_keys_active on api_keys (id) where revoked_at is null and disabled_at is null;
create index api_keys_disabled on api_keys (id) where revoked_at is null and disabled_at is not null;
create index api_keys_revoked on api_keys (id) where revoked_at is not null;

create table api_key_secrets (
    id blob primary key not null,
    key_id blob not null references api_keys (id) on delete cascade,
    secret_hash text not null unique,
    created_at integer not null,
    -- The end of the overlap, of one that another has replaced.
    until integer
) strict;

create index api_key_secrets_by_key on api_key_secrets (key_id);
create index api_key_secrets_by_end on api_key_secrets (until);

-- By which key somebody acted, beside the session.
alter table audit add column key_id blob;
