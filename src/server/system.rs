//! What this process tells about itself to those who look after it: its settings as they hold, and what `doctor` finds now.

use crate::cli::doctor;
use crate::config::{self, Loaded};
use serde_json::Value;
use std::sync::Arc;
use vestibule_app::server::system::{Setting, System};

/// The settings of this process, and the way to look at everything.
pub(super) fn of(loaded: &Loaded) -> System {
    let settings = loaded.shown().into_iter().map(|shown| Setting {
        variable: config::variable(&shown.key),
        about: config::about(&shown.key),
        key: shown.key,
        value: shown.value.map(|value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        }),
        origin: shown.origin,
    });
    let (held, file) = (Arc::new(loaded.settings.clone()), loaded.file.clone());
    let examine = move || {
        let (held, file) = (Arc::clone(&held), file.clone());
        let work: std::pin::Pin<Box<dyn Future<Output = _> + Send>> =
            Box::pin(async move { doctor::of_server(&held, file.as_deref()).await });
        work
    };
    System { settings: settings.collect(), examine: Arc::new(examine) }
}
