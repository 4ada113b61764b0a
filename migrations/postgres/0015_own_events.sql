-- A person's newest audit rows are found without looking at all of theirs.

create index audit_by_subject_and_time on audit (subject_id, at, id);
drop index audit_by_subject;
