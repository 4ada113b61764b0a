-- Accounts, and two facts every process agrees on.

create table facts (
    name text collate "C" primary key not null,
    value text not null
);

-- One row. Counted up by every transaction that ends or changes something a cache may hold.
create table state_version (
    id bigint primary key not null check (id = 1),
    version bigint not null
);

insert into state_version (id, version) values (1, 0);

create table users (
    id uuid primary key not null,
    email text not null,
    email_canonical text collate "C" not null unique,
    name text collate "C" not null,
    username text collate "C",
    username_canonical text collate "C" unique,
    password_hash text,
    password_changed_at bigint,
    email_verified_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    last_sign_in_at bigint
);
