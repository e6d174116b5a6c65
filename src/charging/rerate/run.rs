//! Usage that is rated again part by part: see [`late`].

use std::collections::HashSet;
use std::sync::Arc;

use super::again::Again;
use super::gather::{Beginning, Item};
use super::late::{self, Ended, Scope};
use super::{Pool, Report};
use crate::charging::charge::{Rater, Task};
use crate::charging::forward::{Done, Owners, is_same, is_settled, reach};
use crate::charging::left::Left;
use crate::charging::payer::Payer;
use crate::charging::turn::Turn;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::store::DbError;
use crate::store::usage::Began;

/// Numbers of usage that others may have taken and not written yet.
const UNDER_WAY: i64 = 65_536;

/// What became of a part.
enum Step {
    /// It is written; more follow.
    On,
    Ended(Ended),
}

/// Usage that is rated again, part by part.
pub(super) struct Run<'p> {
    pool: &'p Pool,
    payers: Vec<Arc<Payer>>,
    /// What began before is as it shall be.
    pub cursor: Micros,
    /// What began later costs what it did.
    reach: Micros,
    /// What began at this instant or later was not read.
    read_to: i64,
    /// What waits, in the order of time.
    pub items: Vec<Item>,
    /// For the first of them.
    tasks: Vec<(i64, Task)>,
    /// What all of them have left behind, and what those behind so many have.
    left: Left,
    rest: Option<(usize, Left)>,
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
    /// Reads what is to be rated again.
    ///
    /// # Errors
    /// As [`Pool::rerate`].
    pub fn begin(pool: &'p Pool, payers: Vec<Arc<Payer>>, scope: Scope) -> Outcome<Self> {
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
                left: all.left,
                rest: None,
                before,
                there: None,
                payers,
            }))
        })?
    }

    /// Rates everything again.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn go(&mut self, report: &mut Report) -> Outcome<Ended> {
        if self.items.len() > late::PART {
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
            let count = self.count();
            self.prepare(count)?;
            self.rest = Some((count, self.left_behind(count)));
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
        let tasks = self.tasks.drain(..count.min(self.tasks.len()));
        let now = self.pool.core.clock.now();
        let mut again = Again::rate(&mut rater, tasks.map(|(_, task)| task), now);
        if again.report.failed > 0 {
            again.report.leave_alone();
            report.add(again.report);
            return Ok(Step::Ended(Ended::Done));
        }
        let there = rater.world.owners_of(&self.payers);
        let is_last = count >= self.within();
        let rest = self.take_rest(count);
        self.put_back(&mut rater, &full, (count, &rest), is_last);
        if is_last && !self.is_settled(count, &there, &rater.world.owners_of(&self.payers)) {
            return Ok(self.again(true));
        }
        match self.write(again, &rater, &full, now) {
            Err(problem) if DbError::is_outdated(&problem) => return Ok(self.again(false)),
            written => report.add(written?),
        }
        self.cursor = self.end_of(count);
        self.items.drain(..count.min(self.items.len()));
        (self.left, self.there) = (rest, Some(there));
        Ok(match is_last {
            true => Step::Ended(Ended::Done),
            false => Step::On,
        })
    }

    /// Puts back what usage behind so many has left behind.
    fn put_back(
        &self,
        rater: &mut Rater,
        full: &Owners,
        (count, rest): (usize, &Left),
        is_last: bool,
    ) {
        let next = self.end_of(count);
        let done = match is_last {
            true => Done::All(next),
            false => Done::Until(next),
        };
        rater.world.put_back(&self.payers, full, rest, done);
    }

    /// Writes what came of a part, over owners as they were.
    fn write(&self, again: Again, rater: &Rater, full: &Owners, now: Micros) -> Outcome<Report> {
        let mut writes = rater.world.writes();
        // Many share something with it and have no part in this.
        writes.states.retain(|own| {
            full.get(&own.owner)
                .is_none_or(|before| before.bytes() != own.state)
        });
        let (batch, report) = again.batch(writes, now);
        batch.commit(&self.pool.core, &self.pool.store)?;
        Ok(report)
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
            self.left.add(&item.trail);
            match &mut self.rest {
                Some((count, rest)) if start >= end_of(&self.items, *count) => {
                    rest.add(&item.trail)
                }
                rest => *rest = None,
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
        rater.world.rewind(&self.payers, self.cursor, &self.left);
    }

    /// What usage behind so many has left behind.
    fn left_behind(&self, count: usize) -> Left {
        let rest = self.items.iter().skip(count);
        Left::by(&self.payers, rest.map(|item| &item.trail))
    }

    /// The same; mostly it was worked out before the threads waited.
    fn take_rest(&mut self, count: usize) -> Left {
        let ready = self.rest.take().filter(|(ready, _)| *ready == count);
        ready.map_or_else(|| self.left_behind(count), |(_, rest)| rest)
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
        late::within(&self.cuts(), self.begun())
    }

    /// How much of it makes the next part.
    fn count(&self) -> usize {
        let cuts = self.cuts();
        late::part_of(&cuts, late::within(&cuts, self.begun()))
    }

    /// How much began no later than can have changed.
    fn begun(&self) -> usize {
        self.items
            .partition_point(|item| item.row.start_at <= self.reach.0)
    }

    fn cuts(&self) -> Vec<usize> {
        let spans = self.items.iter();
        let spans = spans.map(|item| (item.began(), item.row.start_at));
        late::cuts(&spans.collect::<Vec<(i64, i64)>>())
    }

    /// Behind which instant the first so many end.
    fn end_of(&self, count: usize) -> Micros {
        match count {
            0 => self.cursor,
            _ => Micros(end_of(&self.items, count)),
        }
    }
}

/// Behind which instant the first so many end; none does where there are none.
fn end_of(items: &[Item], count: usize) -> i64 {
    let last = count.checked_sub(1).and_then(|last| items.get(last));
    last.map_or(i64::MIN, |last| last.row.start_at.saturating_add(1))
}
