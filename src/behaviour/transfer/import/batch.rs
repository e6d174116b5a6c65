//! The writing half of an import: a batch is one transaction, together with the progress. A record
//! that the rules of its kind refuse is taken out, and the others are written without it.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::behaviour::durable;
use crate::domain::masked::masked;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::{Caller, Core};
use crate::job::{Running, Stop};
use crate::store::{Draft, Store, Tx};

use super::super::Settings;
use super::super::halt::Halt;
use super::super::input::record::{Accepted, Part, Reader, Refused};
use super::draft::{read_ahead, write_record};
use super::guess::Guess;
use super::overlap::UnderWay;
use super::pipeline::{Batch, Stretch};
use super::progress::{MAX_POSTPONED, Progress};

/// Kind for which batches are announced.
const CATALOG: &str = "productCatalog";
const STOPPED: &str = "the import stopped at the first record that was refused";

/// What the halves of an import share.
pub struct Tools<'a> {
    pub core: &'a Arc<Core>,
    pub settings: &'a Settings,
    pub reader: &'a Reader<'a>,
    pub guess: &'a Guess,
    /// See [`super::passes::Import::overlap`].
    pub overlap: bool,
}

/// Writes batches and keeps the progress.
pub struct Writer<'a> {
    pub(super) tools: &'a Tools<'a>,
    pub(super) job: &'a mut Running,
    caller: Caller,
    pub progress: Progress,
    /// Records that were refused and are not part of the progress yet, in order.
    pending: Vec<Refused>,
    /// What is being written while the next batch is handed in.
    pub(super) under_way: Option<UnderWay>,
}

/// Why a transaction was undone.
enum Undone {
    /// The rules refuse this record.
    Record(usize, Problem),
    /// The database refuses something in it, and does not say what.
    Unclear(String),
    Halt(Halt),
}

/// The record at which a unit of work failed, and why.
type Noted = Arc<Mutex<Option<(usize, Problem)>>>;

impl<'a> Writer<'a> {
    pub fn new(tools: &'a Tools<'a>, job: &'a mut Running, progress: Progress) -> Self {
        let caller = durable::caller(job.row());
        Writer {
            tools,
            job,
            caller,
            progress,
            pending: Vec::new(),
            under_way: None,
        }
    }

    pub fn store(&self) -> Store {
        self.job.store().clone()
    }

    /// Who the job acts for.
    pub fn caller(&self) -> Caller {
        self.caller.clone()
    }

    /// Writes the records of a batch and notes the others.
    ///
    /// # Errors
    /// [`Halt`]; what was written before it stays.
    pub fn write(&mut self, batch: Batch) -> Result<(), Halt> {
        match self.tools.overlap {
            true => self.write_overlapping(batch),
            false => self.write_alone(batch),
        }
    }

    /// Writes a batch and waits for it.
    pub(super) fn write_alone(&mut self, batch: Batch) -> Result<(), Halt> {
        self.progress.layout = Some(batch.layout);
        self.pending = batch.refused;
        let first_bad = self.pending.first().map(|refused| refused.number);
        let mut records = batch.accepted;
        if let Some(bad) = first_bad.filter(|_| self.tools.settings.stop_on_error) {
            records.truncate(records.partition_point(|record| record.number < bad));
        }
        let mut records = records.into_iter();
        for Stretch { range, draft } in batch.stretches {
            let records: Vec<Accepted> = records.by_ref().take(range.len()).collect();
            if !self.adopt(&records, draft)? {
                self.records(&self.whole(records, &batch.text)?)?;
            }
        }
        if self.progress.place != batch.end || !self.pending.is_empty() {
            self.progress.place = batch.end;
            self.save()?;
        }
        match first_bad {
            Some(_) if self.tools.settings.stop_on_error => Err(Halt::Fatal(STOPPED.to_owned())),
            _ => Ok(()),
        }
    }

    /// Records with their documents.
    fn whole(&self, records: Vec<Accepted>, text: &[u8]) -> Result<Arc<[Accepted]>, Halt> {
        let reader = self.tools.reader;
        let whole = records.into_iter().map(|record| record.whole(reader, text));
        Ok(whole.collect::<Outcome<_>>()?)
    }

