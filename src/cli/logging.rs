//! The log: one line for each event on standard error, as text for people or JSON for machines.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::{MakeWriter, SubscriberBuilder};
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use super::config::{Log, LogFormat};
use crate::domain::masked::masked;

/// Starts the log of this process, panics included.
///
/// # Errors
/// When a log was started before; there can be one.
pub fn init(log: &Log) -> Result<(), TryInitError> {
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    subscriber(log, std::io::stderr, colours).try_init()?;
    log_panics();
    Ok(())
}

/// A log that writes to `writer`; `colours` are for terminals, and for text only.
pub fn subscriber<W>(log: &Log, writer: W, colours: bool) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // The level was checked when the configuration was read; should the two ever disagree, a log
    // at the usual level is better than none.
    // The HTTP library calls every malformed request an error, so that any client could fill the
    // log; a level given for it in the configuration comes later and wins.
    let filter = EnvFilter::try_new(format!("actix_http=off,{}", log.level))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = SubscriberBuilder::default()
        .with_writer(writer)
        .with_env_filter(filter);
    match log.format {
        LogFormat::Text => Box::new(builder.with_ansi(colours).finish()),
        LogFormat::Json => Box::new(
            builder
                .json()
                .flatten_event(true)
                .with_current_span(true)
                .with_span_list(false)
                .finish(),
        ),
    }
}

/// Sends panics to the log, so that a reader of JSON lines sees them too; without the values that
/// their messages quote.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let backtrace = std::backtrace::Backtrace::capture();
        tracing::error!(
            place = place.as_deref().unwrap_or("unknown"),
            %backtrace,
            "panic: {}",
            masked(panic.payload_as_str().unwrap_or("no message")),
        );
    }));
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex, PoisonError};

    use super::super::config::{Log, LogFormat};
    use super::subscriber;

    /// A writer that keeps what it gets.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: &str) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = Log {
            format,
            level: level.to_owned(),
        };
        let subscriber = subscriber(&log, move || writer.clone(), false);
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request", request_id = "r1");
            let _inside = span.enter();
            tracing::info!(rows = 3, "loaded");
            tracing::debug!("hidden");
        });
        let bytes = kept
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn json_is_one_object_in_a_line() {
        let text = logged(LogFormat::Json, "info");
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(line["message"], "loaded");
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["rows"].to_string(), "3");
        assert_eq!(line["span"]["request_id"], "r1");
        assert!(line["timestamp"].is_string());
    }

    #[test]
    fn text_has_no_escapes_outside_terminals() {
        let text = logged(LogFormat::Text, "info");
        assert!(text.contains("loaded") && text.contains("rows=3"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn the_level_selects() {
        assert!(logged(LogFormat::Text, "debug").contains("hidden"));
        assert!(!logged(LogFormat::Text, "info").contains("hidden"));
        assert_eq!(logged(LogFormat::Text, "off"), "");
    }
}
