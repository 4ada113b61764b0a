-- Accounts, and two facts every process agrees on.

create table facts (
    name text primary key not null,
    value text not null
) strict;

-- One row. Counted up by every transaction that ends or changes something a cache may hold.
create table state_version (
    id integer primary key not null check (id = 1),
    version integer not null
) strict;

insert into state_version (id, version) values (1, 0);

create table users (
    id blob primary key not null,
    email text not null,
    email_canonical text not null unique,
    name text not null,
    username text,
    username_canonical text unique,
    password_hash text,
    password_changed_at integer,
    email_verified_at integer,
    created_at integer not null,
    updated_at integer not null,
    last_sign_in_at integer
) strict;