    /// Writes what the reading half worked out. False when there is nothing such, or when it no
    /// longer holds: then nothing was written.
    fn adopt(&mut self, records: &[Accepted], draft: Option<Draft>) -> Result<bool, Halt> {
        let Some(draft) = draft else {
            return Ok(false);
        };
        match self.commit(records, adoption(draft)) {
            Ok(()) => Ok(true),
            Err(stop) => self.dropped(stop).map(|()| false),
        }
    }

    /// Notes that a draft was not taken over, where that was the draft's fault.
    pub(super) fn dropped(&self, stop: Stop) -> Result<(), Halt> {
        match stop {
            Stop::Gone | Stop::Stopping => Err(stop.into()),
            Stop::Outdated(why) | Stop::Transient(why) | Stop::Failed(why) => {
                tracing::debug!(why = masked(&why), "a draft of an import was dropped");
                self.tools.guess.was_wrong();
                Ok(())
            }
        }
    }

    /// Writes records. Those that fail cut them into pieces.
    fn records(&mut self, all: &Arc<[Accepted]>) -> Result<(), Halt> {
        let mut todo: Vec<Range<usize>> = Vec::new();
        todo.push(0..all.len());
        while let Some(Range { start, end }) = todo.pop() {
            if start >= end {
                continue;
            }
            match self.transaction(all, start..end) {
                Ok(()) => {}
                Err(Undone::Record(at, problem)) if at == start => {
                    self.give_up(all.get(at), problem)?;
                    todo.push(at + 1..end);
                }
                Err(Undone::Record(at, _)) => {
                    // Those before it are good; then it is met again, as the first of the rest.
                    todo.push(at..end);
                    todo.push(start..at);
                }
                Err(Undone::Unclear(_)) if end - start == 1 => self.unclear(all, start)?,
                Err(Undone::Unclear(_)) => {
                    let middle = start + (end - start) / 2;
                    todo.push(middle..end);
                    todo.push(start..middle);
                }
                Err(Undone::Halt(halt)) => return Err(halt),
            }
        }
        Ok(())
    }

    /// A single record that the database would not take: it may be the record's fault or not.
    fn unclear(&mut self, all: &Arc<[Accepted]>, at: usize) -> Result<(), Halt> {
        // When not even the progress can be saved it is not.
        self.save()?;
        match self.transaction(all, at..at + 1) {
            Ok(()) => Ok(()),
            Err(Undone::Record(_, problem)) => self.give_up(all.get(at), problem),
            Err(Undone::Halt(halt)) => Err(halt),
            Err(Undone::Unclear(error)) => {
                tracing::error!(error, "a record of an import could not be stored");
                let problem = Problem::new(Code::Internal, "it could not be stored");
                self.give_up(all.get(at), problem)
            }
        }
    }

    /// Saves the progress alone.
    ///
    /// # Errors
    /// `Gone`, or `Later` when the database cannot.
    pub fn save(&mut self) -> Result<(), Halt> {
        match self.transaction(&Arc::from([]), 0..0) {
            Ok(()) => Ok(()),
            Err(Undone::Halt(halt)) => Err(halt),
            Err(Undone::Unclear(error)) => Err(Halt::ours(&error)),
            Err(Undone::Record(_, problem)) => Err(problem.into()),
        }
    }

    fn transaction(&mut self, all: &Arc<[Accepted]>, range: Range<usize>) -> Result<(), Undone> {
        let noted = Noted::default();
        let work = self.unit(Arc::clone(all), range.clone(), Arc::clone(&noted));
        let done = self.commit(all.get(range).unwrap_or_default(), work);
        let noted = noted.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (done, noted) {
            (Ok(()), _) => Ok(()),
            (Err(Stop::Failed(_)), Some((at, problem))) => Err(Undone::Record(at, problem)),
            (Err(Stop::Transient(error) | Stop::Outdated(error)), _) => Err(Undone::Unclear(error)),
            (Err(stop), _) => Err(Undone::Halt(stop.into())),
        }
    }

