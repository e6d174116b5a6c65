//! One step of an order in one transaction: what came in is applied to the run, our own work is done,
//! and everything that follows is written. What is left over are calls to other systems.
//!
//! - `begin` starts an order from its plan, `claims` queues orders for products;
//! - `amend` changes an order under way, also when another one wants it (`amending`); `cancel` takes it
//!   back, `unplaced` answers for orders that were never placed;
//! - `work` applies inputs and does our own work; `close` writes.

mod amend;
mod amending;
mod begin;
mod cancel;
mod claims;
mod close;
mod unplaced;
mod work;

use super::books::Books;
use super::input::{Told, next_amendment};
use super::internal::Desk;
use super::prepare::Prepared;
use super::snapshot::PRODUCT;
use super::stage::{self, Context, Filed, Progress, Stage};
use super::{ENGINE, Fulfilment, KIND, fallout, records, sheet, task};
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::engine::Caller;
use crate::ordering::plan::validate::Refusal as Reason;
use crate::ordering::run::{Act, By, Effect, Input, Note, Refusal, Run, View};
use crate::store::{Due, IdKey, OrderInputRow, Tx};
use amend::Amendment;

/// What became of a step.
pub enum Step {
    /// There is no such order, or it has ended and nothing was left to tell it.
    Nothing,
    /// It needs a plan of this revision first.
    NeedsPlan(u32),
    Done(Done),
}

/// What a step leaves behind.
#[derive(Default)]
pub struct Done {
    /// Calls to make after the commit.
    pub calls: Vec<Effect>,
    pub context: Context,
    /// For each input that came along, why it was not followed.
    pub refused: Vec<Option<Refusal>>,
    /// Other orders may begin now.
    pub freed: bool,
    /// The order has come to its end.
    pub ended: bool,
}

/// What a step is to take in.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Rules may have left something for the order.
    pub look: bool,
    pub inputs: Vec<Input>,
    /// Who wants a step taken again that failed.
    pub by: Option<By>,
}

/// Takes a step.
///
/// # Errors
/// A fault of the store, or of ours.
pub fn step(
    shared: &Fulfilment,
    tx: &mut Tx<'_>,
    due: &Due,
    prepared: Option<&Prepared>,
    given: &Given,
    now: Micros,
) -> Outcome<Step> {
    let row = tx.order_run(due.tenant, &due.order)?;
    let inputs = given.inputs.as_slice();
    let left = match given.look {
        true => tx.order_inputs(due.tenant, &due.order)?,
        false => Vec::new(),
    };
    let caller = Caller {
        tenant: due.tenant,
        principal: ENGINE.to_owned(),
    };
    let books = Books::new(&shared.core, &caller, now);
    let Some(row) = row else {
        return unplaced::answer(tx, books, due, left, given.by.as_ref(), now);
    };
    if row.state == DONE && left.is_empty() && inputs.is_empty() {
        return Ok(Step::Nothing);
    }
    let progress = Progress::read(&row)?;
    let Letters {
        told,
        mut taken,
        mut later,
        amendment,
    } = Letters::sort(progress.stage, left)?;
    let (run, context) = match stage::run_of(&row)? {
        Some((run, context)) => (Some(run), context),
        None => (None, Context::default()),
    };
    let mut unit = Unit {
        shared,
        due,
        now,
        books,
        stage: progress.stage,
        before: run.as_ref().map(Run::view),
        revision: run.as_ref().map_or(0, |run| run.work().revision),
        run,
        context,
        notes: Vec::new(),
        done: Done::default(),
        parked: false,
        replanned: false,
        priority: None,
        rewritten: false,
        tx,
    };
    let amended = unit.amended()?;
    if !amended.is_empty() && !is_cancelled(&told) {
        unit.pass_on(&amended)?;
    } else if let Some(wanted) = unit.wants_plan(&told, prepared, amendment.as_deref())? {
        return Ok(Step::NeedsPlan(wanted));
    }
    unit.hear(&told, prepared)?;
    if unit.parked {
        let waits = |told: &Told| Amendment::of(told).is_some();
        let mut told = told.iter().map(waits);
        later.extend(taken.extract_if(.., |_| told.next() == Some(true)));
    }
    unit.take_again(&told, given.by.as_ref())?;
    unit.take_in(inputs)?;
    unit.close(
        row,
        Letters {
            told,
            taken,
            later,
            amendment,
        },
    )
}

/// State of the run of an order that has ended.
pub const DONE: &str = "done";
const OPEN: &str = "open";

/// What rules and other orders left for an order.
struct Letters {
    /// What it is told now.
    told: Vec<Told>,
    /// As it is stored.
    taken: Vec<OrderInputRow>,
    /// What it is told another time: orders amend it one after the other.
    later: Vec<OrderInputRow>,
    /// Id of the amendment by another order that it is told of.
    amendment: Option<String>,
}

impl Letters {
    fn sort(stage: Stage, left: Vec<OrderInputRow>) -> Outcome<Self> {
        let all = left.iter().map(Told::read).collect::<Outcome<Vec<_>>>()?;
        let chosen = next_amendment(stage, &all);
        let mut letters = Letters {
            told: Vec::new(),
            taken: Vec::new(),
            later: Vec::new(),
            amendment: None,
        };
        for (place, (row, told)) in left.into_iter().zip(all).enumerate() {
            let is_chosen = chosen == Some(place);
            if is_chosen {
                letters.amendment = Some(row.id.clone());
            }
            if matches!(told, Told::AmendBy { .. }) && !is_chosen {
                letters.later.push(row);
            } else {
                letters.told.push(told);
                letters.taken.push(row);
            }
        }
        Ok(letters)
    }
}

