//! Whether the records of a file are there already. Most files are new as a whole: once a batch was
//! asked for and nothing of it was there, the batches behind it are taken for new, which saves a question
//! for each id. Where that is wrong the database refuses the draft, the records are written with all
//! questions, and from then on the database is asked again.

use std::sync::atomic::{AtomicBool, Ordering};

/// The guess of one import.
#[derive(Debug)]
pub struct Guess {
    new: AtomicBool,
    /// Nothing is guessed (any more).
    off: AtomicBool,
}

impl Guess {
    /// `allowed` says that the database by itself refuses an id that is there.
    pub fn new(allowed: bool) -> Self {
        Guess {
            new: AtomicBool::new(false),
            off: AtomicBool::new(!allowed),
        }
    }

    /// Whether records are taken for new.
    pub fn are_new(&self) -> bool {
        self.new.load(Ordering::Relaxed) && !self.off.load(Ordering::Relaxed)
    }

    /// The database was asked for a batch and knew so many of its resources.
    pub fn asked(&self, found: usize) {
        self.new.store(found == 0, Ordering::Relaxed);
    }

    /// A draft could not be taken over.
    pub fn was_wrong(&self) {
        self.off.store(true, Ordering::Relaxed);
    }
}
