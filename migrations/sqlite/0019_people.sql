-- People as administrators look for them: what they are found by, what lists of them are ordered by, and notes on them.

-- Words of names and addresses, folded to small letters without accents. A row goes with its person.
create table user_terms (
    term text not null,
    user_id blob not null references users (id) on delete cascade,
    primary key (term, user_id)
) strict, without rowid;

create index user_terms_by_user on user_terms (user_id, term);

-- The name as lists are ordered by it.
alter table users add column name_key text not null default '';
create index users_by_name on users (name_key, id);
create index users_by_sign_in on users (coalesce(last_sign_in_at, 0), id);
create index users_unconfirmed on users (id) where email_verified_at is null;
create index users_leaving on users (id) where deletion_due_at is not null;
create index users_asleep on users (id) where deactivated_at is not null;
create index users_ending on users (id) where expires_at is not null;

create table user_notes (
    id blob primary key not null,
    user_id blob not null references users (id) on delete cascade,
    -- Nobody's id for the command line, or once that account is gone.
    author_id blob references users (id) on delete set null,
    written_at integer not null,
    text text not null
) strict;

create index user_notes_by_user on user_notes (user_id, id);
create index user_notes_by_author on user_notes (author_id);

create index bans_lapsing on bans (until, user_id) where ended_at is null;
create index bans_by_author on bans (author_id);
create index bans_standing on bans (id) where ended_at is null;
create index bans_in_order on bans (user_id, id);
