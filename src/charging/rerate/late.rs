//! Rating again because usage came late. All before the first of it is as it shall be, so that and what is
//! behind it is rated again, as far as it can have changed ([`reach`]); in parts, each with a transaction and
//! a turn of the rating threads of its own, so that usage that comes all the time hardly waits.
//!
//! After each part owners stand as the traces of all usage say, so what comes meanwhile is rated as ever;
//! it joins those that wait, because what it found was neither the old order nor the new one. Owners keep
//! the note of what is still to be done: a run that breaks off goes on from there. Nothing but such usage
//! may have changed an owner between two parts; else the run begins anew where it stands.

use std::collections::HashSet;
use std::sync::Arc;

use super::again::Again;
use super::gather::{Beginning, Item};
use super::{Pool, Report, TRIES, Target};
use crate::charging::charge::{Rater, Task};
use crate::charging::forward::{Done, Owners, is_same, is_settled, reach};
use crate::charging::left::Left;
use crate::charging::payer::Payer;
use crate::charging::turn::Turn;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::store::DbError;
use crate::store::usage::Began;

/// Usage of one part, where sessions do not need more.
const PART: usize = 128;
/// Numbers of usage that others may have taken and not written yet.
const UNDER_WAY: i64 = 65_536;

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
struct Scope {
    from: Micros,
    /// All of it, whatever can have changed.
    is_whole: bool,
}

enum Ended {
    Done,
    /// Something else has changed, or more has to be rated.
    Again(Scope),
}

/// What became of a part.
enum Step {
    /// It is written; more follow.
    On,
    Ended(Ended),
}

/// Usage that is rated again, part by part.
struct Run<'p> {
    pool: &'p Pool,
    payers: Vec<Arc<Payer>>,
    /// What began before is as it shall be.
    cursor: Micros,
    /// What began later costs what it did.
    reach: Micros,
    /// What began at this instant or later was not read.
    read_to: i64,
    /// What waits, in the order of time.
    items: Vec<Item>,
    /// For the first of them.
    tasks: Vec<(i64, Task)>,
    /// Numbers of all usage that is taken care of.
    known: HashSet<i64>,
    /// Others that concern it have higher numbers.
    behind: i64,
    /// Owners before anything was rated again.
    before: Owners,
    /// Owners as they stood at the cursor when that was reached; none before the first part.
    there: Option<Owners>,
}

impl<'p> Run<'p> {
    fn begin(pool: &'p Pool, payers: Vec<Arc<Payer>>, scope: Scope) -> Outcome<Self> {
        let mut rater = pool.rater();
        pool.store.read_blocking(|session| {
            if let Err(problem) = rater.world.load(session, payers.iter()) {
                return Ok(Err(problem));
            }
            let before = rater.world.owners_of(&payers);
            let noted = before.values().filter_map(|owner| owner.late);
            let first = noted.map(|late| Micros(late.from)).min();
            let from = first.map_or(scope.from, |first| first.min(scope.from));
            let reach = match scope.is_whole {
                true => Micros(i64::MAX),
                false => reach(&before, from),
            };
            // Where no tier counts on, what is behind needs not even be read.
            let counts_on = before.values().any(|owner| owner.counts_on(from));
            let mut read_to = match counts_on {
                true => i64::MAX,
                false => reach.0.saturating_add(1),
            };
            let begin = Beginning::There;
            let mut all = Pool::all_together(session, &payers, begin, (from, read_to))?;
            // A session may go on behind.
            if read_to != i64::MAX && all.items.iter().any(|item| item.trail.is_part()) {
                read_to = i64::MAX;
                all = Pool::all_together(session, &payers, begin, (from, read_to))?;
            }
            let numbers = all.items.iter().map(|item| item.row.seq);
            let last = numbers.clone().max().unwrap_or(0);
            Ok(Ok(Run {
                pool,
                cursor: all.since,
                reach,
                read_to,
                known: numbers.collect(),
                behind: last.saturating_sub(UNDER_WAY),
                items: all.items,
                tasks: Vec::new(),
                before,
                there: None,
                payers,
            }))
        })?
    }

