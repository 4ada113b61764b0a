//! What a project adds to the domain without forking it. Called by the areas; implemented by projects.

use crate::{Domain, db::Tx, events::Event, social::Provider};
use serde_json::Value;
use std::{future::Future, pin::Pin, sync::Arc};
use vestibule_model::limits::Limit;
use vestibule_model::{Result, UserId, groups::PermissionInfo, profiles::UserField, quotas::Quota};

/// A project's additions. Every method has a default, so that an extension states only what it brings.
pub trait Extension: Send + Sync + 'static {
    /// The extension's name: the area of its permissions. Unique in a program, and not one of the product's own areas.
    fn name(&self) -> &'static str;

    /// The permissions it declares; each begins with the extension's name and a colon.
    fn permissions(&self) -> Vec<PermissionInfo> {
        Vec::new()
    }

    /// The fields it adds to every account: they appear in sign-up, profile, REST and on the command line.
    fn user_fields(&self) -> Vec<UserField> {
        Vec::new()
    }

    /// The rate limits it states, for endpoints of its own tags or of others. Settings and administrators change them.
    fn limits(&self) -> Vec<Limit> {
        Vec::new()
    }

    /// The quotas it states. The settings, and what is set at run time, go before them.
    fn quotas(&self) -> Vec<Quota> {
        Vec::new()
    }

    /// Those by whose sign-in people sign in here, beside those of the settings. What `[providers.NAME]` says of people who
    /// come from one holds for these as well.
    fn providers(&self) -> Vec<Arc<dyn Provider>> {
        Vec::new()
    }

    /// What it keeps about a person, for the person's own copy of everything about them; nothing when it keeps nothing.
    /// It stands in the document under the extension's name and holds no secrets.
    ///
    /// What it keeps must go when the account goes: by a foreign key that cascades, or on
    /// [`Event::AccountDeleted`] in [`on`](Self::on).
    fn own_data<'a>(
        &'a self,
        domain: &'a Domain,
        user: UserId,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Value>>> + Send + 'a>> {
        let _ = (domain, user);
        Box::pin(async { Ok(None) })
    }

    /// The tables of which [`own_data`](Self::own_data) tells.
    fn own_tables(&self) -> &'static [&'static str] {
        &[]
    }

    /// Takes part in the transaction of `event`: what it writes is kept or lost with the event, and an error refuses it.
    fn on<'a>(
        &'a self,
        event: &'a Event,
        tx: &'a mut Tx,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        let _ = (event, tx);
        Box::pin(async { Ok(()) })
    }
}
