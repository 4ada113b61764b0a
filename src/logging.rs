//! Starts the log: pretty on a terminal, one JSON object a line elsewhere, always to standard error, and where the settings
//! name a folder into a file a day as well. Called once, by the command line, before a command runs.

use crate::config::{Log, LogFormat};
use crate::http::request_id::RequestId;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use tracing::{Event, Subscriber};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, format::Writer};
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, layer::SubscriberExt as _, registry::LookupSpan};

/// Starts the log of this process. `colour`: whether a terminal takes colours. A second call in one process is ignored,
/// so that tests may share one.
///
/// # Errors
/// When the folder of the settings cannot be written to.
pub(crate) fn start(log: &Log, colour: bool) -> io::Result<()> {
    let filter = || EnvFilter::try_new(log.directives()).unwrap_or_else(|_| EnvFilter::new("info"));
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !io::stderr().is_terminal(),
    };
    let files = log.folder.as_deref().map(|folder| files(folder, log.keep_files)).transpose()?;
    let mut layers = vec![layer(json, colour, io::stderr).with_filter(filter())];
    layers.extend(files.map(|files| layer(true, false, files).with_filter(filter())));
    let subscriber = Registry::default().with(layers);
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

/// Writes `vestibule.<day>.log` in `folder`, a file a day (UTC), and keeps the newest `kept`. A line is written when it is
/// logged: what is logged last, before a crash, is the most wanted.
fn files(folder: &Path, kept: u32) -> io::Result<RollingFileAppender> {
    std::fs::create_dir_all(folder)?;
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("vestibule")
        .filename_suffix("log")
        .max_log_files(usize::try_from(kept).unwrap_or(usize::MAX))
        .build(folder)
        .map_err(io::Error::other)
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
    fn a_folder_takes_a_file_a_day_and_keeps_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("log");
        std::fs::create_dir(&place).unwrap();
        for day in ["2020-01-01", "2020-01-02", "2020-01-03"] {
            std::fs::write(place.join(format!("vestibule.{day}.log")), "{}\n").unwrap();
        }
        let subscriber = Registry::default().with(layer(true, false, files(&place, 2).unwrap()));
        tracing::subscriber::with_default(subscriber, || tracing::info!(count = 2, "inside"));
        let mut kept: Vec<_> = std::fs::read_dir(&place).unwrap().map(|file| file.unwrap().path()).collect();
        kept.sort();
        assert!(
            kept.len() <= 2 && !kept.iter().any(|file| file.ends_with("vestibule.2020-01-01.log")),
            "{kept:?}"
        );
        let line = std::fs::read_to_string(kept.last().unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["message"], "inside");
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
