-- A user name that a person wished for when they registered; it is theirs once their address is confirmed.

alter table users add column username_wish text collate "C";
