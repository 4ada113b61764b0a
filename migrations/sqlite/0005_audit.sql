-- The audit trail. It outlives what it speaks of, so that nothing here refers to another table.

create table audit (
    id blob primary key not null,
    at integer not null,
    actor text not null check (actor in ('anonymous', 'person', 'operator')),
    actor_id blob,
    session_id blob,
    event text not null,
    subject_id blob,
    detail text not null,
    request_id text,
    address text
) strict;

create index audit_by_subject on audit (subject_id);
