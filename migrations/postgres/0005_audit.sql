-- The audit trail. It outlives what it speaks of, so that nothing here refers to another table.

create table audit (
    id uuid primary key not null,
    at bigint not null,
    actor text not null check (actor in ('anonymous', 'person', 'operator')),
    actor_id uuid,
    session_id uuid,
    event text not null,
    subject_id uuid,
    detail text not null,
    request_id text,
    address text
);

create index audit_by_subject on audit (subject_id);
