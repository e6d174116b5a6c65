//! When the database's planner is told anew how large the tables are.
//!
//! PostgreSQL keeps the plans of prepared statements until a table is analyzed, and by itself it
//! analyzes once a minute. A plan made while the tables were almost empty would be used for all
//! of an import, and for a minute after it.

use std::sync::atomic::{AtomicU64, Ordering};

/// New resources after which an empty database is looked at first.
const FIRST: u64 = 500;
/// Resources from which on the planner's own rhythm is quick enough: a database of this size does
/// not double within a minute.
const LARGE: u64 = 1_000_000;

/// How much has come since the planner was told, counted by all writers together.
pub(super) struct Growth {
    rows: AtomicU64,
    next: AtomicU64,
}

impl Growth {
    /// Counts on from what the planner knows of; nothing where it need not be told.
    pub fn from(planned: Option<i64>) -> Self {
        let rows = planned.map(|rows| u64::try_from(rows).unwrap_or_default());
        Growth {
            rows: AtomicU64::new(rows.unwrap_or_default()),
            next: AtomicU64::new(rows.map_or(u64::MAX, after)),
        }
    }

    /// Notes new resources. True when the caller is to tell the planner: each time that the rows
    /// have doubled, to one of the writers.
    pub fn add(&self, made: u64) -> bool {
        if made == 0 {
            return false;
        }
        let rows = self.rows.fetch_add(made, Ordering::Relaxed) + made;
        let next = self.next.load(Ordering::Relaxed);
        rows >= next
            && self
                .next
                .compare_exchange(next, after(rows), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

/// At how many rows the planner is told again.
fn after(rows: u64) -> u64 {
    if rows > LARGE {
        return u64::MAX;
    }
    rows.saturating_mul(2).max(FIRST)
}

#[cfg(test)]
mod tests {
    use super::Growth;

    /// The numbers of rows at which the planner is told.
    fn told(growth: &Growth, from: u64, step: u64, to: u64) -> Vec<u64> {
        let mut rows = from;
        let mut told = Vec::new();
        while rows < to {
            rows += step;
            if growth.add(step) {
                told.push(rows);
            }
        }
        told
    }

    #[test]
    fn each_doubling_is_told_until_the_tables_are_large() {
        let never_analyzed = Growth::from(Some(-1));
        let at = told(&never_analyzed, 0, 100, 5_000_000);
        assert_eq!(at.first(), Some(&500));
        assert_eq!(at.get(1), Some(&1_000));
        assert_eq!(at.last(), Some(&1_024_000));
    }

    #[test]
    fn what_is_known_counts() {
        let known = Growth::from(Some(300_000));
        assert_eq!(
            told(&known, 300_000, 1_000, 3_000_000),
            [600_000, 1_200_000]
        );
        assert!(told(&Growth::from(Some(1_000_001)), 0, 1_000_000, 9_000_000).is_empty());
        assert!(told(&Growth::from(None), 0, 1_000, 9_000_000).is_empty());
    }

    #[test]
    fn one_batch_may_be_many_doublings() {
        let growth = Growth::from(Some(0));
        assert_eq!(told(&growth, 0, 6_000, 30_000), [6_000, 12_000, 24_000]);
    }
}
