//! The reading half of an import: a thread cuts the file into records, others check and draft them, a
//! batch each, while the batches before are written. Batches go round from one of those to the next, so
//! that they come out in the order of the file.

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender};

use crate::store::Draft;

use super::super::Settings;
use super::super::halt::Halt;
use super::super::input::record::{Accepted, Refused};
use super::super::input::source::Source;
use super::draft::Drafter;
use super::progress::Progress;
use crate::domain::json::frame::{Broken, Frame, Frames, Layout, Place};

/// Threads that check and draft.
pub const DRAFTERS: usize = 2;
/// Batches that wait at most for each of those threads, and as many to be written.
pub const AHEAD: usize = 1;
/// Bytes of the records of a batch at most, so that large records do not add up.
const BATCH_BYTES: usize = 4 << 20;

/// Records as they stand in the file.
pub struct Cut {
    pub layout: Layout,
    /// What was cut off, and where its text stands.
    pub frames: Vec<(Frame, Range<usize>)>,
    pub text: Vec<u8>,
    /// The place behind the last record.
    pub end: Place,
}

impl Cut {
    fn empty(layout: Layout, end: Place) -> Self {
        Cut {
            layout,
            frames: Vec::new(),
            text: Vec::new(),
            end,
        }
    }

    fn add(&mut self, frame: Frame, record: &[u8]) {
        let start = self.text.len();
        self.text.extend_from_slice(record);
        self.frames.push((frame, start..self.text.len()));
    }
}

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
    /// The records as they stand in the file.
    pub text: Vec<u8>,
    /// The place behind the last record.
    pub end: Place,
}

/// What is cut off, and what becomes of it; or why there is nothing more.
pub type Message<T> = Result<T, Halt>;

/// Cuts off everything that the progress has not behind it, and hands it round. Ends early when nobody
/// listens any more.
pub fn cut_all(
    source: Source,
    progress: &Progress,
    settings: &Settings,
    lines: bool,
    to: &[SyncSender<Message<Cut>>],
) {
    let mut round = to.iter().cycle();
    let mut send = |message| {
        let next = round.next();
        next.is_some_and(|next| next.send(message).is_ok())
    };
    let halted = cut_batches(source, progress, settings, lines, &mut |cut| send(Ok(cut)));
    if let Err(halt) = halted {
        // The writing half may have stopped on its own.
        send(Err(halt));
    }
}

/// Checks and drafts what was cut off. Ends early when nobody listens any more.
pub fn draft_all(
    from: &Receiver<Message<Cut>>,
    drafter: &Drafter<'_>,
    to: &SyncSender<Message<Batch>>,
) {
    for message in from {
        if to.send(message.map(|cut| drafter.batch(cut))).is_err() {
            return;
        }
    }
}

fn cut_batches(
    source: Source,
    progress: &Progress,
    settings: &Settings,
    lines: bool,
    send: &mut dyn FnMut(Cut) -> bool,
) -> Result<(), Halt> {
    let max = settings.record_bytes;
    let mut frames = match progress.layout {
        Some(layout) => Frames::resume(source.reader, max, layout, progress.place),
        None => Frames::start(source.reader, max, lines).map_err(halt)?,
    };
    let mut record = Vec::new();
    let mut cut = Cut::empty(frames.layout(), progress.place);
    loop {
        let frame = match frames.next(&mut record) {
            Ok(Some(frame)) => frame,
            Ok(None) => break,
            Err(broken) => {
                // What was read up to here is good.
                send(cut);
                return Err(halt(broken));
            }
        };
        // The first record may have settled what the layout is.
        cut.layout = frames.layout();
        cut.end = frame.end;
        if !progress.wants(frame.number) {
            continue;
        }
        cut.add(frame, &record);
        if cut.frames.len() >= settings.batch.max(1) || cut.text.len() >= BATCH_BYTES {
            let next = Cut::empty(cut.layout, cut.end);
            if !send(std::mem::replace(&mut cut, next)) {
                return Ok(());
            }
        }
    }
    send(cut);
    Ok(())
}

fn halt(broken: Broken) -> Halt {
    match broken {
        Broken::Io(error) => error.into(),
        Broken::Content { line, message } => Halt::Fatal(format!("line {line}: {message}")),
    }
}
