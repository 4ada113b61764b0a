//! `user`: accounts, by whoever can run the program on the data itself. Works beside a running server. One file a command,
//! or a few that belong together; here stands what they share.

mod admin;
mod bans;
mod create;
mod deactivate;
mod delete;
mod export;
mod groups;
mod invite;
mod lifetimes;
mod list;
mod mail;
mod many;
mod notes;
mod pairs;
mod profile;
mod resend;
mod reset;
mod restore;
mod seed;
mod sessions;
mod shown;

use super::{Failure, house::House};
use clap::{Args, Subcommand};
use vestibule_domain::accounts::{self, Which};
use vestibule_domain::{Actor, Allowed, Client, Domain};
use vestibule_model::Error;
use vestibule_model::accounts::Account;
use vestibule_model::groups::{ManageAccounts, ViewAccounts};

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an account; asks on a terminal for what is not given
    Create(create::Create),
    /// Make an account for somebody who chooses the password by a mailed link
    Invite(invite::Invite),
    /// List accounts: search, narrow, order
    List(list::List),
    /// Show one account
    Show(Named),
    /// Change what an account says of its owner
    Set(profile::Set),
    /// Delete an account for good, or begin its deletion with a grace
    Delete(delete::Delete),
    /// Take a deletion back while its grace lasts; a mail tells the owner
    Restore(Named),
    /// Put an account to sleep until its owner signs in, as they could themselves; nobody is kept out by it
    Deactivate(deactivate::Deactivate),
    /// Make an account that sleeps active again; a mail tells the owner
    Reactivate(Named),
    /// Make somebody an administrator, or one no more
    Admin {
        #[command(subcommand)]
        command: admin::Admin,
    },
    /// Show a person's groups, or put them into some and take them out of others
    Groups(groups::Groups),
    /// Show, or set, how long a person's sign-ins last
    Lifetimes(lifetimes::Own),
    /// Set when an account ends, or that it does not
    Expire(lifetimes::Expire),
    /// Count an account's address as confirmed, without a mail
    Verify(Named),
    /// Mail the link that confirms an account's address anew
    Resend(Named),
    /// Mail somebody a link that sets a new password
    Reset(Named),
    /// Show where somebody is signed in, or sign them out
    Sessions(sessions::Sessions),
    /// Print everything the site keeps about somebody
    Export(export::Export),
    /// Keep somebody out, from now on and with a reason they are told; every session of theirs ends
    Ban(bans::Ban),
    /// Lift a ban
    Unban(Named),
    /// Give an account another address; both are told, and everybody is signed out
    Email(mail::Readdress),
    /// Show what a person is told by mail, or change it
    Notifications(mail::Notifications),
    /// Show the notes on a person, write one or take one away
    Note(notes::Notes),
    /// Do the same to many accounts, and tell what became of each
    Many(many::Many),
    /// Make people up, for development
    Seed(seed::Seed),
}

/// Which account.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// E-mail address, user name or id
    #[arg(value_name = "ACCOUNT")]
    account: String,
}

/// Runs a `user` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(new) => create::create(house, new),
        Command::Invite(whom) => invite::invite(house, whom),
        Command::List(list) => list::list(house, list),
        Command::Show(named) => shown::show(house, &named),
        Command::Set(set) => profile::set(house, set),
        Command::Delete(delete) => delete::delete(house, &delete),
        Command::Restore(named) => restore::restore(house, &named),
        Command::Deactivate(which) => deactivate::deactivate(house, &which),
        Command::Reactivate(named) => deactivate::reactivate(house, &named),
        Command::Admin { command } => admin::run(house, &command),
        Command::Groups(groups) => groups::set(house, &groups),
        Command::Lifetimes(set) => lifetimes::set(house, &set),
        Command::Expire(expire) => lifetimes::expire(house, &expire),
        Command::Verify(named) => verify(house, &named),
        Command::Resend(named) => resend::resend(house, &named),
        Command::Reset(named) => reset::reset(house, &named),
        Command::Sessions(which) => sessions::sessions(house, &which),
        Command::Export(which) => export::export(house, &which),
        Command::Ban(given) => bans::ban(house, given),
        Command::Unban(named) => bans::unban(house, &named),
        Command::Email(change) => mail::readdress(house, &change),
        Command::Notifications(choice) => mail::choose(house, choice),
        Command::Note(asked) => notes::notes(house, asked),
        Command::Many(many) => many::many(house, many),
        Command::Seed(seed) => seed::seed(house, &seed),
    }
}

fn verify(house: &House, named: &Named) -> Result<(), Failure> {
    let (account, confirmed) = house.with_domain(|domain| async move {
        let account = find(&domain, &named.account).await?;
        let confirmed = accounts::mark_verified(&domain, &manage()?, account.id, &Client::local()).await?;
        Ok((find(&domain, &account.id.to_string()).await?, confirmed))
    })?;
    house.output.say("the address counts as confirmed");
    if confirmed.username_taken {
        house.output.say("somebody else holds the user name that was wished for; the account has none");
    }
    house.output.data(&account, shown::told)
}

fn manage() -> Result<Allowed<ManageAccounts>, Error> {
    Actor::Operator.allow()
}

pub(super) fn view() -> Result<Allowed<ViewAccounts>, Error> {
    Actor::Operator.allow()
}

/// The account called so.
pub(super) async fn find(domain: &Domain, called: &str) -> Result<Account, Failure> {
    match accounts::show(domain, &view()?, &Which::named(called)).await {
        // What is no address and no user name is nobody's either.
        Err(Error::NotFound | Error::Invalid { .. }) => Err(Failure::NoAccount(called.to_owned())),
        other => Ok(other?),
    }
}
