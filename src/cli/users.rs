//! `user`: accounts, by whoever can run the program on the data itself. Works beside a running server.

use super::lifetimes::{Lifetimes, label, moment, told as told_lifetime};
use super::profiles::{self, Set};
use super::{Failure, bans, groups, house::House, output, prompt};
use clap::{Args, Subcommand};
use serde::Serialize;
use vestibule_domain::accounts::{self, Filter, Leaving, NewAccount, Which};
use vestibule_domain::groups as domain_groups;
use vestibule_domain::sessions::lifetimes;
use vestibule_domain::{Actor, Allowed, Client, Domain, notices};
use vestibule_model::accounts::{Account, RegisterForm};
use vestibule_model::bans::Ban;
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::notices::{NoticeChoice, NoticesForm};
use vestibule_model::sessions::EffectiveLifetime;
use vestibule_model::{Error, Timestamp, UserId};

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an account; asks on a terminal for what is not given
    Create(Create),
    /// List accounts, newest first
    List(List),
    /// Show one account
    Show(Named),
    /// Change what an account says of its owner
    Set(Set),
    /// Delete an account for good, or begin its deletion with a grace
    Delete(Delete),
    /// Show a person's groups, or put them into some and take them out of others
    Groups(Groups),
    /// Show, or set, how long a person's sign-ins last
    Lifetimes(OwnLifetimes),
    /// Set when an account ends, or that it does not
    Expire(Expire),
    /// Count an account's address as confirmed, without a mail
    Verify(Named),
    /// Keep somebody out, from now on and with a reason they are told; every session of theirs ends
    Ban(bans::Ban),
    /// Lift a ban
    Unban(Named),
    /// Give an account another address; both are told, and everybody is signed out
    Email(Readdress),
    /// Show what a person is told by mail, or change it
    Notifications(Notifications),
}

/// What to make.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: user create ada@example.org --name \"Ada Lovelace\" --verified --password-stdin < file"
)]
pub(crate) struct Create {
    /// The account's address
    email: Option<String>,
    /// What the person is called
    #[arg(long)]
    name: Option<String>,
    /// A unique handle
    #[arg(long)]
    username: Option<String>,
    /// Make the person an administrator, with a confirmed address
    #[arg(long)]
    admin: bool,
    /// Count the address as confirmed
    #[arg(long)]
    verified: bool,
    /// When the account ends: a day, a time, or a span from now on, as 90d
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

/// What to list.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Part of an address, name or user name
    search: Option<String>,
    /// Only accounts with a confirmed address
    #[arg(long, conflicts_with = "unverified")]
    verified: bool,
    /// Only accounts without one
    #[arg(long)]
    unverified: bool,
    /// At most so many, 1 to 100
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// Go on after the account with this id
    #[arg(long, value_name = "ID")]
    after: Option<UserId>,
}

/// Which account.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// E-mail address, user name or id
    #[arg(value_name = "ACCOUNT")]
    account: String,
}

impl Named {
    /// What was typed.
    pub(crate) fn called(&self) -> &str {
        &self.account
    }
}

/// Which account to delete.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    #[command(flatten)]
    named: Named,
    /// Do not erase it at once: the person may take it back by signing in, for as long as the settings say
    #[arg(long)]
    grace: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Another address.
#[derive(Args, Debug)]
pub(crate) struct Readdress {
    #[command(flatten)]
    named: Named,
    /// The new address
    #[arg(value_name = "EMAIL")]
    email: String,
    /// Count it as confirmed; without this it is mailed a link
    #[arg(long)]
    verified: bool,
}

/// What a person is told by mail.
#[derive(Args, Debug)]
#[command(after_help = "Example: user notifications ada@example.org --off welcome")]
pub(crate) struct Notifications {
    #[command(flatten)]
    named: Named,
    /// Switch a notice on; can be repeated
    #[arg(long, value_name = "NOTICE")]
    on: Vec<String>,
    /// Switch a notice off; can be repeated
    #[arg(long, value_name = "NOTICE")]
    off: Vec<String>,
}

