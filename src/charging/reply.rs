//! Answers to who handed records in: one for each, all together when the last is there.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::charge::Reason;
use crate::domain::problem::Problem;
use crate::domain::usage_status::UsageStatus;

/// What became of a record.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It is stored, and rated or rejected, or waits as `received`.
    Stored {
        id: String,
        status: UsageStatus,
        reason: Option<Reason>,
    },
    /// It was there, with the same content.
    Repeated { id: String },
    /// It was not taken in.
    Refused(Problem),
    /// Another process has taken care of it.
    Gone,
}

struct Waiting {
    open: AtomicUsize,
    answers: Mutex<Vec<Option<Answer>>>,
    done: Mutex<Option<oneshot::Sender<Vec<Answer>>>>,
}

/// Where the answer about one record goes.
pub struct Reply {
    waiting: Arc<Waiting>,
    place: usize,
}

impl Reply {
    /// Places for the answers about so many records, and what comes of them.
    pub fn places(count: usize) -> (Vec<Reply>, oneshot::Receiver<Vec<Answer>>) {
        let (done, answers) = oneshot::channel();
        let waiting = Arc::new(Waiting {
            open: AtomicUsize::new(count),
            answers: Mutex::new(vec![None; count]),
            done: Mutex::new(Some(done)),
        });
        let places = (0..count).map(|place| Reply {
            waiting: Arc::clone(&waiting),
            place,
        });
        (places.collect(), answers)
    }

    /// Answers.
    pub fn send(self, answer: Answer) {
        let waiting = &self.waiting;
        if let Some(place) = lock(&waiting.answers).get_mut(self.place) {
            *place = Some(answer);
        }
        if waiting.open.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        let answers = std::mem::take(&mut *lock(&waiting.answers));
        let answers = answers.into_iter().map(|own| own.unwrap_or(Answer::Gone));
        if let Some(done) = lock(&waiting.done).take() {
            // Who asked may have gone away; what is stored stays.
            let _ = done.send(answers.collect());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
