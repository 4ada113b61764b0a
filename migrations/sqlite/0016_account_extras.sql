-- What its owner calls the device behind a session.
alter table sessions add column name text;