/// Whose groups.
#[derive(Args, Debug)]
#[command(after_help = "Example: user groups ada@example.org --join premium --leave trial")]
pub(crate) struct Groups {
    #[command(flatten)]
    named: Named,
    /// Put the person into this group; repeatable
    #[arg(long, value_name = "GROUP")]
    join: Vec<String>,
    /// Take the person out of this group; repeatable
    #[arg(long, value_name = "GROUP")]
    leave: Vec<String>,
}

/// Whose lifetimes.
#[derive(Args, Debug)]
#[command(after_help = "Example: user lifetimes ada@example.org --idle 8h --remembered forever")]
pub(crate) struct OwnLifetimes {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    lifetimes: Lifetimes,
}

/// When an account ends.
#[derive(Args, Debug)]
#[command(after_help = "Example: user expire ada@example.org --in 90d")]
#[group(id = "when", required = true, multiple = false, args = ["at", "within", "never"])]
pub(crate) struct Expire {
    #[command(flatten)]
    named: Named,
    /// At this day (its first moment in UTC) or time
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// So long from now on
    #[arg(long = "in", id = "within", value_name = "SPAN")]
    within: Option<String>,
    /// Not at all
    #[arg(long)]
    never: bool,
}

/// An account with what `user show` tells beyond it.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    account: Account,
    lifetimes: Vec<EffectiveLifetime>,
}

/// A page of accounts as `--json` tells it; `next` goes into `--after`.
#[derive(Serialize)]
struct Page {
    items: Vec<Account>,
    next: Option<UserId>,
}

/// Runs a `user` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(new) => create(house, new),
        Command::List(list) => list_accounts(house, list),
        Command::Show(named) => profiles::show(house, &named.account),
        Command::Set(set) => profiles::set(house, set),
        Command::Groups(groups) => set_groups(house, &groups),
        Command::Lifetimes(set) => set_lifetimes(house, &set),
        Command::Expire(expire) => set_expiry(house, &expire),
        Command::Delete(delete) => remove(house, &delete),
        Command::Verify(named) => verify(house, &named),
        Command::Ban(given) => bans::ban(house, given),
        Command::Unban(named) => bans::unban(house, &named),
        Command::Email(change) => readdress(house, &change),
        Command::Notifications(choice) => notifications(house, choice),
    }
}

fn create(house: &House, new: Create) -> Result<(), Failure> {
    let output = house.output;
    let or_ask = |given: Option<String>, question: &str, instead: &str| match given {
        Some(given) => Ok(given),
        None => prompt::text(output, question, instead),
    };
    let form = RegisterForm {
        email: or_ask(new.email, "E-mail:", "give the address: user create ada@example.org")?,
        name: or_ask(new.name, "Name:", "give the name by --name")?,
        username: new.username,
        password: if new.password_stdin {
            prompt::password_from_stdin()?
        } else {
            prompt::new_password(output)?
        },
        ..RegisterForm::default()
    };
    let (verified, admin, expires) = (new.verified, new.admin, new.expires);
    let account = house.with_domain(|domain| async move {
        let expires_at = expires.map(|typed| moment(&typed, domain.now())).transpose()?;
        let new = NewAccount { form, verified, admin, expires_at };
        Ok(accounts::create(&domain, &manage()?, new, &Client::local()).await?)
    })?;
    output.say("account created");
    output.data(&account, told)
}

fn list_accounts(house: &House, list: List) -> Result<(), Failure> {
    let verified = match (list.verified, list.unverified) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    let filter = Filter { search: list.search, verified, after: list.after, limit: list.limit };
    let items = house.with_domain(|domain| async move {
        let by: Allowed<ViewAccounts> = Actor::Operator.allow()?;
        Ok(accounts::list(&domain, &by, &filter).await?)
    })?;
    let full = u32::try_from(items.len()).is_ok_and(|count| count == list.limit);
    let next = items.last().filter(|_| full).map(|last| last.id);
    let page = Page { items, next };
    house.output.data(&page, |page| {
        let heading = ["E-MAIL", "NAME", "USER NAME", "GROUPS", "STATUS", "MADE", "ID"];
        output::table(&heading, page.items.iter().map(row))
    })?;
    if let Some(next) = page.next.filter(|_| !house.output.is_json()) {
        house.output.say(&format!("there may be more: --after {next}"));
    }
    Ok(())
}

