//! `key create` and `key rotate`: the two commands that print a key. It goes to standard output, so that it can be piped to
//! where it belongs; everything else that is said goes to standard error.

use super::{Named, find, manage, no_key, users};
use crate::cli::lifetimes::moment;
use crate::cli::{Failure, house::House};
use clap::Args;
use vestibule_domain::{Client, keys};
use vestibule_model::Timestamp;
use vestibule_model::keys::{KeyForm, NewSecret, RotateForm};

/// When a key ends.
#[derive(Args, Debug)]
struct Ends {
    /// End it after so many days, 1 to 3650
    #[arg(long, value_name = "DAYS", conflicts_with_all = ["until", "never"])]
    days: Option<u32>,
    /// End it at this moment: 2027-12-24, or 2027-12-24T18:00:00Z
    #[arg(long, value_name = "DATE", conflicts_with = "never")]
    until: Option<String>,
    /// Never end it: whoever finds it can use it until somebody notices
    #[arg(long)]
    never: bool,
}

impl Ends {
    fn at(&self, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
        self.until.as_deref().map(|typed| moment(typed, now)).transpose()
    }
}

/// Whose key to make, and what it may.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: key create ada@example.org --name \"Nightly backup\" --scope accounts:view --read-only --days 90"
)]
pub(crate) struct Create {
    /// E-mail address, user name or id of its owner
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// What it is for
    #[arg(long)]
    name: String,
    /// A permission it may use while its owner holds it; may come several times
    #[arg(long, value_name = "PERMISSION")]
    scope: Vec<String>,
    /// Let it read only
    #[arg(long)]
    read_only: bool,
    /// An address or network it may be used from; may come several times
    #[arg(long, value_name = "NETWORK")]
    network: Vec<String>,
    #[command(flatten)]
    ends: Ends,
}

/// Makes a key and prints it.
pub(super) fn create(house: &House, new: Create) -> Result<(), Failure> {
    let made = house.with_domain(|domain| async move {
        let user = users::find(&domain, &new.account).await?.id;
        let form = KeyForm {
            name: new.name,
            scopes: new.scope,
            read_only: new.read_only,
            networks: new.network,
            expires_in_days: new.ends.days,
            expires_at: new.ends.at(domain.now())?,
            never: new.ends.never,
        };
        Ok(keys::create_for(&domain, &manage()?, user, form, &Client::local()).await?)
    })?;
    print(house, &made)
}

/// Which key to give a new secret, and how long the old one goes on holding.
#[derive(Args, Debug)]
#[command(after_help = "Example: key rotate vst_02QZ9wDcNq5bRm0tKxJvLf --overlap 24")]
pub(crate) struct Rotate {
    #[command(flatten)]
    named: Named,
    /// Hours for which the old secret goes on holding, 0 to 168
    #[arg(long, value_name = "HOURS")]
    overlap: u32,
    #[command(flatten)]
    ends: Ends,
}

/// Gives a key a new secret and prints it.
pub(super) fn rotate(house: &House, rotate: &Rotate) -> Result<(), Failure> {
    let made = house.with_domain(|domain| async move {
        let key = find(&domain, &rotate.named.which).await?;
        let form = RotateForm {
            overlap_hours: rotate.overlap,
            expires_in_days: rotate.ends.days,
            expires_at: rotate.ends.at(domain.now())?,
            never: rotate.ends.never,
        };
        keys::rotate_of(&domain, &manage()?, (key.owner, key.id), form, &Client::local())
            .await
            .map_err(|error| no_key(&rotate.named.which, error))
    })?;
    if let Some(until) = made.key.previous_until {
        house.output.say(&format!("the old secret holds until {until}"));
    }
    print(house, &made)
}

fn print(house: &House, made: &NewSecret) -> Result<(), Failure> {
    let ends = made.key.expires_at.map_or_else(|| "never ends".to_owned(), |end| format!("ends on {end}"));
    house.output.say(&format!("the key {} {ends}; it is printed this once", made.key.begins_with));
    house.output.data(made, |made| made.secret.expose().to_owned())
}
