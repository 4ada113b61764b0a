-- Mail that waits to be sent, and what became of it. The message, which holds a link with a live token, is erased as
-- soon as it was sent or is of no more use.
create table outbox (
    id blob primary key not null,
    kind text not null,
    recipient text not null,
    name text,
    message text,
    status text not null check (status in ('queued', 'sent', 'expired', 'dead')),
    attempts integer not null,
    created_at integer not null,
    due_at integer not null,
    useless_after integer,
    finished_at integer,
    claim blob,
    leased_until integer,
    failure text check (failure in ('unreachable', 'deferred', 'rejected', 'unwritable')),
    failure_detail text,
    check (message is not null or status in ('sent', 'expired'))
) strict;

create index outbox_due on outbox (due_at) where status = 'queued';
create index outbox_useless on outbox (useless_after) where status in ('queued', 'dead');
create index outbox_finished on outbox (finished_at) where status in ('sent', 'expired');
