-- API keys. A key is who it is; its secrets are what it is known by, two of them while a rotation overlaps.

create table api_keys (
    id uuid primary key not null,
    user_id uuid not null references users (id) on delete cascade,
    prefix text not null,
    name text collate "C" not null,
    -- Names of permissions, sorted, with single spaces between them.
    scopes text collate "C" not null,
    -- Networks as CIDR, with single spaces between them.
    networks text not null,
    read_only bigint not null,
    created_at bigint not null,
    expires_at bigint,
    rotated_at bigint,
    last_used_at bigint,
    last_used_address text,
    disabled_at bigint,
    revoked_at bigint,
    revoke_reason text,
    expiry_notices bigint not null default 0
);

create index api_keys_by_user on api_keys (user_id, id);
create index api_keys_by_end on api_keys (expires_at, id);
create index api_keys_by_revocation on api_keys (revoked_at);
-- For the list of all keys, by state.
create index api_keys_active on api_keys (id) where revoked_at is null and disabled_at is null;
create index api_keys_disabled on api_keys (id) where revoked_at is null and disabled_at is not null;
create index api_keys_revoked on api_keys (id) where revoked_at is not null;

create table api_key_secrets (
    id uuid primary key not null,
    key_id uuid not null references api_keys (id) on delete cascade,
    secret_hash text collate "C" not null unique,
    created_at bigint not null,
    -- The end of the overlap, of one that another has replaced.
    until bigint
);

create index api_key_secrets_by_key on api_key_secrets (key_id);
create index api_key_secrets_by_end on api_key_secrets (until);

-- By which key somebody acted, beside the session.
alter table audit add column key_id uuid;
