-- Signing in by somebody else's sign-in.

-- Accounts elsewhere that open an account here. Known by issuer and subject; an address there is only told.
create table identities (
    id uuid primary key not null,
    user_id uuid not null references users (id) on delete cascade,
    provider text collate "C" not null,
    issuer text collate "C" not null,
    subject text collate "C" not null,
    email text,
    name text,
    linked_at bigint not null,
    last_used_at bigint,
    -- The provider's tokens, sealed; kept only where a provider's settings say so.
    tokens text,
    -- Whether it opens nothing before the address of the account is confirmed: whoever brought it merely typed the address.
    waits bigint not null default 0 check (waits in (0, 1))
);

create unique index identities_by_subject on identities (issuer, subject);
create unique index identities_by_user on identities (user_id, provider);
create index identities_by_provider on identities (provider);

-- Journeys to a provider that are not back yet. Each comes back once.
create table social_flows (
    state_hash text collate "C" primary key not null,
    provider text collate "C" not null,
    purpose text not null check (purpose in ('sign_in', 'link', 'prove', 'native')),
    -- The browser that began it; nothing for a native app, which is bound by its challenge.
    browser_hash text collate "C",
    -- Who began it, where somebody is signed in.
    user_id uuid references users (id) on delete cascade,
    next text not null,
    remember bigint not null check (remember in (0, 1)),
    -- What only we may know of it, sealed.
    sealed text not null,
    created_at bigint not null,
    expires_at bigint not null
);

create index social_flows_by_browser on social_flows (browser_hash, created_at);
create index social_flows_by_user on social_flows (user_id);
create index social_flows_by_end on social_flows (expires_at);

-- Sign-ins at a provider that wait for something the person must do here first.
create table social_pending (
    token_hash text collate "C" primary key not null,
    provider text collate "C" not null,
    needs text not null check (needs in ('conflict', 'address', 'fields')),
    next text not null,
    remember bigint not null check (remember in (0, 1)),
    -- Who they are at the provider, sealed.
    sealed text not null,
    expires_at bigint not null
);

create index social_pending_by_end on social_pending (expires_at);

-- Codes of native apps, each exchanged for tokens once.
create table native_codes (
    code_hash text collate "C" primary key not null,
    user_id uuid not null references users (id) on delete cascade,
    provider text collate "C" not null,
    challenge text collate "C" not null,
    expires_at bigint not null
);

create index native_codes_by_user on native_codes (user_id);
create index native_codes_by_end on native_codes (expires_at);

-- The last time that each provider could not be used.
create table provider_failures (
    provider text collate "C" primary key not null,
    failure text not null,
    at bigint not null
);