    fn go(&mut self, report: &mut Report) -> Outcome<Ended> {
        if self.items.len() > PART {
            let mut tried = self.attempt()?;
            if tried.failed > 0 {
                tried.leave_alone();
                report.add(tried);
                return Ok(Ended::Done);
            }
        }
        let turns = self.pool.turns_of(&self.payers);
        loop {
            // What takes time is done before the threads wait.
            self.prepare(self.count())?;
            let mut own: Vec<Turn<'_>> = turns.iter().map(|turns| turns.wait()).collect();
            let step = self.part(report);
            own.iter_mut()
                .for_each(|turn| turn.wrote(self.payers.iter()));
            drop(own);
            if let Step::Ended(ended) = step? {
                return Ok(ended);
            }
        }
    }

    /// Rates all that is to be rated and keeps nothing of it: where some has no price any more, all stays as
    /// it was.
    fn attempt(&self) -> Outcome<Report> {
        let mut rater = self.pool.rater();
        let world = &mut rater.world;
        let load = self.pool.store.read_blocking(|session| {
            let loaded = world.load(session, self.payers.iter());
            Ok(loaded)
        });
        load??;
        self.rewind(&mut rater);
        let within = self.items.iter().take(self.within());
        let tasks = self.pool.guided(within)?;
        let now = self.pool.core.clock.now();
        Ok(Again::rate(&mut rater, tasks.into_iter(), now).report)
    }

    /// One part, while the threads wait.
    fn part(&mut self, report: &mut Report) -> Outcome<Step> {
        let mut rater = self.look()?;
        let full = rater.world.owners_of(&self.payers);
        self.rewind(&mut rater);
        if !self.is_there(&rater.world.owners_of(&self.payers)) {
            return Ok(self.again(false));
        }
        let count = self.count();
        self.prepare(count)?;
        let tasks: Vec<(i64, Task)> = self.tasks.drain(..count).collect();
        let tasks = tasks.into_iter().map(|(_, task)| task);
        let now = self.pool.core.clock.now();
        let mut again = Again::rate(&mut rater, tasks, now);
        if again.report.failed > 0 {
            again.report.leave_alone();
            report.add(again.report);
            return Ok(Step::Ended(Ended::Done));
        }
        let there = rater.world.owners_of(&self.payers);
        let next = self.end_of(count);
        let is_last = count >= self.within();
        let done = match is_last {
            true => Done::All(next),
            false => Done::Until(next),
        };
        let rest = self.left(count);
        rater.world.put_back(&self.payers, &full, &rest, done);
        if is_last && !self.is_settled(count, &there, &rater.world.owners_of(&self.payers)) {
            return Ok(self.again(true));
        }
        let (batch, done) = again.batch(rater.world.writes(), now);
        match batch.commit(&self.pool.core, &self.pool.store) {
            Err(problem) if DbError::is_outdated(&problem) => return Ok(self.again(false)),
            committed => committed?,
        };
        report.add(done);
        self.items.drain(..count);
        self.cursor = next;
        self.there = Some(there);
        Ok(match is_last {
            true => Step::Ended(Ended::Done),
            false => Step::On,
        })
    }

    fn again(&self, is_whole: bool) -> Step {
        Step::Ended(Ended::Again(Scope {
            from: self.cursor,
            is_whole,
        }))
    }

