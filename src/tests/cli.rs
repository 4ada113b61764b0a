//! The command line as a shell sees it: exit codes, what goes to standard output and what to standard error, JSON that
//! scripts may rely on, and that nothing secret is ever printed. Every test has a data folder of its own.

mod accounts;
mod audit;
mod groups;
mod helping;
mod keys;
mod lasting;
mod limits;
mod mail;
mod profile;
mod program;
mod providers;
mod server;
mod settings;
mod typed;
