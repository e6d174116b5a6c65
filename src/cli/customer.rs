//! `tollgate customer`, and the customers of `tollgate seed`.

use std::io::{BufRead, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::Failure;
use super::args::{Customer, ImportCustomers};
use super::config::Config;
use crate::behaviour::transfer::customers::{Command, Summary};
use crate::domain::clock::Clock;
use crate::engine::{Caller, Engine};
use crate::server::{Parts, transfer_settings};

/// Time between two lines about the progress.
const TOLD_EVERY: Duration = Duration::from_secs(2);

/// Runs a command about customers.
///
/// # Errors
/// When the database or the file cannot be opened. Lines that are refused are printed, and are an
/// error when nothing else was in the file.
pub async fn run(config: &Config, command: &Customer) -> Result<(), Failure> {
    let Customer::Import(ImportCustomers { file }) = command;
    let file = file.clone();
    let summary = with_engine(config, move |import| import.file(&file)).await?;
    if let Some(errors) = &summary.errors {
        eprintln!("{errors}");
    }
    println!(
        "{} customers imported, {} lines refused",
        summary.written, summary.refused
    );
    if summary.written == 0 && summary.refused > 0 {
        return Err(Failure::new("no line could be used"));
    }
    Ok(())
}

/// Imports made-up lines.
///
/// # Errors
/// When the store fails, or a line is refused: then the generator is wrong.
pub async fn seed<F>(config: &Config, lines: F) -> Result<Summary, Failure>
where
    F: Fn() -> Box<dyn BufRead + Send> + Send + 'static,
{
    let summary = with_engine(config, move |import| import.lines(&lines)).await?;
    match &summary.errors {
        None => Ok(summary),
        Some(errors) => Err(Failure::new(errors.clone())),
    }
}

/// Runs an import on a thread that may block; Ctrl-C ends it behind the batch under way.
async fn with_engine<F>(config: &Config, work: F) -> Result<Summary, Failure>
where
    F: FnOnce(&Command<'_>) -> Result<Summary, String> + Send + 'static,
{
    let address = config
        .listen_address()
        .ok_or_else(|| Failure::new("no address to listen on"))?;
    let parts = Parts::build(config, &config.base_url(address), Clock::system())?;
    let engine = parts.engine.clone();
    let settings = transfer_settings(config);
    let stopping = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopping);
    let interrupted = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.store(true, Ordering::SeqCst);
        }
    });
    let runtime = Handle::current();
    let done = tokio::task::spawn_blocking(move || {
        let progress = Shown::new();
        work(&command(
            &engine,
            settings,
            runtime,
            stopping,
            &|written, refused| {
                progress.tell(written, refused);
            },
        ))
    })
    .await;
    interrupted.abort();
    parts.close().await;
    done.map_err(|error| Failure::new(error.to_string()))?
        .map_err(Failure::new)
}

fn command<'a>(
    engine: &'a Engine,
    settings: crate::behaviour::transfer::Settings,
    runtime: Handle,
    stopping: Arc<AtomicBool>,
    told: &'a dyn Fn(u64, u64),
) -> Command<'a> {
    Command {
        engine,
        settings,
        caller: Caller::local(),
        runtime,
        stopping,
        told,
    }
}

/// Progress on standard error.
struct Shown {
    begun: Instant,
    told: std::cell::Cell<Instant>,
}

impl Shown {
    fn new() -> Self {
        let now = Instant::now();
        Shown {
            begun: now,
            told: std::cell::Cell::new(now),
        }
    }

    fn tell(&self, written: u64, refused: u64) {
        if self.told.get().elapsed() < TOLD_EVERY {
            return;
        }
        self.told.set(Instant::now());
        let seconds = self.begun.elapsed().as_secs().max(1);
        // Nobody may be looking.
        let _ = writeln!(
            std::io::stderr(),
            "{written} written, {refused} refused, {} lines per second",
            (written + refused) / seconds
        );
    }
}
