//! Writes two batches at a time: while the database makes one durable, it takes in the next over another
//! connection. They are committed in their order ([`Begun`]), each with the progress behind it.
//!
//! Only batches that were drafted as a whole are written so. Where one cannot be taken over, the next is
//! not committed either, and both are written one after the other.

use serde_json::Value;

use super::super::halt::Halt;
use super::batch::{Writer, adoption};
use super::pipeline::{Batch, Stretch};
use super::progress::Progress;
use crate::job::{Begun, Stop};
use crate::store::Draft;

/// A batch that is being written.
pub struct UnderWay {
    /// Without its draft.
    batch: Batch,
    /// The progress once it is written.
    after: Progress,
    begun: Begun<()>,
}

impl Writer<'_> {
    /// Hands a batch in and waits for the one before.
    pub(super) fn write_overlapping(&mut self, mut batch: Batch) -> Result<(), Halt> {
        let Some(draft) = draft_of(&mut batch) else {
            self.settle()?;
            return self.write_alone(batch);
        };
        let before = self.under_way.take();
        let mut after = match &before {
            Some(before) => before.after.clone(),
            None => self.progress.clone(),
        };
        after.layout = Some(batch.layout);
        self.tell(&mut after, &batch.accepted, &batch.refused);
        after.place = batch.end;
        let value = serde_json::to_value(&after).unwrap_or(Value::Null);
        let ahead = before.as_ref().map(|before| &before.begun);
        let begun = self.job.begin(ahead, &value, adoption(draft));
        let settled = before.map_or(Ok(true), |before| self.settle_one(before));
        let begun = begun?;
        match settled {
            Ok(true) => {
                begun.let_go();
                self.under_way = Some(UnderWay {
                    batch,
                    after,
                    begun,
                });
                Ok(())
            }
            // The one before was written otherwise; this one is not going to be committed.
            Ok(false) => {
                let _ = self.job.settle(begun);
                self.write_alone(batch)
            }
            Err(halt) => {
                let _ = self.job.settle(begun);
                Err(halt)
            }
        }
    }

    /// Waits for the batch that is being written.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub fn settle(&mut self) -> Result<(), Halt> {
        match self.under_way.take() {
            Some(under_way) => self.settle_one(under_way).map(drop),
            None => Ok(()),
        }
    }

    /// Waits for a batch; one that could not be taken over is written otherwise, and the answer is false.
    fn settle_one(&mut self, under_way: UnderWay) -> Result<bool, Halt> {
        let UnderWay {
            batch,
            after,
            begun,
        } = under_way;
        match self.job.settle(begun) {
            Ok(()) => {
                self.written(after);
                Ok(true)
            }
            Err(Stop::Stopping) => {
                self.written(after);
                Err(Halt::Stopping)
            }
            Err(stop) => {
                self.dropped(stop)?;
                self.write_alone(batch)?;
                Ok(false)
            }
        }
    }
}

/// The draft of a batch that was drafted as a whole.
fn draft_of(batch: &mut Batch) -> Option<Draft> {
    match batch.stretches.as_mut_slice() {
        [Stretch { draft, .. }] => draft.take(),
        _ => None,
    }
}
