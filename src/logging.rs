//! Starts the log: pretty on a terminal, one JSON object a line elsewhere, always to standard error. Called once, by the
//! command line, before a command runs.

use crate::config::{Log, LogFormat};
use crate::http::request_id::RequestId;
use std::io::{self, IsTerminal as _};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, format::Writer};
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, layer::SubscriberExt as _, registry::LookupSpan};

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
        let layer = fmt::layer().json().flatten_event(true).with_writer(writer);
        layer.map_event_format(|lines| OfRequest { lines, json }).boxed()
    } else {
        let layer = fmt::layer().compact().with_ansi(colour).with_writer(writer);
        layer.map_event_format(|lines| OfRequest { lines, json }).boxed()
    }
}

/// Adds the request's id to every line that is written while one is answered. A span for each request would do the same
/// and cost every request what only those pay here that log something.
struct OfRequest<F> {
    lines: F,
    json: bool,
}

impl<S, N, F> FormatEvent<S, N> for OfRequest<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let Some(id) = RequestId::present() else {
            return self.lines.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.lines.format_event(context, Writer::new(&mut line), event)?;
        let (end, before, after) =
            if self.json { ("}\n", ",\"request_id\":\"", "\"}\n") } else { ("\n", " request_id=", "\n") };
        // An id is a plain word: nothing in it must be escaped.
        writer.write_str(line.strip_suffix(end).unwrap_or(&line))?;
        [before, id.as_str(), after].into_iter().try_for_each(|part| writer.write_str(part))
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
                let _span = tracing::info_span!("work", id = hostile).entered();
                let log = || tracing::info!(path = hostile, cause = ?hostile, "answered");
                RequestId::of(&http::HeaderMap::new()).during(log);
            });
            let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
            assert_eq!(text.matches('\n').count(), 1, "{text:?}");
            assert!(text.trim_end().chars().all(|c| !c.is_ascii_control()), "{text:?}");
            assert!(!json || serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn what_a_request_logs_carries_its_id() {
        let given: http::HeaderMap =
            [(crate::http::request_id::REQUEST_ID, "proxy-1234.5_6".parse().unwrap())].into_iter().collect();
        for json in [true, false] {
            let lines = Lines::default();
            let writer = lines.clone();
            let subscriber = Registry::default().with(layer(json, false, move || writer.clone()));
            tracing::subscriber::with_default(subscriber, || {
                RequestId::of(&given).during(|| tracing::info!(count = 2, "inside"));
                tracing::info!("outside");
            });
            let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
            let (inside, outside) = text.trim_end().split_once('\n').unwrap();
            assert!(!outside.contains("request_id"), "{outside}");
            if json {
                let inside: serde_json::Value = serde_json::from_str(inside).unwrap();
                assert_eq!(
                    (&inside["request_id"], &inside["message"], &inside["count"]),
                    (&"proxy-1234.5_6".into(), &"inside".into(), &2.into())
                );
            } else {
                assert!(inside.ends_with("count=2 request_id=proxy-1234.5_6"), "{inside}");
            }
        }
    }
}