    /// Reads owners as they are now, and what was rated meanwhile.
    fn look(&mut self) -> Outcome<Rater> {
        let mut rater = self.pool.rater();
        let began = Began {
            from: self.cursor.0,
            to: i64::MAX,
            behind: self.behind,
        };
        let new = self.pool.store.read_blocking(|session| {
            if let Err(problem) = rater.world.load(session, self.payers.iter()) {
                return Ok(Err(problem));
            }
            Pool::gather(session, &self.payers, &began, &self.known).map(Ok)
        })??;
        for item in new {
            let start = item.row.start_at;
            self.known.insert(item.row.seq);
            if self.there.is_some() {
                self.reach = self.reach.max(Micros(start));
            } else if start >= self.read_to {
                // Rated before the first part was written, and settled as what is around it.
                continue;
            }
            self.items.push(item);
        }
        self.items
            .sort_by_key(|item| (item.row.start_at, item.row.seq));
        Ok(rater)
    }

    /// Makes tasks of the first usage that waits.
    fn prepare(&mut self, count: usize) -> Outcome<()> {
        let wanted = self.items.iter().take(count).map(|item| item.row.seq);
        let made = self.tasks.iter().map(|(seq, _)| *seq);
        // Those that came meanwhile may stand between the others.
        let same = wanted.zip(made).take_while(|(one, other)| one == other);
        self.tasks.truncate(same.count());
        if self.tasks.len() >= count {
            return Ok(());
        }
        let missing = self.items.iter().take(count).skip(self.tasks.len());
        let numbers = missing.clone().map(|item| item.row.seq);
        let tasks = self.pool.guided(missing.clone())?;
        self.tasks.extend(numbers.zip(tasks));
        Ok(())
    }

    /// Takes owners back to the cursor.
    fn rewind(&self, rater: &mut Rater) {
        let left = self.left(0);
        rater.world.rewind(&self.payers, self.cursor, &left);
    }

    /// What usage behind so many has left behind.
    fn left(&self, count: usize) -> Left {
        let rest = self.items.iter().skip(count);
        Left::by(&self.payers, rest.map(|item| &item.trail))
    }

    /// Whether owners stand where they stood at the cursor.
    fn is_there(&self, now: &Owners) -> bool {
        let Some(there) = &self.there else {
            return true;
        };
        let mut all = there.iter();
        all.all(|(name, owner)| now.get(name).is_some_and(|own| is_same(name, owner, own)))
    }

    /// Whether what is behind so many costs what it did.
    fn is_settled(&self, count: usize, there: &Owners, after: &Owners) -> bool {
        if self.read_to == i64::MAX && count == self.items.len() {
            return true;
        }
        let mut all = self.before.iter();
        all.all(|(name, before)| match (there.get(name), after.get(name)) {
            (Some(there), Some(after)) => is_settled(name, before, there, after),
            _ => false,
        })
    }

    /// How much is to be rated.
    fn within(&self) -> usize {
        within(&self.cuts(), self.begun())
    }

    /// How much of it makes the next part.
    fn count(&self) -> usize {
        let cuts = self.cuts();
        part_of(&cuts, within(&cuts, self.begun()))
    }

    /// How much began no later than can have changed.
    fn begun(&self) -> usize {
        self.items
            .partition_point(|item| item.row.start_at <= self.reach.0)
    }

    fn cuts(&self) -> Vec<usize> {
        let spans = self.items.iter();
        let spans = spans.map(|item| (item.began(), item.row.start_at));
        cuts(&spans.collect::<Vec<(i64, i64)>>())
    }

    /// Behind which instant the first so many end.
    fn end_of(&self, count: usize) -> Micros {
        let last = count.checked_sub(1).and_then(|last| self.items.get(last));
        last.map_or(self.cursor, |last| {
            Micros(last.row.start_at.saturating_add(1))
        })
    }
}

/// Behind how many a part may end, given when the session of each began and when it did: nothing behind
/// began earlier.
fn cuts(spans: &[(i64, i64)]) -> Vec<usize> {
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
fn within(cuts: &[usize], count: usize) -> usize {
    let mut behind = cuts.iter().filter(|cut| **cut >= count);
    behind.next().copied().unwrap_or(0)
}

/// The last cut within a part; the first behind where there is none.
fn part_of(cuts: &[usize], within: usize) -> usize {
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
