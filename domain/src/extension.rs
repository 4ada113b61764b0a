//! What a project adds to the domain without forking it. Called by the areas; implemented by projects.

use crate::{db::Tx, events::Event};
use std::{future::Future, pin::Pin};
use vestibule_model::{Result, groups::PermissionInfo};

/// A project's additions. Every method has a default, so that an extension states only what it brings.
pub trait Extension: Send + Sync + 'static {
    /// The extension's name: the area of its permissions. Unique in a program, and not one of the product's own areas.
    fn name(&self) -> &'static str;

    /// The permissions it declares; each begins with the extension's name and a colon.
    fn permissions(&self) -> Vec<PermissionInfo> {
        Vec::new()
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
