-- Bans of people, those that are over included.

create table bans (
    id blob primary key not null,
    user_id blob not null references users (id) on delete cascade,
    reason text not null,
    -- Who imposed it; nobody's id for the command line, or once that account is gone.
    author_id blob references users (id) on delete set null,
    since integer not null,
    -- When it ends by itself.
    until integer,
    -- When it was lifted, ended by itself or gave way to another one, and which of these.
    ended_at integer,
    ending text check (ending in ('lifted', 'lapsed', 'replaced'))
) strict;

-- One at a time.
create unique index bans_in_force on bans (user_id) where ended_at is null;
create index bans_by_user on bans (user_id, since);
