//! Export jobs: resources become a file.
//!
//! The file grows as a draft beside its place and gets its name when it is complete; for a URL it is
//! sent then. Every so often the draft is made durable and its length saved with the place in the
//! catalog, so that a later run cuts off what came after and goes on. What changes while an export
//! runs is in the file as it was when its turn came.

mod pages;
mod send;
mod sink;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::problem::Outcome;
use crate::engine::Core;
use crate::job::{Handler, JobOutcome, Running};
use crate::outbound::Outbound;
use crate::store::{JobRow, Tx};

use super::folder::Draft;
use super::halt::Halt;
use super::order::Order;
use super::state::{self, End, FAILED, SUCCEEDED};
use super::{Location, Settings};
use pages::Pages;
use sink::Sink;

/// Name of the task.
pub const TASK: &str = "export";
/// Bytes between two checkpoints, before compression.
const PIECE: usize = 8 << 20;

/// Runs export jobs.
pub struct Exporter {
    pub core: Arc<Core>,
    pub settings: Arc<Settings>,
    pub outbound: Outbound,
}

/// What an export remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// Kinds that are done.
    kinds: usize,
    /// Of the next kind, everything up to here is done.
    seq: i64,
    records: u64,
    /// Bytes of the draft that are durable.
    length: u64,
    /// The draft is the whole file.
    complete: bool,
    /// Where the draft is, to remove it when the job is given up.
    draft: String,
}

impl Handler for Exporter {
    fn task(&self) -> &'static str {
        TASK
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        let (draft, done) = match self.begin(job) {
            Ok((order, draft)) => {
                let done = self.export(job, &order, &draft);
                (Some(draft), done)
            }
            Err(halt) => (None, Err(halt)),
        };
        let goes_on = matches!(done, Err(Halt::Later(_) | Halt::Stopping));
        if let Some(draft) = draft.filter(|_| !goes_on) {
            draft.discard();
        }
        let (status, error_log) = match done {
            Ok(()) => (SUCCEEDED, None),
            Err(Halt::Fatal(why)) => (FAILED, Some(failure(&why))),
            Err(other) => return Err(other.into()),
        };
        let records = parse(&job.row().progress).records;
        tracing::info!(
            job = job.row().subject_id,
            records,
            status,
            "an export has ended"
        );
        self.finish(
            job,
            End {
                status,
                error_log,
                catalogs: Vec::new(),
            },
        )
    }

    fn gave_up(&self, tx: &mut Tx<'_>, job: &JobRow, error: &str) -> Outcome<()> {
        let draft = parse(&job.progress).draft;
        if !draft.is_empty() && fs::remove_file(Path::new(&draft)).is_err() {
            tracing::debug!(draft, "the draft of an export is gone already");
        }
        let end = End {
            status: FAILED,
            error_log: Some(failure(error)),
            catalogs: Vec::new(),
        };
        state::end_in(&self.core, tx, job, &end)
    }
}

impl Exporter {
    fn begin(&self, job: &mut Running) -> Result<(Order, Draft), Halt> {
        let core = Arc::clone(&self.core);
        let order = Order::load(&core, &self.settings, self.outbound.policy(), job)?;
        let row = job.row().clone();
        let folder = &self.settings.files_dir;
        let draft = match &order.location {
            Location::File(path) => Draft::of(folder, path, &row.id),
            Location::Web(_) => Draft::passing(folder, &row.id),
        };
        let progress: Value = job.progress()?;
        job.commit(&progress, move |tx| state::begin_in(&core, tx, &row))?;
        Ok((order, draft?))
    }

    fn export(&self, job: &mut Running, order: &Order, draft: &Draft) -> Result<(), Halt> {
        let mut progress = parse(&job.row().progress);
        if !progress.complete {
            progress = self.write(job, order, draft, progress)?;
            progress.complete = true;
            save(job, &progress)?;
        }
        match &order.location {
            Location::File(_) => draft.publish(),
            Location::Web(url) => {
                let runtime = job.runtime().clone();
                runtime.block_on(send::put(&self.outbound, url, order.media, draft.path()))
            }
        }
    }

    /// Writes what is missing of the draft.
    fn write(
        &self,
        job: &mut Running,
        order: &Order,
        draft: &Draft,
        mut progress: Progress,
    ) -> Result<Progress, Halt> {
        let file = match draft.append(progress.length)? {
            Some(file) => file,
            None => {
                // Begun on another machine: everything again.
                progress = Progress::default();
                draft
                    .append(0)?
                    .ok_or_else(|| Halt::ours(&"an empty file is too short"))?
            }
        };
        progress.draft = draft.path().to_string_lossy().into_owned();
        let mut sink = Sink::new(file, order.media, progress.records);
        let tenant = job.row().tenant;
        for kind in order.scope.kinds().into_iter().skip(progress.kinds) {
            let shown = order.shown(&self.core, kind)?;
            let request = order.request(&self.core, kind)?;
            let pages = Pages::new(&self.core, tenant, shown, request)?;
            loop {
                let rows = pages.behind(job.store(), progress.seq)?;
                let Some(last) = rows.last().map(|row| row.seq) else {
                    break;
                };
                for row in rows {
                    if let Some(text) = pages.text(row)? {
                        sink.record(&text)?;
                    }
                }
                progress.seq = last;
                if sink.fresh >= PIECE {
                    checkpoint(job, &mut sink, &mut progress)?;
                } else {
                    job.check()?;
                }
            }
            progress.kinds += 1;
            progress.seq = 0;
        }
        sink.close()?;
        progress.length = sink.checkpoint()?;
        progress.records = sink.records;
        Ok(progress)
    }

    fn finish(&self, job: &mut Running, end: End) -> JobOutcome {
        let core = Arc::clone(&self.core);
        let row = job.row().clone();
        job.finish(move |tx| state::end_in(&core, tx, &row, &end))
    }
}

fn checkpoint(job: &mut Running, sink: &mut Sink, progress: &mut Progress) -> Result<(), Halt> {
    progress.length = sink.checkpoint()?;
    progress.records = sink.records;
    save(job, progress)
}

fn save(job: &mut Running, progress: &Progress) -> Result<(), Halt> {
    let value = serde_json::to_value(progress).unwrap_or(Value::Null);
    Ok(job.save_progress(&value)?)
}

fn parse(progress: &str) -> Progress {
    serde_json::from_str(progress).unwrap_or_default()
}

fn failure(why: &str) -> String {
    format!("The export failed: {why}.")
}