    /// One transaction: the work that writes the records, and the progress behind them.
    fn commit<F>(&mut self, records: &[Accepted], work: F) -> Result<(), Stop>
    where
        F: FnMut(&mut Tx<'_>) -> Outcome<()> + Send + 'static,
    {
        let (after, told) = self.progress_after(records);
        let value = serde_json::to_value(&after).unwrap_or(Value::Null);
        let done = self.job.commit(&value, work);
        if let Ok(()) | Err(Stop::Stopping) = done {
            self.written(after);
            self.pending.drain(..told);
        }
        done
    }

    /// Goes on from the progress that was committed.
    pub(super) fn written(&mut self, after: Progress) {
        count("written", after.written - self.progress.written);
        count("refused", after.refused - self.progress.refused);
        self.progress = after;
    }

    /// The progress once these records are written, and how many of the pending ones are part of it.
    fn progress_after(&self, records: &[Accepted]) -> (Progress, usize) {
        let told = match records.last() {
            Some(last) => self
                .pending
                .partition_point(|refused| refused.number < last.number),
            None => self.pending.len(),
        };
        let refused = self.pending.get(..told).unwrap_or_default();
        let mut after = self.progress.clone();
        self.tell(&mut after, records, refused);
        (after, told)
    }

    /// Adds to the progress what becomes of records.
    pub(super) fn tell(&self, after: &mut Progress, records: &[Accepted], refused: &[Refused]) {
        for refused in refused {
            after.refused += 1;
            let room = self.tools.settings.error_log_bytes;
            after.log.refuse(refused, room);
        }
        after.written += u64::try_from(records.len()).unwrap_or(u64::MAX);
        if let Some(last) = records.last() {
            after.place = last.end;
        }
        let parts = records.iter().flat_map(|record| &record.parts);
        for part in parts.filter(|part| part.resource.kind == CATALOG) {
            if let Some(id) = &part.new.id {
                after.catalog(id);
            }
        }
    }

    fn unit(
        &self,
        all: Arc<[Accepted]>,
        range: Range<usize>,
        noted: Noted,
    ) -> impl FnMut(&mut Tx<'_>) -> Outcome<()> + Send + 'static {
        let core = Arc::clone(self.tools.core);
        let caller = self.caller.clone();
        move |tx| {
            let note = |what| *noted.lock().unwrap_or_else(PoisonError::into_inner) = what;
            // The unit may run again after a conflict.
            note(None);
            let now = core.clock.now();
            read_ahead(
                tx,
                caller.tenant,
                all.get(range.clone()).unwrap_or_default(),
            )?;
            for at in range.clone() {
                let Some(record) = all.get(at) else { break };
                write_record(&core, tx, &caller, record.parts.clone(), now)
                    .inspect_err(|problem| note(Some((at, problem.clone()))))?;
            }
            Ok(())
        }
    }

    /// A record that cannot be written: not yet, or not at all.
    fn give_up(&mut self, record: Option<&Accepted>, problem: Problem) -> Result<(), Halt> {
        let Some(record) = record else { return Ok(()) };
        let may_wait = problem.code == Code::UnknownReference
            && !self.progress.last
            && self.progress.postponed.len() < MAX_POSTPONED;
        if may_wait {
            // What it refers to may come later in the file.
            self.progress.postponed.push(record.number);
            return Ok(());
        }
        let refused = Refused {
            line: record.line,
            number: record.number,
            what: record.parts.first().map_or_else(String::new, name_of_part),
            problem,
        };
        let at = self
            .pending
            .partition_point(|other| other.number < refused.number);
        self.pending.insert(at, refused);
        if self.tools.settings.stop_on_error {
            self.pending.truncate(at + 1);
            self.save()?;
            return Err(Halt::Fatal(STOPPED.to_owned()));
        }
        Ok(())
    }
}

/// The work of taking a draft over.
pub(super) fn adoption(draft: Draft) -> impl FnMut(&mut Tx<'_>) -> Outcome<()> + Send + 'static {
    let mut draft = Some(draft);
    move |tx| {
        // The unit runs again after a conflict, for which the draft may be the reason.
        let used = || Problem::internal("a draft is used once");
        tx.adopt(draft.take().ok_or_else(used)?)
    }
}

/// How the error log names a record that was accepted.
fn name_of_part(part: &Part) -> String {
    let id = part.new.id.as_deref().unwrap_or_default();
    format!("{} {id}", part.resource.path).trim_end().to_owned()
}

fn count(result: &'static str, records: u64) {
    metrics::counter!("tollgate_import_records_total", "result" => result).increment(records);
}
