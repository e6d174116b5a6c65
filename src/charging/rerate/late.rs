//! Rating again because usage came late. All before the first of it is as it shall be, so that and what is
//! behind it is rated again, as far as it can have changed; `run` does it, in parts, each with a transaction and
//! a turn of the rating threads of its own, so that usage that comes all the time hardly waits.
//!
//! After each part owners stand as the traces of all usage say, so what comes meanwhile is rated as ever;
//! it joins those that wait, because what it found was neither the old order nor the new one. Owners keep
//! the note of what is still to be done: a run that breaks off goes on from there. Nothing but such usage
//! may have changed an owner between two parts; else the run begins anew where it stands.

use super::gather::Item;
use super::run::Run;
use super::{Pool, Report, TRIES, Target};
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;

/// Usage of one part, where sessions do not need more.
pub(super) const PART: usize = 128;

impl Pool {
    /// Rates again what may cost something else because usage of a product, or of one that shares something
    /// with it, came late; the first of it began at an instant.
    ///
    /// # Errors
    /// As [`Pool::rerate`].
    pub(in crate::charging) fn rerate_late(
        &self,
        tenant: i64,
        product: &str,
        from: Micros,
    ) -> Outcome<Report> {
        let mut report = Report::default();
        let mut scope = Scope {
            from,
            is_whole: false,
        };
        for _ in 0..TRIES {
            let payers = self.sharing(tenant, product)?;
            if payers.is_empty() {
                report.list_gone(product);
                return Ok(report);
            }
            let mut run = Run::begin(self, payers, scope)?;
            scope.from = run.cursor;
            // A bill keeps what usage has cost, not what it had used up: only where nothing was used up yet
            // is known how much that is.
            if run.items.iter().any(Item::is_billed) {
                break;
            }
            let ended = run.go(&mut report);
            (self.wake)();
            match ended? {
                Ended::Done => return Ok(report),
                Ended::Again(next) => scope = next,
            }
        }
        let target = Target {
            product: product.to_owned(),
            from: scope.from,
        };
        self.rerate_all(tenant, &target, false, &mut report)?;
        (self.wake)();
        Ok(report)
    }
}

/// What is rated again.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    pub from: Micros,
    /// All of it, whatever can have changed.
    pub is_whole: bool,
}

/// How a run has ended.
pub(super) enum Ended {
    Done,
    /// Something else has changed, or more has to be rated.
    Again(Scope),
}

/// Behind how many a part may end, given when the session of each began and when it did: nothing behind
/// began earlier.
pub(super) fn cuts(spans: &[(i64, i64)]) -> Vec<usize> {
    let mut cuts = vec![spans.len()];
    let mut first = i64::MAX;
    for (place, (began, start)) in spans.iter().enumerate().rev() {
        if first > *start && place + 1 < spans.len() {
            cuts.push(place + 1);
        }
        first = first.min(*began);
    }
    if !spans.is_empty() {
        cuts.push(0);
    }
    cuts.reverse();
    cuts
}

/// The first cut behind so many.
pub(super) fn within(cuts: &[usize], count: usize) -> usize {
    let mut behind = cuts.iter().filter(|cut| **cut >= count);
    behind.next().copied().unwrap_or(0)
}

/// The last cut within a part; the first behind where there is none.
pub(super) fn part_of(cuts: &[usize], within: usize) -> usize {
    let fits = |cut: &&usize| (1..=PART).contains(*cut) && **cut <= within;
    let last = cuts.iter().rfind(fits);
    let next = || self::within(cuts, PART.min(within));
    last.copied().unwrap_or_else(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_session_is_cut() {
        assert_eq!(cuts(&[]), [0]);
        assert_eq!(cuts(&[(1, 1), (2, 2), (3, 3)]), [0, 1, 2, 3]);
        // Two at one instant, and a part of a session that began before.
        assert_eq!(cuts(&[(1, 1), (1, 1), (2, 2)]), [0, 2, 3]);
        assert_eq!(
            cuts(&[(1, 1), (2, 2), (3, 3), (2, 4), (5, 5)]),
            [0, 1, 4, 5]
        );
    }

    #[test]
    fn a_part_ends_where_it_may() {
        let each: Vec<usize> = (0..=1_000).collect();
        assert_eq!(part_of(&each, 1_000), PART);
        assert_eq!(part_of(&each, 5), 5);
        assert_eq!(part_of(&each, 0), 0);
        assert_eq!(part_of(&[0, 500, 1_000], 1_000), 500);
        assert_eq!(part_of(&[0, 7, 500, 1_000], 1_000), 7);
        assert_eq!(within(&[0, 7, 500], 8), 500);
    }
}
