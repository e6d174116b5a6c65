//! Reads a file as often as records wait for others, with a thread that reads, one that drafts and
//! one that writes.

use std::sync::Arc;
use std::sync::mpsc;

use super::batch::Writer;
use super::draft::Drafter;
use super::pipeline::{AHEAD, draft_all, read_all};
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
    /// Told after each batch.
    pub told: &'a dyn Fn(&Progress),
}

impl Import<'_> {
    /// Does what is left to do, and returns how far it got.
    pub fn run(&self, job: &mut Running, progress: Progress) -> (Progress, Result<(), Halt>) {
        let mut writer = Writer::new(self.core, self.settings, job, progress);
        loop {
            if let Err(halt) = self.pass(&mut writer) {
                return (writer.progress, Err(halt));
            }
            if !writer.progress.next_pass() {
                return (writer.progress, Ok(()));
            }
        }
    }

    /// Reads the file once, from where the progress stands.
    fn pass(&self, writer: &mut Writer<'_>) -> Result<(), Halt> {
        let source = (self.open)(writer.progress.place.offset)?;
        let known = &writer.progress.mark;
        if !known.is_empty() && *known != source.mark {
            return Err(Halt::Fatal(
                "the file has changed since the job began".to_owned(),
            ));
        }
        writer.progress.mark.clone_from(&source.mark);
        let start = writer.progress.clone();
        let reader = Reader::new(self.settings, self.shape);
        let store = writer.store();
        let drafter = Drafter {
            core: self.core,
            store: &store,
            settings: self.settings,
            caller: writer.caller(),
        };
        let (settings, lines) = (self.settings, self.lines);
        let (read, to_draft) = mpsc::sync_channel(AHEAD);
        let (to, from) = mpsc::sync_channel(AHEAD);
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        std::thread::scope(|scope| {
            let drafting = thread("import-drafter").spawn_scoped(scope, || {
                // Dropped at the end, whatever it is: then the others learn of it.
                let (to_draft, to) = (to_draft, to);
                draft_all(&to_draft, &drafter, &to);
            })?;
            let reading = thread("import-reader").spawn_scoped(scope, || {
                let read = read;
                read_all(source, &start, &reader, settings, lines, &read);
            })?;
            let written = from.iter().try_for_each(|message| {
                writer.write(message?)?;
                (self.told)(&writer.progress);
                Ok(())
            });
            // Who waits to hand over the next batch learns that nobody listens.
            drop(from);
            match (drafting.join(), reading.join()) {
                (Ok(()), Ok(())) => written,
                _ => Err(Halt::ours(&"the reader of an import panicked")),
            }
        })
    }
}
