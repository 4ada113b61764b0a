//! `user sessions`: where somebody is signed in, and ending that. What ends here is refused by a running server from its
//! next request on.

use super::{Named, find, manage, view};
use crate::cli::{Failure, house::House, output};
use clap::Args;
use vestibule_domain::{Client, sessions};
use vestibule_model::sessions::{Session, SessionKind};
use vestibule_model::{Error, SessionId};

/// Whose sessions, and which of them to end.
#[derive(Args, Debug)]
#[command(after_help = "Example: user sessions ada@example.org --all")]
pub(crate) struct Sessions {
    #[command(flatten)]
    named: Named,
    /// End this one
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    end: Option<SessionId>,
    /// End all of them
    #[arg(long)]
    all: bool,
}

/// Shows where somebody is signed in, after ending one session or all.
pub(super) fn sessions(house: &House, which: &Sessions) -> Result<(), Failure> {
    let (said, left) = house.with_domain(|domain| async move {
        let user = find(&domain, &which.named.account).await?.id;
        let said = match which.end {
            Some(one) => match sessions::end_of(&domain, &manage()?, user, one, &Client::local()).await {
                Err(Error::NotFound) => return Err(Failure::NoSession(one.to_string())),
                ended => ended.map(|()| Some("the session has ended".to_owned()))?,
            },
            None if which.all => {
                let ended = sessions::end_all_of(&domain, &manage()?, user, &Client::local()).await?;
                Some(format!("signed out everywhere: {ended} sessions have ended"))
            }
            None => None,
        };
        Ok((said, sessions::list_of(&domain, &view()?, user).await?))
    })?;
    if let Some(said) = said {
        house.output.say(&said);
    }
    house.output.data(&left, |left| {
        let heading = ["DEVICE", "NAME", "KIND", "ADDRESS", "MADE", "LAST USED", "ID"];
        output::table(&heading, left.iter().map(row))
    })
}

fn row(session: &Session) -> Vec<String> {
    let kind = match session.kind {
        SessionKind::Browser => "browser",
        SessionKind::Api => "api",
    };
    vec![
        session.device.clone(),
        session.name.as_ref().map(ToString::to_string).unwrap_or_default(),
        kind.to_owned(),
        session.address.clone().unwrap_or_default(),
        session.created_at.to_string(),
        session.last_seen_at.to_string(),
        session.id.to_string(),
    ]
}
