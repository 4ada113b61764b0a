//! Starts the log: pretty on a terminal, one JSON object a line elsewhere, always to standard error. Called once, by the
//! command line, before a command runs.

use crate::config::{Log, LogFormat};
use std::io::{self, IsTerminal as _};
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt, layer::SubscriberExt as _};

/// Starts the log of this process. `colour`: whether a terminal takes colours. A second call in one process is ignored,
/// so that tests may share one.
pub(crate) fn start(log: &Log, colour: bool) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !io::stderr().is_terminal(),
    };
    let layer = if json {
        fmt::layer().json().flatten_event(true).with_writer(io::stderr).boxed()
    } else {
        fmt::layer().compact().with_ansi(colour).with_writer(io::stderr).boxed()
    };
    let subscriber = Registry::default().with(layer.with_filter(filter));
    let _ = tracing::subscriber::set_global_default(subscriber);
}
