//! What an import remembers, saved in the transaction of each batch: so that it goes on after a
//! crash exactly behind the last record that was written.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::super::log::ErrorLog;
use crate::domain::json::frame::{Layout, Place};

/// Catalogs for which a batch event is announced at most.
const MAX_CATALOGS: usize = 100;
/// Records that may wait for others at most.
pub const MAX_POSTPONED: usize = 10_000;

/// Times that the file is read again at most.
const MAX_PASSES: u64 = 20;

/// State of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Tells whether the file is still the same.
    pub mark: String,
    pub layout: Option<Layout>,
    /// Everything before it is done.
    pub place: Place,
    /// Records that this pass is about, ascending; the first pass is about all.
    pub waiting: Vec<u64>,
    /// Records that refer to something that is not there yet: for the next pass.
    pub postponed: Vec<u64>,
    /// Passes before this one.
    pub passes: u64,
    /// Nothing is postponed any more, so this pass tells what is wrong with the records.
    pub last: bool,
    pub written: u64,
    pub refused: u64,
    pub log: ErrorLog,
    /// Product catalogs that were written.
    pub catalogs: BTreeSet<String>,
}

impl Progress {
    /// Notes a catalog that was written.
    pub fn catalog(&mut self, id: &str) {
        if self.catalogs.len() < MAX_CATALOGS {
            self.catalogs.insert(id.to_owned());
        }
    }

    /// True when a record is to be read in this pass.
    pub fn wants(&self, number: u64) -> bool {
        self.passes == 0 || self.waiting.binary_search(&number).is_ok()
    }

    /// Begins the next pass over the postponed records; false when there are none.
    ///
    /// When a pass helped none of its records the next one is the last: it tells for each what is
    /// missing.
    pub fn next_pass(&mut self) -> bool {
        if self.postponed.is_empty() {
            return false;
        }
        self.last = self.passes >= MAX_PASSES
            || (self.passes > 0 && self.postponed.len() >= self.waiting.len());
        self.waiting = std::mem::take(&mut self.postponed);
        self.waiting.sort_unstable();
        self.passes += 1;
        self.place = Place::default();
        self.layout = None;
        true
    }
}