fn show(house: &House, named: &Named) -> Result<(), Failure> {
    let whole = house.with_domain(|domain| async move { whole(&domain, &named.account).await })?;
    house.output.data(&whole, told_whole)
}

async fn whole(domain: &Domain, called: &str) -> Result<Whole, Failure> {
    let account = find(domain, called).await?;
    let by: Allowed<ViewAccounts> = Actor::Operator.allow()?;
    let lifetimes = lifetimes::of_person(domain, &by, account.id).await?;
    Ok(Whole { account, lifetimes })
}

fn told_whole(whole: &Whole) -> String {
    let lifetimes = whole.lifetimes.iter().map(|one| (label(one.kind), told_lifetime(one)));
    format!("{}\n\nsign-ins last\n{}", told(&whole.account), output::record(lifetimes))
}

fn remove(house: &House, delete: &Delete) -> Result<(), Failure> {
    let (called, grace) = (&delete.named.account, delete.grace);
    if !delete.yes {
        let question = if grace { "Begin the deletion of" } else { "Delete for good" };
        prompt::sure(house.output, &format!("{question} the account {called}?"))?;
    }
    let (account, leaving) = house.with_domain(|domain| async move {
        let account = find(&domain, called).await?;
        let leaving = if grace {
            accounts::ask_deletion(&domain, &manage()?, account.id, &Client::local()).await?
        } else {
            accounts::delete(&domain, &manage()?, account.id, &Client::local()).await?;
            Leaving::Erased
        };
        Ok((account, leaving))
    })?;
    let email = account.email.as_str();
    house.output.say(&match leaving {
        Leaving::Erased => format!("deleted {email}"),
        Leaving::Due(due) => format!("{email} will be erased at {due}, unless they sign in before"),
    });
    Ok(())
}

fn set_groups(house: &House, set: &Groups) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let (user, by) = (find(&domain, &set.named.account).await?.id, groups::manage()?);
        for name in &set.join {
            let joined = domain_groups::join(&domain, &by, user, name, &Client::local()).await;
            joined.map_err(|error| groups::no_group(name, error))?;
        }
        for name in &set.leave {
            domain_groups::leave(&domain, &by, user, name, &Client::local()).await?;
        }
        find(&domain, &user.to_string()).await
    })?;
    house.output.data(&account.groups, |groups| groups.join("\n"))
}

fn set_lifetimes(house: &House, set: &OwnLifetimes) -> Result<(), Failure> {
    let change = set.lifetimes.change();
    let whole = house.with_domain(|domain| async move {
        let user = find(&domain, &set.named.account).await?.id;
        if !change.is_empty() {
            lifetimes::set_for_person(&domain, &manage()?, user, &change, &Client::local()).await?;
        }
        whole(&domain, &user.to_string()).await
    })?;
    house.output.data(&whole.lifetimes, |all| {
        output::record(all.iter().map(|one| (label(one.kind), told_lifetime(one))))
    })
}

fn set_expiry(house: &House, expire: &Expire) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let account = find(&domain, &expire.named.account).await?;
        let typed = expire.at.as_deref().or(expire.within.as_deref());
        let expires_at = typed.map(|typed| moment(typed, domain.now())).transpose()?;
        accounts::set_expiry(&domain, &manage()?, account.id, expires_at, &Client::local()).await?;
        find(&domain, &account.id.to_string()).await
    })?;
    house.output.data(&account, told)
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
    house.output.data(&account, told)
}

fn readdress(house: &House, change: &Readdress) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let account = find(&domain, &change.named.account).await?;
        let (id, client) = (account.id, Client::local());
        accounts::email::replace(&domain, &manage()?, id, &change.email, change.verified, &client).await?;
        find(&domain, &id.to_string()).await
    })?;
    house.output.say(if change.verified {
        "the address was changed"
    } else {
        "the address was changed; a link to confirm it is on its way"
    });
    house.output.data(&account, told)
}

