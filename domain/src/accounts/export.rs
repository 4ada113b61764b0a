//! Everything about a person, for the person: each area brings its part, and so does each extension. Secrets, hashes and
//! tokens are in none of them. Called by the page `/account/data`, by REST and by the CLI.
//!
//! A test compares the tables that point to an account with the parts named here: whoever adds such a table adds it to a
//! part, or the test fails.

use super::{email, exports, hold_for, notes, nudges, store};
use crate::events::{self, Event};
use crate::{
    Actor, Allowed, Client, Domain, Person, abuse, audit, auth, bans, error::Internal, groups, keys, mail,
    notices, profiles, quotas, sessions, social,
};
use serde_json::{Map, Value, json};
use std::pin::Pin;
use vestibule_model::groups::ManageAccounts;
use vestibule_model::{Error, Result, UserId};

/// A part being read.
type Reading<'a> = Pin<Box<dyn Future<Output = Result<Value>> + Send + 'a>>;

/// What one area keeps about a person.
struct Part {
    /// The field of the document.
    name: &'static str,
    /// The tables it tells of.
    tables: &'static [&'static str],
    read: for<'a> fn(&'a Domain, UserId) -> Reading<'a>,
}

/// Every area's part, in the order of the document.
const PARTS: &[Part] = &[
    // The words that somebody is found by say nothing that the account does not.
    Part {
        name: "account",
        tables: &["users", "user_terms"],
        read: |domain, user| Box::pin(own_account(domain, user)),
    },
    Part {
        name: "addresses",
        tables: &["email_changes"],
        read: |domain, user| Box::pin(email::own_data(domain, user)),
    },
    Part {
        name: "profile",
        tables: &[
            "profiles",
            "profile_links",
            "profile_visibility",
            "avatars",
            "user_field_values",
            "former_usernames",
        ],
        read: |domain, user| Box::pin(profiles::own_data(domain, user)),
    },
    Part {
        name: "groups",
        tables: &["group_members"],
        read: |domain, user| Box::pin(groups::own_data(domain, user)),
    },
    Part {
        name: "lifetimes",
        tables: &["user_lifetimes"],
        read: |domain, user| Box::pin(sessions::lifetimes::own_data(domain, user)),
    },
    Part {
        name: "sessions",
        tables: &["sessions"],
        read: |domain, user| Box::pin(sessions::own_data(domain, user)),
    },
    Part {
        name: "api_keys",
        tables: &["api_keys"],
        read: |domain, user| Box::pin(keys::own_data(domain, user)),
    },
    Part {
        name: "identities",
        tables: &["identities", "social_flows", "native_codes"],
        read: |domain, user| Box::pin(social::own_data(domain, user)),
    },
    Part {
        name: "dismissed",
        tables: &["dismissed_nudges"],
        read: |domain, user| Box::pin(nudges::own_data(domain, user)),
    },
    Part {
        name: "exports",
        tables: &["exports"],
        read: |domain, user| Box::pin(exports::own_data(domain, user)),
    },
    Part {
        name: "notes",
        tables: &["user_notes"],
        read: |domain, user| Box::pin(notes::own_data(domain, user)),
    },
    Part {
        name: "abuse",
        tables: &["abuse_scores"],
        read: |domain, user| Box::pin(abuse::own_data(domain, user)),
    },
    Part { name: "bans", tables: &["bans"], read: |domain, user| Box::pin(bans::own_data(domain, user)) },
    Part {
        name: "sign_in",
        tables: &["links", "password_history", "attempts"],
        read: |domain, user| Box::pin(auth::own_data(domain, user)),
    },
    Part {
        name: "usage",
        tables: &["quota_overrides", "quota_ledger", "quota_usage"],
        read: |domain, user| Box::pin(quotas::own_data(domain, user)),
    },
    Part {
        name: "notices",
        tables: &["notice_choices", "known_devices"],
        read: |domain, user| Box::pin(notices::own_data(domain, user)),
    },
    Part { name: "mail", tables: &["outbox"], read: |domain, user| Box::pin(mail::own_data(domain, user)) },
    Part {
        name: "history",
        tables: &["audit"],
        read: |domain, user| Box::pin(audit::own_data(domain, user)),
    },
];

/// Everything this site keeps about the person who asks, as one JSON document.
///
/// # Errors
/// None but those of the database and of extensions.
pub async fn export(domain: &Domain, person: &Person, client: &Client) -> Result<Value> {
    written(domain, person.user, &Actor::Person(person.clone()), client).await
}

/// Everything this site keeps about somebody, as they would get it themselves: for people who ask for it in writing.
///
/// # Errors
/// [`Error::NotFound`], [`Error::NotAllowed`] for an administrator's when asked by somebody who is none, and as [`export`].
pub async fn export_of(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    client: &Client,
) -> Result<Value> {
    // Asked in a transaction that ends here: what is read afterwards need not wait for anybody.
    let mut tx = domain.begin().await?;
    hold_for(&mut tx, by.by(), user).await?;
    drop(tx);
    written(domain, user, by.by(), client).await
}

async fn written(domain: &Domain, user: UserId, by: &Actor, client: &Client) -> Result<Value> {
    let document = document(domain, user).await?;
    let mut tx = domain.begin().await?;
    events::emit(domain, &mut tx, by, client, Event::DataExported { user }).await?;
    tx.commit().await.internal()?;
    Ok(document)
}

/// Everything this site keeps about somebody; that it was read is noted by whoever hands it out.
///
/// # Errors
/// [`Error::BadToken`] for an account that is gone.
pub(super) async fn document(domain: &Domain, user: UserId) -> Result<Value> {
    let mut document = Map::new();
    document.insert("site".to_owned(), json!(domain.site_name()));
    document.insert("exported_at".to_owned(), json!(domain.now()));
    for part in PARTS {
        document.insert(part.name.to_owned(), (part.read)(domain, user).await?);
    }
    for extension in domain.extensions() {
        if let Some(part) = extension.own_data(domain, user).await? {
            document.insert(extension.name().to_owned(), part);
        }
    }
    Ok(Value::Object(document))
}

/// The names under which [`export`] tells of the product's own areas, and what stands beside them.
pub(crate) fn exported_names() -> impl Iterator<Item = &'static str> {
    ["site", "exported_at"].into_iter().chain(PARTS.iter().map(|part| part.name))
}

/// The tables that [`export`] tells of, extensions' among them.
pub fn exported_tables(domain: &Domain) -> Vec<&'static str> {
    let own = PARTS.iter().flat_map(|part| part.tables).copied();
    own.chain(domain.extensions().iter().flat_map(|extension| extension.own_tables()).copied()).collect()
}

async fn own_account(domain: &Domain, user: UserId) -> Result<Value> {
    let user = store::by_id(domain.db(), user).await?.ok_or(Error::BadToken)?;
    Ok(json!({
        "id": user.id,
        "email": user.email,
        "email_verified_at": user.email_verified_at,
        "name": user.name,
        "username": user.username,
        "created_at": user.created_at,
        "password_changed_at": user.password_changed_at,
        "last_sign_in_at": user.last_sign_in_at,
        "expires_at": user.expires_at,
        "deactivated_at": user.deactivated_at,
        "deletion_due_at": user.deletion_due_at,
    }))
}
