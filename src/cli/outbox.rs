//! `mail outbox|retry|cancel`: which mails wait, left and failed, and what to do about them. Works beside a running server,
//! whose worker sends what is tried again.

use super::{Failure, house::House, output};
use clap::Args;
use vestibule_domain::mail::outbox;
use vestibule_domain::{Actor, Allowed, Client};
use vestibule_model::groups::ManageMail;
use vestibule_model::listing::{Cursor, Limit, Page};
use vestibule_model::mail::{MailStatus, OutboxFilter, OutboxMail};
use vestibule_model::{Error, Timestamp};

/// What to list.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only mails of this state: queued, dead, sent or expired
    #[arg(long, value_parser = status)]
    status: Option<MailStatus>,
    /// Only mails to this address
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// At most so many, 1 to 100
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// Go on where the list before ended
    #[arg(long)]
    cursor: Option<String>,
}

fn status(text: &str) -> Result<MailStatus, String> {
    text.parse().map_err(|_| "queued, dead, sent or expired".to_owned())
}

/// What to try again.
#[derive(Args, Debug)]
pub(crate) struct Retry {
    /// The mail's id
    #[arg(required_unless_present = "failed")]
    id: Option<String>,
    /// Every mail that was given up
    #[arg(long, conflicts_with = "id")]
    failed: bool,
}

fn may() -> Result<Allowed<ManageMail>, Error> {
    Actor::Operator.allow()
}

/// Lists mails.
pub(super) fn list(house: &House, list: List) -> Result<(), Failure> {
    let fits = |field: &'static str| move |problem| Error::invalid(field, problem);
    let limit = Limit::new(list.limit).map_err(fits("limit"))?;
    let cursor = list.cursor.as_deref().map(Cursor::parse).transpose().map_err(fits("cursor"))?;
    let page = Page { limit, cursor, total: false };
    let filter = OutboxFilter { status: list.status, recipient: list.to };
    let listed = house
        .with_domain(|domain| async move { Ok(outbox::list(&domain, &may()?, &filter, &page).await?) })?;
    house.output.data(&listed, |listed| {
        let heading = ["WRITTEN", "MAIL", "TO", "STATE", "TRIES", "NEXT TRY", "WHY", "ID"];
        output::table(&heading, listed.items.iter().map(row))
    })?;
    if let Some(next) = listed.next.filter(|_| !house.output.is_json()) {
        house.output.say(&format!("there is more: --cursor {next}"));
    }
    Ok(())
}

fn row(mail: &OutboxMail) -> Vec<String> {
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let why = [mail.failure.clone(), mail.failure_detail.clone()];
    vec![
        mail.created_at.to_string(),
        mail.kind.clone(),
        mail.recipient.clone(),
        mail.status.name().to_owned(),
        mail.attempts.to_string(),
        at(mail.next_try_at),
        why.into_iter().flatten().collect::<Vec<_>>().join(": "),
        mail.id.clone(),
    ]
}

/// Tries mail again.
pub(super) fn retry(house: &House, retry: &Retry) -> Result<(), Failure> {
    let id = retry.id.as_deref();
    let count = house.with_domain(|domain| async move {
        let Some(id) = id else { return Ok(outbox::retry_failed(&domain, &may()?, &Client::local()).await?) };
        outbox::retry(&domain, &may()?, id, &Client::local()).await?;
        Ok(1)
    })?;
    house.output.say(&format!("{count} tried again by the server that runs, or once one does"));
    Ok(())
}

/// Stops a mail.
pub(super) fn cancel(house: &House, id: &str) -> Result<(), Failure> {
    house.with_domain(|domain| async move {
        Ok(outbox::cancel(&domain, &may()?, id, &Client::local()).await?)
    })?;
    house.output.say("it will not be sent");
    Ok(())
}
