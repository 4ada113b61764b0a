//! `user many`: the same done to many accounts, by whoever can run the program on the data itself.

use super::{find, view};
use crate::cli::failure::refusal;
use crate::cli::lifetimes::moment;
use crate::cli::{Failure, house::House, output, prompt};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Read as _};
use vestibule_domain::{Client, accounts};
use vestibule_model::UserId;
use vestibule_model::people::{DeedKind, ManyForm, Outcome};

/// Most bytes of a list of accounts.
const LONGEST: u64 = 1024 * 1024;

/// What to do, and to whom.
#[derive(Args, Debug)]
#[command(after_help = "Example: user many ban ada@example.org bob --reason \"Spam in profiles\" --for 7d
         user many delete - --yes < addresses.txt")]
pub(crate) struct Many {
    /// What is done
    deed: Act,
    /// E-mail addresses, user names or ids; `-` reads them from standard input, one a line
    #[arg(value_name = "ACCOUNT", required = true)]
    accounts: Vec<String>,
    /// Why, in words that they are shown; for `ban`
    #[arg(long)]
    reason: Option<String>,
    /// Lift the ban after so long: 12h, 7d, 90d
    #[arg(long = "for", value_name = "SPAN", conflicts_with = "until")]
    span: Option<String>,
    /// Lift the ban at this moment: 2026-12-24, or 2026-12-24T18:00:00Z
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Which group; for `join` and `leave`
    #[arg(long)]
    group: Option<String>,
    /// Do not ask before accounts are deleted
    #[arg(long, short)]
    yes: bool,
}

/// What can be done to many.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Act {
    /// Ban them
    Ban,
    /// Lift their bans
    Unban,
    /// Count their addresses as confirmed
    Verify,
    /// End their sessions
    SignOut,
    /// Put them into a group
    Join,
    /// Take them out of a group
    Leave,
    /// Erase their accounts for good
    Delete,
}

impl From<Act> for DeedKind {
    fn from(act: Act) -> Self {
        match act {
            Act::Ban => Self::Ban,
            Act::Unban => Self::Unban,
            Act::Verify => Self::Verify,
            Act::SignOut => Self::SignOut,
            Act::Join => Self::Join,
            Act::Leave => Self::Leave,
            Act::Delete => Self::Delete,
        }
    }
}

/// What became of one of them, as `--json` tells it.
#[derive(Serialize)]
struct Became {
    account: String,
    id: UserId,
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip)]
    why: String,
}

impl Became {
    fn of(outcome: &Outcome, called: &BTreeMap<UserId, String>) -> Self {
        Self {
            account: called.get(&outcome.user).cloned().unwrap_or_default(),
            id: outcome.user,
            done: outcome.error.is_none(),
            code: outcome.error.as_ref().map(|error| error.code().to_owned()),
            why: outcome.error.as_ref().map_or_else(|| "done".to_owned(), refusal),
        }
    }
}

/// Does it. Everybody is looked up before anything is done to anybody.
pub(super) fn many(house: &House, given: Many) -> Result<(), Failure> {
    let named = names(&given.accounts)?;
    let kind = DeedKind::from(given.deed);
    if kind == DeedKind::Delete && !given.yes {
        prompt::sure(house.output, &format!("Delete {} accounts for good?", named.len()))?;
    }
    let told = house.with_domain(|domain| async move {
        let mut called = BTreeMap::new();
        for name in named {
            called.insert(find(&domain, &name).await?.id, name);
        }
        let typed = given.until.or(given.span);
        let until = typed.map(|typed| moment(&typed, domain.now())).transpose()?;
        let users = called.keys().copied().collect();
        let form = ManyForm { deed: kind, users, reason: given.reason, until, group: given.group };
        let outcomes = accounts::do_to_many(&domain, &view()?, form, &Client::local()).await?;
        Ok(outcomes.iter().map(|one| Became::of(one, &called)).collect::<Vec<_>>())
    })?;
    house.output.data(&told, |told| {
        let rows = told.iter().map(|one| [one.account.clone(), one.why.clone()]);
        output::table(&["ACCOUNT", "OUTCOME"], rows)
    })?;
    if told.iter().all(|one| one.done) { Ok(()) } else { Err(Failure::Found) }
}

/// The accounts that are meant, `-` replaced by what standard input says.
fn names(given: &[String]) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for one in given {
        if one == "-" {
            let mut text = String::new();
            let read = io::stdin().lock().take(LONGEST).read_to_string(&mut text);
            read.map_err(|cause| Failure::Io("standard input".into(), cause))?;
            names.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
        } else {
            names.push(one.clone());
        }
    }
    Ok(names)
}
