-- The audit trail is a chain: every row carries its place and a seal over itself and the row before. One row says where the
-- chain ends and where what is kept of it begins.

alter table audit add column seq integer;
alter table audit add column salt blob;
alter table audit add column seal blob;
alter table audit add column redacted blob;

create unique index audit_by_seq on audit (seq);
create index audit_by_time on audit (at, id);
create index audit_by_event on audit (event, at, id);
drop index audit_by_actor;
create index audit_by_actor_and_time on audit (actor_id, at, id);
create index audit_by_request on audit (request_id, at, id) where request_id is not null;
create index audit_by_address on audit (address, at, id) where address is not null;

create table audit_chain (
    id integer primary key not null check (id = 1),
    seq integer not null,
    seal blob not null,
    -- The last row that retention took away; 0 while there was none.
    kept_after integer not null,
    kept_after_seal blob not null,
    -- 1 once this row was found changed from outside.
    broken integer not null,
    proof blob not null
) strict;

-- How often something happened in an hour (counted from 1970), written with what happened, so that numbers cost no scan.
create table counts (
    name text not null,
    hour integer not null,
    count integer not null,
    primary key (name, hour)
) strict;

insert into counts (name, hour, count)
select event, at / 3600000000, count(*) from audit group by event, at / 3600000000;

-- The day (counted from 1970) on which a person was last counted as active.
alter table users add column active_day integer not null default 0;

-- The outbox as administrators read it: the newest first, of one state, to one address.
create index outbox_by_time on outbox (created_at, id);
create index outbox_by_status on outbox (status, created_at, id);
create index outbox_by_recipient on outbox (lower(recipient), created_at, id);