fn notifications(house: &House, choice: Notifications) -> Result<(), Failure> {
    let wanted = NoticesForm { on: choice.on, off: choice.off }.wanted()?;
    let all = house.with_domain(|domain| async move {
        let which = Which::Id(find(&domain, &choice.named.account).await?.id);
        let client = Client::local();
        Ok(if wanted.is_empty() {
            notices::choices_of(&domain, &Actor::Operator.allow()?, &which).await?
        } else {
            notices::choose_for(&domain, &manage()?, &which, &wanted, &client).await?
        })
    })?;
    house.output.data(&all, |all| {
        let state = |one: &NoticeChoice| match (one.security, one.on) {
            (true, _) => "always",
            (_, true) => "on",
            (_, false) => "off",
        };
        let row = |one: &NoticeChoice| vec![one.name.clone(), state(one).to_owned(), one.about.clone()];
        output::table(&["NOTICE", "SENT", "ABOUT"], all.iter().map(row))
    })
}

fn manage() -> Result<Allowed<ManageAccounts>, Error> {
    Actor::Operator.allow()
}

pub(super) fn view() -> Result<Allowed<ViewAccounts>, Error> {
    Actor::Operator.allow()
}

/// The account called so.
pub(crate) async fn find(domain: &Domain, called: &str) -> Result<Account, Failure> {
    let by: Allowed<ViewAccounts> = Actor::Operator.allow()?;
    match accounts::show(domain, &by, &which(called)).await {
        // What is no address and no user name is nobody's either.
        Err(Error::NotFound | Error::Invalid { .. }) => Err(Failure::NoAccount(called.to_owned())),
        other => Ok(other?),
    }
}

/// Which account a word means: an address has an @, an id is a UUID, and no user name can look like either.
fn which(called: &str) -> Which {
    match called.parse::<UserId>() {
        Ok(id) => Which::Id(id),
        Err(_) if called.contains('@') => Which::Email(called.to_owned()),
        Err(_) => Which::Username(called.to_owned()),
    }
}

fn row(account: &Account) -> Vec<String> {
    vec![
        account.email.as_str().to_owned(),
        account.name.as_str().to_owned(),
        username(account),
        account.groups.join(", "),
        status(account).to_owned(),
        account.created_at.to_string().split('T').next().unwrap_or_default().to_owned(),
        account.id.to_string(),
    ]
}

/// An account on a terminal.
pub(crate) fn told(account: &Account) -> String {
    let or_never = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    output::record([
        ("id", account.id.to_string()),
        ("e-mail", account.email.as_str().to_owned()),
        ("name", account.name.as_str().to_owned()),
        ("user name", username(account)),
        ("groups", account.groups.join(", ")),
        ("status", status(account).to_owned()),
        ("banned", account.ban.as_ref().map_or_else(|| "no".to_owned(), banned)),
        ("confirmed", or_never(account.email_verified_at)),
        ("made", account.created_at.to_string()),
        ("last sign-in", or_never(account.last_sign_in_at)),
        ("ends", or_never(account.expires_at)),
        ("erased", or_never(account.deletion_due_at)),
    ])
}

/// What keeps the person out, if anything does.
fn status(account: &Account) -> &'static str {
    match account {
        Account { ban: Some(_), .. } => "banned",
        Account { deletion_due_at: Some(_), .. } => "leaving",
        Account { email_verified_at: None, .. } => "unconfirmed",
        _ => "active",
    }
}

fn banned(ban: &Ban) -> String {
    let until = ban.until.map_or_else(|| "until it is lifted".to_owned(), |until| format!("until {until}"));
    format!("since {}, {until}: {}", ban.since, ban.reason)
}

fn username(account: &Account) -> String {
    account.username.as_ref().map_or("", |name| name.as_str()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_named_by_address_id_or_user_name() {
        assert_eq!(which("ada@example.org"), Which::Email("ada@example.org".into()));
        assert_eq!(which("ada"), Which::Username("ada".into()));
        assert!(matches!(which("01890a5d-ac96-774b-bcce-b302099a8057"), Which::Id(_)));
    }
}
