-- What addresses and accounts did wrong, added up: a score that falls by itself.

create table abuse_scores (
    -- A network in CIDR notation, or an account's id.
    subject text primary key not null,
    user_id blob references users (id) on delete cascade,
    -- In thousandths of a point, as it was at `changed_at`.
    score integer not null,
    changed_at integer not null,
    -- Since when offences are counted, and how often which happened, as JSON.
    first_at integer not null,
    offences text not null,
    last_path text,
    -- Automatic blocks that are remembered, and when the last was imposed.
    blocks integer not null,
    blocked_at integer,
    -- When the block of an account ends; that of an address is a row of address_bans.
    blocked_until integer
) strict;

create index abuse_scores_by_change on abuse_scores (changed_at, subject);
create index abuse_scores_by_user on abuse_scores (user_id);
create index abuse_scores_blocked on abuse_scores (blocked_until) where blocked_until is not null;
