-- Bans of addresses and networks, those that are over included.

create table address_bans (
    id uuid primary key not null,
    -- In CIDR notation, one spelling for each.
    network text collate "C" not null,
    -- For administrators; whoever is banned is told none.
    reason text not null,
    -- Who imposed it; nobody's id for the command line, for the program itself, or once that account is gone.
    author_id uuid references users (id) on delete set null,
    -- 1: imposed by the program, for what came from there.
    automatic bigint not null check (automatic in (0, 1)),
    -- What an automatic one was imposed for, as JSON.
    evidence text,
    since bigint not null,
    -- When it ends by itself.
    until bigint,
    -- When it was lifted, ended by itself or gave way to another one, and which of these.
    ended_at bigint,
    ending text check (ending in ('lifted', 'lapsed', 'replaced')),
    lifted_by uuid references users (id) on delete set null
);

-- One at a time.
create unique index address_bans_in_force on address_bans (network) where ended_at is null;
create index address_bans_standing on address_bans (id) where ended_at is null;
create index address_bans_until on address_bans (until) where ended_at is null;
create index address_bans_over on address_bans (ended_at) where automatic = 1;
create index address_bans_by_network on address_bans (network, id);
create index address_bans_by_author on address_bans (author_id);
create index address_bans_by_lifter on address_bans (lifted_by);
