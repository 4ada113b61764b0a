//! Accounts: registering, confirming an address, making, listing and deleting. Called by server functions, REST and CLI.

use crate::{Actor, Allowed, Client, Domain, Person};
use vestibule_model::accounts::{Account, Me, RegisterForm};
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::{Result, Secret, UserId};

/// An account to be made by an operator or administrator.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Address, password, name and handle.
    pub form: RegisterForm,
    /// Whether the address counts as confirmed.
    pub verified: bool,
    /// Whether the person becomes an administrator.
    pub admin: bool,
}

/// Which account an operator means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// By id.
    Id(UserId),
    /// By address, in any spelling that has the same canonical form.
    Email(String),
    /// By user name.
    Username(String),
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of an address, name or user name; wildcards in it are literal.
    pub search: Option<String>,
    /// Only those whose address is (not) confirmed.
    pub verified: Option<bool>,
    /// After this account, in the order of making, newest first.
    pub after: Option<UserId>,
    /// At most so many, 1 to 100.
    pub limit: u32,
}

/// Registers a stranger. The answer is the same whether the address is new or known; a mail says the rest.
pub async fn register(domain: &Domain, form: RegisterForm, client: &Client) -> Result<()> { todo!() }
/// Confirms an address by the token of a mailed link; a token works once.
pub async fn verify(domain: &Domain, token: &Secret, client: &Client) -> Result<()> { todo!() }
/// Sends the verification link again; silent when there is nothing to send.
pub async fn resend_verification(domain: &Domain, email: &str, client: &Client) -> Result<()> { todo!() }
/// What the owner of an account sees of it.
pub async fn me(domain: &Domain, person: &Person) -> Result<Me> { todo!() }
/// Deletes the owner's account for good.
pub async fn delete_own(domain: &Domain, person: &Person, password: &Secret, client: &Client) -> Result<()> { todo!() }
/// Makes an account.
pub async fn create(domain: &Domain, by: &Allowed<ManageAccounts>, new: NewAccount, client: &Client) -> Result<Account> { todo!() }
/// One page of accounts, newest first.
pub async fn list(domain: &Domain, by: &Allowed<ViewAccounts>, filter: &Filter) -> Result<Vec<Account>> { todo!() }
/// One account.
pub async fn show(domain: &Domain, by: &Allowed<ViewAccounts>, which: &Which) -> Result<Account> { todo!() }
/// Confirms an account's address without a mail.
pub async fn mark_verified(domain: &Domain, by: &Allowed<ManageAccounts>, user: UserId, client: &Client) -> Result<()> { todo!() }
/// Deletes an account for good.
pub async fn delete(domain: &Domain, by: &Allowed<ManageAccounts>, user: UserId, client: &Client) -> Result<()> { todo!() }