struct Unit<'u, 'tx> {
    shared: &'u Fulfilment,
    tx: &'u mut Tx<'tx>,
    due: &'u Due,
    now: Micros,
    books: Books<'u>,
    stage: Stage,
    run: Option<Run>,
    before: Option<View>,
    /// Of the plan at the beginning of the step; 0 without one.
    revision: u32,
    context: Context,
    notes: Vec<Note>,
    done: Done,
    /// An amendment waits for another order.
    parked: bool,
    /// What is to be done was changed.
    replanned: bool,
    /// Of the order, where it was planned anew.
    priority: Option<i64>,
    /// The items were written by someone else: they have to show the states of the run again.
    rewritten: bool,
}

impl Unit<'_, '_> {
    /// The revision of the plan without which nothing can be done.
    fn wants_plan(
        &mut self,
        told: &[Told],
        prepared: Option<&Prepared>,
        amendment: Option<&str>,
    ) -> Outcome<Option<u32>> {
        let amended = told.iter().any(|told| Amendment::of(told).is_some());
        let wanted = match self.stage {
            Stage::Placed | Stage::Incomplete if is_cancelled(told) => false,
            Stage::Placed => true,
            // The order before it has changed the products that it was planned for.
            Stage::Queued => amended || told.contains(&Told::WayIsFree),
            Stage::Incomplete | Stage::Running => amended,
            Stage::Amending | Stage::Ended => false,
        };
        if !wanted {
            return Ok(None);
        }
        let next = match (self.stage, amended) {
            // Nothing of it was begun: the new plan takes the place of the old one.
            (Stage::Queued, false) => self.revision,
            _ => self.revision + 1,
        };
        let fits = |prepared: &&Prepared| {
            prepared.plan_revision == next && prepared.amendment.as_deref() == amendment
        };
        let Some(prepared) = prepared.filter(fits) else {
            return Ok(Some(next));
        };
        // It may have been changed since it was planned.
        let rows = self
            .tx
            .versions(&IdKey::new(self.due.tenant, KIND, &self.due.order))?;
        let same = rows
            .iter()
            .any(|row| row.current && row.revision == prepared.order_revision);
        Ok((!same || self.have_changed(&prepared.products)?).then_some(next))
    }

    /// Whether products are not what they were when they were planned for.
    fn have_changed(&mut self, products: &[(String, Option<i64>)]) -> Outcome<bool> {
        for (id, revision) in products {
            let rows = self
                .tx
                .versions(&IdKey::new(self.due.tenant, PRODUCT, id))?;
            let current = rows.iter().find(|row| row.current).map(|row| row.revision);
            if current != *revision {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes in what rules left for the order. The plan comes first: it is of the order as it is now.
    fn hear(&mut self, told: &[Told], prepared: Option<&Prepared>) -> Outcome<()> {
        let amendment = told.iter().find_map(Amendment::of);
        let freed = told.contains(&Told::WayIsFree);
        match (self.stage, prepared, amendment) {
            (Stage::Queued, Some(prepared), None) if freed => self.begin(prepared)?,
            (Stage::Incomplete, Some(prepared), Some(amendment @ Amendment::Ordered { .. })) => {
                self.complete(prepared, amendment)?;
            }
            (Stage::Placed | Stage::Incomplete, Some(prepared), _) => self.begin(prepared)?,
            (Stage::Queued | Stage::Running, Some(prepared), Some(amendment)) => {
                self.amend(prepared, amendment)?;
            }
            (Stage::Amending, ..) => self.hear_answer(told)?,
            (Stage::Ended, _, Some(amendment)) => self.come_late(amendment)?,
            _ => {}
        }
        for told in told {
            if let Told::Cancel {
                task,
                items,
                reason,
                by,
            } = told
            {
                self.cancel(task, items, reason.as_deref(), by)?;
            }
        }
        // What was cancelled before it began need not begin.
        if self.replanned || told.contains(&Told::WayIsFree) {
            self.start_if_free()?;
        }
        Ok(())
    }

    fn act(&mut self, act: Act, by: &str, note: Option<&str>) -> Outcome<Option<Refusal>> {
        let by = By {
            who: by.to_owned(),
            note: note.map(str::to_owned),
        };
        self.feed(Input::Act { act, by })
    }

    /// Takes in what was kept of steps that failed; from here on nobody need look at that any more.
    fn take_again(&mut self, told: &[Told], by: Option<&By>) -> Outcome<()> {
        for told in told {
            if let Told::Again {
                inputs, fallout, ..
            } = told
            {
                for input in inputs {
                    self.feed(input.clone())?;
                }
                fallout::passed(&mut self.books, self.tx, fallout, by, self.now)?;
            }
        }
        Ok(())
    }

    fn take_in(&mut self, inputs: &[Input]) -> Outcome<()> {
        if self.stage == Stage::Running {
            let due = self.run.as_ref().and_then(Run::wake_at);
            if due.is_some_and(|due| due <= self.now) {
                self.feed(Input::Tick)?;
            }
        }
        for input in inputs {
            let refused = self.feed(input.clone())?;
            self.done.refused.push(refused);
        }
        Ok(())
    }
}

/// True when someone wants all of the order cancelled.
fn is_cancelled(told: &[Told]) -> bool {
    let whole = |told: &Told| matches!(told, Told::Cancel { items, .. } if items.is_empty());
    told.iter().any(whole)
}
