//! Import jobs: a file becomes resources.
//!
//! One thread reads and checks (`pipeline`), another writes (`batch`); what was written and how far
//! the file was read are committed together (`progress`), so a run that was interrupted at any
//! instant goes on without losing or repeating a record.
//!
//! Records may stand in any order: one that refers to something that is not there yet is postponed,
//! and the file is read again for those, as long as that helps.

mod batch;
mod draft;
mod pipeline;
mod progress;

use std::sync::Arc;
use std::sync::mpsc;

use serde_json::Value;

use crate::domain::problem::Outcome;
use crate::engine::Core;
use crate::job::{Handler, JobOutcome, Running};
use crate::outbound::Outbound;
use crate::store::{JobRow, Tx};

use super::Settings;
use super::halt::Halt;
use super::input::record::{OfCatalog, Reader};
use super::input::source;
use super::order::Order;
use super::state::{self, End, FAILED, SUCCEEDED};
use batch::Writer;
use draft::Drafter;
use pipeline::{AHEAD, read_all};
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
        let mut writer = Writer::new(&self.core, &self.settings, job, progress);
        loop {
            if let Err(halt) = self.pass(&order, &mut writer) {
                return (writer.progress, Err(halt));
            }
            if !writer.progress.next_pass() {
                return (writer.progress, Ok(()));
            }
        }
    }

    fn begin(&self, job: &mut Running) -> Result<Order, Halt> {
        let core = Arc::clone(&self.core);
        let order = Order::load(&core, &self.settings, self.outbound.policy(), job)?;
        let row = job.row().clone();
        let progress: Value = job.progress()?;
        job.commit(&progress, move |tx| state::begin_in(&core, tx, &row))?;
        Ok(order)
    }

    /// Reads the file once, from where the progress stands.
    fn pass(&self, order: &Order, writer: &mut Writer<'_>) -> Result<(), Halt> {
        let offset = writer.progress.place.offset;
        let runtime = writer.runtime();
        let source = source::open(
            &order.location,
            &self.settings,
            &self.outbound,
            &runtime,
            offset,
        )?;
        let known = &writer.progress.mark;
        if !known.is_empty() && *known != source.mark {
            return Err(Halt::Fatal(
                "the file has changed since the job began".to_owned(),
            ));
        }
        writer.progress.mark.clone_from(&source.mark);
        let start = writer.progress.clone();
        let shape = OfCatalog::new(&self.core, order.scope);
        let reader = Reader::new(&self.settings, &shape);
        let store = writer.store();
        let drafter = Drafter {
            core: &self.core,
            store: &store,
            settings: &self.settings,
            caller: writer.caller(),
        };
        let (to, from) = mpsc::sync_channel(AHEAD);
        std::thread::scope(|scope| {
            let reading = std::thread::Builder::new()
                .name("import-reader".to_owned())
                .spawn_scoped(scope, || {
                    let to = to;
                    read_all(
                        source,
                        &start,
                        &reader,
                        &self.settings,
                        order.media.lines,
                        &drafter,
                        &to,
                    );
                })?;
            let written = from.iter().try_for_each(|message| writer.write(message?));
            // A reader that waits to hand over its next batch learns that nobody listens.
            drop(from);
            match reading.join() {
                Ok(()) => written,
                Err(_) => Err(Halt::ours(&"the reader of an import panicked")),
            }
        })
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
