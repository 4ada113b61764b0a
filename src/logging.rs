//! Starts the log: pretty on a terminal, one JSON object a line elsewhere, always to standard error. Called once, by the
//! command line, before a command runs.

use crate::config::{Log, LogFormat};
use std::io::{self, IsTerminal as _};
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, layer::SubscriberExt as _};

/// Starts the log of this process. `colour`: whether a terminal takes colours. A second call in one process is ignored,
/// so that tests may share one.
pub(crate) fn start(log: &Log, colour: bool) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !io::stderr().is_terminal(),
    };
    let subscriber = Registry::default().with(layer(json, colour, io::stderr).with_filter(filter));
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Writes events as JSON or for a terminal. What came from outside is escaped in both (C74).
fn layer<W>(json: bool, colour: bool, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    if json {
        fmt::layer().json().flatten_event(true).with_writer(writer).boxed()
    } else {
        fmt::layer().compact().with_ansi(colour).with_writer(writer).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn c74_nothing_logged_ends_its_line_or_paints_a_terminal() {
        let hostile = "a\u{1b}[31m\r\n{\"level\":\"ERROR\"}\u{1b}[2J\u{7}";
        for json in [true, false] {
            let lines = Lines::default();
            let writer = lines.clone();
            let subscriber = Registry::default().with(layer(json, false, move || writer.clone()));
            tracing::subscriber::with_default(subscriber, || {
                let _span = tracing::info_span!("request", id = hostile).entered();
                tracing::info!(path = hostile, cause = ?hostile, "answered");
            });
            let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
            assert_eq!(text.matches('\n').count(), 1, "{text:?}");
            assert!(text.trim_end().chars().all(|c| !c.is_ascii_control()), "{text:?}");
            assert!(!json || serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text:?}");
        }
    }
}
