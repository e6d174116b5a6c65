//! Import jobs: a file becomes resources.
//!
//! Some threads read, check and draft (`pipeline`), another writes (`batch`); what was written and how
//! far the file was read are committed together (`progress`), so a run that was interrupted at any
//! instant goes on without losing or repeating a record. A command writes two batches at a time where
//! the database can (`overlap`).
//!
//! Records may stand in any order: one that refers to something that is not there yet is postponed,
//! and the file is read again for those, as long as that helps.

mod batch;
pub mod customers;
mod draft;
mod guess;
mod overlap;
mod passes;
mod pipeline;
mod progress;

use std::sync::Arc;

use serde_json::Value;

use crate::domain::problem::Outcome;
use crate::engine::Core;
use crate::job::{Handler, JobOutcome, Running};
use crate::outbound::Outbound;
use crate::store::{JobRow, Tx};

use super::Settings;
use super::halt::Halt;
use super::input::record::OfCatalog;
use super::input::source;
use super::order::Order;
use super::state::{self, End, FAILED, SUCCEEDED};
use passes::Import;
use progress::Progress;

/// Name of the task.
pub const TASK: &str = "import";

/// Runs import jobs.
pub struct Importer {
    pub core: Arc<Core>,
    pub settings: Arc<Settings>,
    pub outbound: Outbound,
}

impl Handler for Importer {
    fn task(&self) -> &'static str {
        TASK
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        let progress = parse(&job.row().progress);
        let (progress, ended) = self.import(job, progress);
        let end = match ended {
            Ok(()) => end(&progress, None),
            Err(Halt::Fatal(why)) => end(&progress, Some(&why)),
            Err(other) => return Err(other.into()),
        };
        tracing::info!(
            job = job.row().subject_id,
            written = progress.written,
            refused = progress.refused,
            status = end.status,
            "an import has ended"
        );
        self.finish(job, end)
    }

    fn gave_up(&self, tx: &mut Tx<'_>, job: &JobRow, error: &str) -> Outcome<()> {
        let end = end(&parse(&job.progress), Some(error));
        state::end_in(&self.core, tx, job, &end)
    }
}

impl Importer {
    /// Does what is left to do, and returns how far it got.
    fn import(&self, job: &mut Running, progress: Progress) -> (Progress, Result<(), Halt>) {
        let order = match self.begin(job) {
            Ok(order) => order,
            Err(halt) => return (progress, Err(halt)),
        };
        let shape = OfCatalog::new(&self.core, order.scope);
        let runtime = job.runtime().clone();
        let open = |offset| {
            source::open(
                &order.location,
                &self.settings,
                &self.outbound,
                &runtime,
                offset,
            )
        };
        let import = Import {
            core: &self.core,
            settings: &self.settings,
            open: &open,
            lines: order.media.lines,
            shape: &shape,
            // The other writers are for those who wait for an answer.
            overlap: false,
            told: &|_| {},
        };
        import.run(job, progress)
    }

    fn begin(&self, job: &mut Running) -> Result<Order, Halt> {
        let core = Arc::clone(&self.core);
        let order = Order::load(&core, &self.settings, self.outbound.policy(), job)?;
        let row = job.row().clone();
        let progress: Value = job.progress()?;
        job.commit(&progress, move |tx| state::begin_in(&core, tx, &row))?;
        Ok(order)
    }

    fn finish(&self, job: &mut Running, end: End) -> JobOutcome {
        let core = Arc::clone(&self.core);
        let row = job.row().clone();
        job.finish(move |tx| state::end_in(&core, tx, &row, &end))?;
        Ok(())
    }
}

fn parse(progress: &str) -> Progress {
    serde_json::from_str(progress).unwrap_or_default()
}

/// How an import ended: well as long as something of the file could be used and it could be read
/// to its end.
fn end(progress: &Progress, error: Option<&str>) -> End {
    let Progress {
        written, refused, ..
    } = progress;
    let nothing = *written == 0 && *refused > 0;
    let mut heading: Vec<String> = error
        .map(|why| format!("The import failed: {why}."))
        .into_iter()
        .collect();
    if *refused > 0 || error.is_some() {
        heading.push(format!(
            "{written} records were written, {refused} were refused."
        ));
    }
    let heading = (!heading.is_empty()).then(|| heading.join("\n"));
    End {
        status: if error.is_some() || nothing {
            FAILED
        } else {
            SUCCEEDED
        },
        error_log: progress.log.finish(heading.as_deref()),
        catalogs: progress.catalogs.iter().cloned().collect(),
    }
}
