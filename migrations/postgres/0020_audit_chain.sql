-- The audit trail is a chain: every row carries its place and a seal over itself and the row before. One row says where the
-- chain ends and where what is kept of it begins.

alter table audit add column seq bigint;
alter table audit add column salt bytea;
alter table audit add column seal bytea;
alter table audit add column redacted bytea;

create unique index audit_by_seq on audit (seq);
create index audit_by_time on audit (at, id);
create index audit_by_event on audit (event, at, id);
drop index audit_by_actor;
create index audit_by_actor_and_time on audit (actor_id, at, id);
create index audit_by_request on audit (request_id, at, id) where request_id is not null;
create index audit_by_address on audit (address, at, id) where address is not null;

create table audit_chain (
    id bigint primary key not null check (id = 1),
    seq bigint not null,
    seal bytea not null,
    -- The last row that retention took away; 0 while there was none.
    kept_after bigint not null,
    kept_after_seal bytea not null,
    -- 1 once this row was found changed from outside.
    broken bigint not null,
    proof bytea not null
);

-- How often something happened in an hour (counted from 1970), written with what happened, so that numbers cost no scan.
create table counts (
    name text not null,
    hour bigint not null,
    count bigint not null,
    primary key (name, hour)
);

insert into counts (name, hour, count)
select event, at / 3600000000, count(*) from audit group by event, at / 3600000000;

-- The day (counted from 1970) on which a person was last counted as active.
alter table users add column active_day bigint not null default 0;

-- The outbox as administrators read it: the newest first, of one state, to one address.
create index outbox_by_time on outbox (created_at, id);
create index outbox_by_status on outbox (status, created_at, id);
create index outbox_by_recipient on outbox (lower(recipient), created_at, id);
