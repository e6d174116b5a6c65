//! Reads a file as often as records wait for others, with a thread that cuts, some that check and draft
//! and one that writes.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread::ScopedJoinHandle;

use super::batch::{Tools, Writer};
use super::draft::Drafter;
use super::guess::Guess;
use super::pipeline::{AHEAD, DRAFTERS, cut_all, draft_all};
use super::progress::Progress;
use crate::behaviour::transfer::Settings;
use crate::behaviour::transfer::halt::Halt;
use crate::behaviour::transfer::input::record::{Reader, Shape};
use crate::behaviour::transfer::input::source::Source;
use crate::engine::Core;
use crate::job::Running;

/// What is read, and how.
pub struct Import<'a> {
    pub core: &'a Arc<Core>,
    pub settings: &'a Settings,
    /// Opens the file at an offset.
    pub open: &'a dyn Fn(u64) -> Result<Source, Halt>,
    /// One record in each line.
    pub lines: bool,
    pub shape: &'a dyn Shape,
    /// Two batches are written at a time, each on a connection of its own.
    pub overlap: bool,
    /// Told after each batch.
    pub told: &'a dyn Fn(&Progress),
}

impl Import<'_> {
    /// Does what is left to do, and returns how far it got.
    pub fn run(&self, job: &mut Running, progress: Progress) -> (Progress, Result<(), Halt>) {
        let reader = Reader::new(self.settings, self.shape);
        let guess = Guess::new(self.shape.is_alone());
        let tools = Tools {
            core: self.core,
            settings: self.settings,
            reader: &reader,
            guess: &guess,
            overlap: self.overlap,
        };
        let mut writer = Writer::new(&tools, job, progress);
        loop {
            if let Err(halt) = self.pass(&tools, &mut writer) {
                return (writer.progress, Err(halt));
            }
            if !writer.progress.next_pass() {
                return (writer.progress, Ok(()));
            }
        }
    }

    /// Reads the file once, from where the progress stands.
    fn pass(&self, tools: &Tools<'_>, writer: &mut Writer<'_>) -> Result<(), Halt> {
        let source = (self.open)(writer.progress.place.offset)?;
        let known = &writer.progress.mark;
        if !known.is_empty() && *known != source.mark {
            return Err(Halt::Fatal(
                "the file has changed since the job began".to_owned(),
            ));
        }
        writer.progress.mark.clone_from(&source.mark);
        let start = writer.progress.clone();
        let store = writer.store();
        let drafter = Drafter {
            core: tools.core,
            store: &store,
            settings: tools.settings,
            reader: tools.reader,
            caller: writer.caller(),
            guess: tools.guess,
        };
        let drafter = &drafter;
        let (settings, lines) = (self.settings, self.lines);
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        std::thread::scope(|scope| {
            let mut threads = Vec::with_capacity(DRAFTERS + 1);
            let (mut cut, mut from) = (Vec::new(), Vec::new());
            for _ in 0..DRAFTERS {
                // Ends of channels are dropped with their threads, however those end: then the others
                // learn of it.
                let (to_draft, drafts) = mpsc::sync_channel(AHEAD);
                let (to, drafted) = mpsc::sync_channel(AHEAD);
                let draft = move || draft_all(&drafts, drafter, &to);
                threads.push(thread("import-drafter").spawn_scoped(scope, draft)?);
                cut.push(to_draft);
                from.push(drafted);
            }
            let start = &start;
            let cutting = move || cut_all(source, start, settings, lines, &cut);
            threads.push(thread("import-cutter").spawn_scoped(scope, cutting)?);
            let mut batches = from.iter().cycle().map_while(|from| from.recv().ok());
            let written = batches.try_for_each(|message| {
                writer.write(message?)?;
                (self.told)(&writer.progress);
                Ok(())
            });
            let settled = writer.settle();
            // Who waits to hand over the next batch learns that nobody listens.
            drop(from);
            let joined = threads.into_iter().map(ScopedJoinHandle::join);
            if joined.fold(false, |panicked, thread| panicked | thread.is_err()) {
                return Err(Halt::ours(&"a reader of an import panicked"));
            }
            written.and(settled)
        })
    }
}
