-- Rate limits: what was set at run time, and what was counted.

create table limits (
    name text primary key not null,
    -- What was set, as it was sent (JSON).
    form text not null,
    changed_at integer not null
) strict;

-- Whose counts were forgotten: a bucket, or all of the limit ('').
create table limit_resets (
    name text not null,
    bucket text not null,
    at integer not null,
    primary key (name, bucket)
) strict;

create index limit_resets_by_at on limit_resets (at);

-- Steady limits that several servers count together. What a crash forgets here lets nobody in who should stay out for long.
create table limit_buckets (
    -- A keyed hash of the limit and of whom it counts.
    bucket text primary key not null,
    -- Until when the calls that were let through use it up.
    tat integer not null,
    -- How many calls the last change stands for.
    drawn integer not null,
    -- The full hour at which it tells nothing any more.
    gone_at integer not null
) strict;

create index limit_buckets_by_gone_at on limit_buckets (gone_at);

-- Strict limits: when each call of the window was.
create table limit_logs (
    bucket text primary key not null,
    -- Microseconds, separated by commas.
    hits text not null,
    gone_at integer not null
) strict;

create index limit_logs_by_gone_at on limit_logs (gone_at);
