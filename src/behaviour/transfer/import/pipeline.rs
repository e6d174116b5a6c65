//! The reading half of an import: a thread of its own cuts, parses and checks the next batch while
//! another drafts the one before, and the one before that is written.

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender};

use crate::store::Draft;

use super::super::Settings;
use super::super::halt::Halt;
use super::super::input::record::{Accepted, Reader, Refused};
use super::super::input::source::Source;
use super::draft::Drafter;
use super::progress::Progress;
use crate::domain::json::frame::{Broken, Frames, Layout, Place};

/// Batches that wait to be drafted at most, and as many to be written.
pub const AHEAD: usize = 1;
/// Bytes of the records of a batch at most, so that large records do not add up.
const BATCH_BYTES: usize = 4 << 20;

/// Records that follow each other, and how they are written.
pub struct Stretch {
    /// Places among the accepted records.
    pub range: Range<usize>,
    /// What they want written; without it the writing half does all the work.
    pub draft: Option<Draft>,
}

/// Records that were read.
pub struct Batch {
    pub layout: Layout,
    pub accepted: Vec<Accepted>,
    /// The accepted records, in order.
    pub stretches: Vec<Stretch>,
    pub refused: Vec<Refused>,
    /// The place behind the last record.
    pub end: Place,
}

impl Batch {
    fn empty(layout: Layout, end: Place) -> Self {
        Batch {
            layout,
            accepted: Vec::new(),
            stretches: Vec::new(),
            refused: Vec::new(),
            end,
        }
    }

    fn len(&self) -> usize {
        self.accepted.len() + self.refused.len()
    }
}

/// What the reading half says.
pub type Message = Result<Batch, Halt>;

/// Reads everything that the progress has not behind it. Ends early when nobody listens any more.
pub fn read_all(
    source: Source,
    progress: &Progress,
    reader: &Reader<'_>,
    settings: &Settings,
    lines: bool,
    to: &SyncSender<Message>,
) {
    let mut send = |batch| to.send(Ok(batch)).is_ok();
    let halted = read_batches(source, progress, reader, settings, lines, &mut send);
    if let Err(halt) = halted {
        // The writing half may have stopped on its own.
        let _ = to.send(Err(halt));
    }
}

/// Drafts what was read. Ends early when nobody listens any more.
pub fn draft_all(from: &Receiver<Message>, drafter: &Drafter<'_>, to: &SyncSender<Message>) {
    for mut message in from {
        if let Ok(batch) = &mut message {
            batch.stretches = drafter.stretches(&batch.accepted);
        }
        if to.send(message).is_err() {
            return;
        }
    }
}

fn read_batches(
    source: Source,
    progress: &Progress,
    reader: &Reader<'_>,
    settings: &Settings,
    lines: bool,
    send: &mut dyn FnMut(Batch) -> bool,
) -> Result<(), Halt> {
    let max = settings.record_bytes;
    let mut frames = match progress.layout {
        Some(layout) => Frames::resume(source.reader, max, layout, progress.place),
        None => Frames::start(source.reader, max, lines).map_err(halt)?,
    };
    let mut record = Vec::new();
    let mut batch = Batch::empty(frames.layout(), progress.place);
    let mut bytes = 0;
    loop {
        let frame = match frames.next(&mut record) {
            Ok(Some(frame)) => frame,
            Ok(None) => break,
            Err(broken) => {
                // What was read up to here is good.
                send(batch);
                return Err(halt(broken));
            }
        };
        // The first record may have settled what the layout is.
        batch.layout = frames.layout();
        batch.end = frame.end;
        if !progress.wants(frame.number) {
            continue;
        }
        bytes += record.len();
        match reader.read(&frame, &record) {
            Ok(accepted) => batch.accepted.push(accepted),
            Err(refused) => batch.refused.push(*refused),
        }
        if batch.len() >= settings.batch.max(1) || bytes >= BATCH_BYTES {
            bytes = 0;
            let next = Batch::empty(batch.layout, batch.end);
            if !send(std::mem::replace(&mut batch, next)) {
                return Ok(());
            }
        }
    }
    send(batch);
    Ok(())
}

fn halt(broken: Broken) -> Halt {
    match broken {
        Broken::Io(error) => error.into(),
        Broken::Content { line, message } => Halt::Fatal(format!("line {line}: {message}")),
    }
}
