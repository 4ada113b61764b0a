//! `user create`: an account without a mail.

use super::manage;
use super::pairs::{Pair, fields, pair};
use super::shown::told;
use crate::cli::lifetimes::moment;
use crate::cli::{Failure, house::House, prompt};
use clap::Args;
use vestibule_domain::Client;
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::error::Problems;

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
    /// A field that this program declares: company=ACME; can be repeated
    #[arg(long = "field", value_name = "FIELD=VALUE", value_parser = pair)]
    fields: Vec<Pair>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

/// Makes an account.
pub(super) fn create(house: &House, new: Create) -> Result<(), Failure> {
    let output = house.output;
    let or_ask = |given: Option<String>, question: &str, instead: &str| match given {
        Some(given) => Ok(given),
        None => prompt::text(output, question, instead),
    };
    let mut form = RegisterForm {
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
    let (verified, admin, expires, pairs) = (new.verified, new.admin, new.expires, new.fields);
    let account = house.with_domain(|domain| async move {
        let expires_at = expires.map(|typed| moment(&typed, domain.now())).transpose()?;
        let mut problems = Problems::default();
        let typed = fields(&domain, &mut problems, &pairs);
        problems.check()?;
        form.fields = typed.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let new = NewAccount { form, verified, admin, expires_at };
        Ok(accounts::create(&domain, &manage()?, new, &Client::local()).await?)
    })?;
    output.say("account created");
    output.data(&account, told)
}
