//! Imports of customers: each line a party, the role of customer that it plays, and the accounts of
//! that customer. A command runs them, with the same threads, drafts and progress as import jobs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::runtime::Handle;

use super::passes::Import;
use super::progress::Progress;
use crate::behaviour::transfer::Settings;
use crate::behaviour::transfer::halt::Halt;
use crate::behaviour::transfer::input::customer::OfCustomers;
use crate::behaviour::transfer::input::source::{self, Source};
use crate::domain::ids;
use crate::domain::problem::Outcome;
use crate::engine::{Caller, Engine};
use crate::job::Running;
use crate::store::{IdKey, JobRow, Target};

/// Task of the job that keeps the progress, and kind of its subject.
const TASK: &str = "customerImport";

/// Lines that share one commit: they are short, and a commit waits for the disk.
const BATCH: usize = 2_000;

/// How an import went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines that were written, or were there just so.
    pub written: u64,
    pub refused: u64,
    /// One line of text for each line that was refused, as far as there is room.
    pub errors: Option<String>,
}

/// What a command needs for an import.
pub struct Command<'a> {
    pub engine: &'a Engine,
    pub settings: Settings,
    pub caller: Caller,
    pub runtime: Handle,
    /// Set when the command is to end: it can be run again and goes on.
    pub stopping: Arc<AtomicBool>,
    /// Told now and then how many lines are written and refused.
    pub told: &'a dyn Fn(u64, u64),
}

impl Command<'_> {
    /// Imports a file, compressed or not. A run that was interrupted, at whatever instant, goes on
    /// behind the last line that it wrote.
    ///
    /// # Errors
    /// Says what is in the way; lines that are refused are not errors.
    pub fn file(&self, path: &Path) -> Result<Summary, String> {
        let path = std::path::absolute(path).map_err(|error| error.to_string())?;
        let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(format!("{} is not a file", path.display()));
        };
        let settings = Settings {
            files_dir: dir.to_owned(),
            ..self.settings.clone()
        };
        let open = |offset| source::open_file(Path::new(name), &settings, offset);
        let mark = open(0).map_err(|halt| halt.to_string())?.mark;
        let name = format!("{} {mark}", path.display());
        self.run(&ids::digest(name.as_bytes()), &settings, &open)
    }

    /// Imports lines that are made up as they are read. Not resumed: lines that are there already
    /// stay as they are.
    ///
    /// # Errors
    /// Says what is in the way.
    pub fn lines(
        &self,
        lines: impl Fn() -> Box<dyn std::io::BufRead + Send>,
    ) -> Result<Summary, String> {
        let open = |_| {
            Ok(Source {
                reader: lines(),
                mark: String::new(),
            })
        };
        self.run(&ids::new_id(), &self.settings, &open)
    }

    fn run(
        &self,
        id: &str,
        settings: &Settings,
        open: &dyn Fn(u64) -> Result<Source, Halt>,
    ) -> Result<Summary, String> {
        let settings = &Settings {
            batch: settings.batch.max(BATCH),
            ..settings.clone()
        };
        let mut job = self.job(id).map_err(|problem| problem.to_string())?;
        let progress = serde_json::from_str(&job.row().progress).unwrap_or_default();
        let shape = OfCustomers::new(&self.engine.core).map_err(|problem| problem.to_string())?;
        let import = Import {
            core: &self.engine.core,
            settings,
            open,
            lines: true,
            shape: &shape,
            overlap: matches!(self.engine.store.target(), Target::Postgres(_)),
            told: &|progress| (self.told)(progress.written, progress.refused),
        };
        let (progress, ended) = import.run(&mut job, progress);
        self.engine.wake();
        ended.map_err(|halt| halt.to_string())?;
        job.finish(|_| Ok(())).map_err(|stop| stop.to_string())?;
        Ok(summary(&progress))
    }

    /// The job that keeps the progress. One that was not finished is taken over.
    fn job(&self, id: &str) -> Outcome<Running> {
        let now = self.engine.core.clock.now().0;
        let subject = IdKey::new(self.caller.tenant, TASK, id);
        let row = JobRow::new(TASK, subject, &self.caller.principal, now);
        Running::by_command(
            self.engine.store.clone(),
            self.engine.core.clock.clone(),
            self.runtime.clone(),
            Arc::clone(&self.stopping),
            row,
        )
    }
}

fn summary(progress: &Progress) -> Summary {
    Summary {
        written: progress.written,
        refused: progress.refused,
        errors: progress.log.finish(None),
    }
}
