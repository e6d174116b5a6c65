//! One step of an order in one transaction: what came in is applied to the run, our own work is done,
//! and everything that follows is written. What is left over are calls to other systems.

use std::collections::VecDeque;

use serde_json::json;

use super::books::Books;
use super::input::Told;
use super::internal::Desk;
use super::prepare::{Prepared, claimed};
use super::snapshot::PRODUCT;
use super::stage::{self, Context, Filed, Progress, Stage};
use super::{ENGINE, Fulfilment, KIND, fallout, records, sheet};
use crate::domain::clock::Micros;
use crate::domain::descriptor::Change;
use crate::domain::ids;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::Caller;
use crate::ordering::order::Action;
use crate::ordering::plan::validate::Refusal as Reason;
use crate::ordering::plan::{Plan, Planned};
use crate::ordering::run::{
    Act, By, CancelStage, Effect, FalloutChange, Input, Note, Refusal, Run, View,
};
use crate::ordering::settings::SecondOrder;
use crate::store::{ClaimRow, Due, IdKey, OrderInputRow, OrderLogRow, RunRow, Tx};

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
    let Some(row) = tx.order_run(due.tenant, &due.order)? else {
        return Ok(Step::Nothing);
    };
    let inputs = given.inputs.as_slice();
    let left = match given.look {
        true => tx.order_inputs(due.tenant, &due.order)?,
        false => Vec::new(),
    };
    if row.state == DONE && left.is_empty() && inputs.is_empty() {
        return Ok(Step::Nothing);
    }
    let told = left.iter().map(Told::read).collect::<Outcome<Vec<_>>>()?;
    let caller = Caller {
        tenant: due.tenant,
        principal: ENGINE.to_owned(),
    };
    let progress = Progress::read(&row)?;
    let (run, context) = match stage::run_of(&row)? {
        Some((run, context)) => (Some(run), context),
        None => (None, Context::default()),
    };
    let mut unit = Unit {
        shared,
        due,
        now,
        books: Books::new(&shared.core, &caller, now),
        stage: progress.stage,
        before: run.as_ref().map(Run::view),
        revision: run.as_ref().map_or(0, |run| run.work().revision),
        run,
        context,
        notes: Vec::new(),
        done: Done::default(),
        replanned: false,
        rewritten: false,
        tx,
    };
    if let Some(wanted) = unit.wants_plan(&told, prepared)? {
        return Ok(Step::NeedsPlan(wanted));
    }
    unit.hear(&told, prepared)?;
    unit.take_in(inputs)?;
    unit.close(row, left)
}

/// State of the run of an order that has ended.
pub const DONE: &str = "done";
const OPEN: &str = "open";

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
    /// What is to be done was changed.
    replanned: bool,
    /// The items were written by someone else: they have to show the states of the run again.
    rewritten: bool,
}

impl Unit<'_, '_> {
    /// The revision of the plan without which nothing can be done.
    fn wants_plan(&mut self, told: &[Told], prepared: Option<&Prepared>) -> Outcome<Option<u32>> {
        let amended = told.iter().any(|told| matches!(told, Told::Amend { .. }));
        let wanted = match self.stage {
            Stage::Placed | Stage::Incomplete if is_cancelled(told) => false,
            Stage::Placed => true,
            // The order before it has changed the products that it was planned for.
            Stage::Queued => amended || told.contains(&Told::WayIsFree),
            Stage::Incomplete | Stage::Running => amended,
            Stage::Ended => false,
        };
        if !wanted {
            return Ok(None);
        }
        let next = match (self.stage, amended) {
            // Nothing of it was begun: the new plan takes the place of the old one.
            (Stage::Queued, false) => self.revision,
            _ => self.revision + 1,
        };
        let Some(prepared) = prepared.filter(|prepared| prepared.plan_revision == next) else {
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
        let amend = told.iter().find_map(|told| match told {
            Told::Amend { before, by } => Some((before, by)),
            _ => None,
        });
        let freed = told.contains(&Told::WayIsFree);
        match (self.stage, prepared, amend) {
            (Stage::Queued, Some(prepared), None) if freed => self.begin(prepared)?,
            (Stage::Placed | Stage::Incomplete, Some(prepared), _) => self.begin(prepared)?,
            (Stage::Queued | Stage::Running, Some(prepared), Some((before, by))) => {
                self.amend(prepared, before, by)?;
            }
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

    fn begin(&mut self, prepared: &Prepared) -> Outcome<()> {
        let order = self.due.order.clone();
        let Some(mut doc) = self.books.read(self.tx, KIND, &order)?.cloned() else {
            self.stage = Stage::Ended;
            return Ok(());
        };
        match &prepared.planned {
            Planned::Rejected(refusals) => return self.reject(refusals),
            Planned::Pending(missing) => {
                sheet::ask(&order, &mut doc, missing, self.now);
                self.books.write(self.tx, KIND, &order, doc)?;
                for lack in missing {
                    let (change, path) = (Change::InformationRequired, lack.pointer.clone());
                    self.books.announce_of(KIND, &order, change, Some(path));
                }
                if self.run.is_some() {
                    // It had a plan and waited; whoever waits behind it need not wait for answers.
                    self.free_products()?;
                    self.run = None;
                }
                self.stage = Stage::Incomplete;
            }
            Planned::Plan(plan) => {
                if let Some(priced) = &prepared.priced {
                    self.books.write(self.tx, KIND, &order, priced.clone())?;
                }
                self.context = prepared.context.clone();
                self.run = Some(Run::new(plan.clone(), prepared.terms, self.shared.policy));
                self.replanned = true;
                self.stage = Stage::Queued;
                self.claim(plan)?;
            }
        }
        Ok(())
    }

    fn reject(&mut self, refusals: &[Reason]) -> Outcome<()> {
        let order = &self.due.order;
        if let Some(mut doc) = self.books.read(self.tx, KIND, order)?.cloned() {
            sheet::reject(order, &mut doc, refusals, self.now);
            self.books.write(self.tx, KIND, order, doc)?;
            self.books.announce(KIND, order, Change::ErrorMessage);
        }
        self.run = None;
        self.stage = Stage::Ended;
        Ok(())
    }

    /// Queues the order for the products that it changes.
    fn claim(&mut self, plan: &Plan) -> Outcome<()> {
        let products = claimed(plan);
        if products.is_empty() {
            return Ok(());
        }
        // Two orders that come at the same instant see each other.
        for product in &products {
            self.tx
                .lock(&format!("orders for product {} {product}", self.due.tenant))?;
        }
        // Behind all that came before, whatever the clocks of their processes said.
        let tenant = self.due.tenant;
        let others = self
            .tx
            .direct(|session| session.claims(tenant, &products))?;
        let last = others.iter().map(|claim| claim.at.saturating_add(1)).max();
        let at = last.unwrap_or_default().max(self.now.0);
        let rows: Vec<ClaimRow> = products
            .into_iter()
            .map(|product| ClaimRow {
                tenant: self.due.tenant,
                product,
                order_id: self.due.order.clone(),
                at,
            })
            .collect();
        self.tx.direct(|session| session.claim_products(&rows))
    }

    /// Lets the run begin when no other order stands before it.
    fn start_if_free(&mut self) -> Outcome<()> {
        if self.stage != Stage::Queued {
            return Ok(());
        }
        let Some(run) = self.run.as_ref().filter(|run| !run.status().is_final()) else {
            return Ok(());
        };
        let products: Vec<String> = run
            .work()
            .items
            .iter()
            .filter(|item| item.action != Action::Add)
            .filter_map(|item| item.product.clone())
            .collect();
        let ahead = self.ahead(&products)?;
        let Some(other) = ahead else {
            self.stage = Stage::Running;
            return self.feed(Input::Start).map(drop);
        };
        match self.shared.settings.second_order {
            SecondOrder::Wait => {
                tracing::debug!(order = self.due.order, other, "waits for another order");
                Ok(())
            }
            SecondOrder::Reject => self.reject(&[Reason {
                item: String::new(),
                pointer: "/productOrderItem".to_owned(),
                code: "productBusy".to_owned(),
                message: format!("the order '{other}' is at work on the same product"),
            }]),
        }
    }

    /// An order that claimed one of the products before.
    fn ahead(&mut self, products: &[String]) -> Outcome<Option<String>> {
        if products.is_empty() {
            return Ok(None);
        }
        let tenant = self.due.tenant;
        let claims = self.tx.direct(|session| session.claims(tenant, products))?;
        for of_product in claims.chunk_by(|a, b| a.product == b.product) {
            if let Some(first) = of_product
                .first()
                .filter(|first| first.order_id != self.due.order)
            {
                return Ok(Some(first.order_id.clone()));
            }
        }
        Ok(None)
    }

    fn amend(&mut self, prepared: &Prepared, before: &serde_json::Value, by: &str) -> Outcome<()> {
        self.rewritten = true;
        let reasons = match &prepared.planned {
            Planned::Plan(plan) => {
                let context = prepared.context.clone();
                let claims = plan.clone();
                let act = Act::Amend {
                    plan: plan.clone(),
                    force: false,
                };
                match self.act(act, by, None)? {
                    None => {
                        self.context = context;
                        self.replanned = true;
                        if let Some(run) = &mut self.run {
                            run.set_terms(prepared.terms);
                        }
                        self.claim(&claims)?;
                        if let Some(priced) = &prepared.priced {
                            let order = self.due.order.clone();
                            self.books.write(self.tx, KIND, &order, priced.clone())?;
                        }
                        return Ok(());
                    }
                    Some(refusal) => vec![Reason {
                        item: String::new(),
                        pointer: "/productOrderItem".to_owned(),
                        code: "amendmentRefused".to_owned(),
                        message: refusal.message,
                    }],
                }
            }
            Planned::Rejected(refusals) => refusals.clone(),
            Planned::Pending(missing) => missing
                .iter()
                .map(|lack| Reason {
                    item: lack.item.clone(),
                    pointer: lack.pointer.clone(),
                    code: "informationRequired".to_owned(),
                    message: lack.message.clone(),
                })
                .collect(),
        };
        self.take_back_amendment(before, &reasons)
    }

    /// The items are again what they were, and the order says why.
    fn take_back_amendment(
        &mut self,
        before: &serde_json::Value,
        reasons: &[Reason],
    ) -> Outcome<()> {
        let order = &self.due.order;
        let Some(mut doc) = self.books.read(self.tx, KIND, order)?.cloned() else {
            return Ok(());
        };
        if let Some(doc) = doc.as_object_mut() {
            doc.insert("productOrderItem".to_owned(), before.clone());
        }
        sheet::explain(order, &mut doc, reasons, self.now);
        self.books.write(self.tx, KIND, order, doc)?;
        self.books.announce(KIND, order, Change::ErrorMessage);
        Ok(())
    }

    fn cancel(
        &mut self,
        task: &str,
        items: &[String],
        reason: Option<&str>,
        by: &str,
    ) -> Outcome<()> {
        let order = self.due.order.clone();
        if let Some(reason) = reason
            && let Some(mut doc) = self.books.read(self.tx, KIND, &order)?.cloned()
        {
            if let Some(doc) = doc.as_object_mut() {
                doc.insert("cancellationReason".to_owned(), json!(reason));
            }
            self.books.write(self.tx, KIND, &order, doc)?;
        }
        if self.run.is_none() {
            return self.cancel_unplanned(task);
        }
        let wanted: Vec<Option<String>> = match items {
            [] => vec![None],
            items => items.iter().cloned().map(Some).collect(),
        };
        for item in wanted {
            let act = Act::Cancel {
                task: task.to_owned(),
                item,
                force: false,
                dependants: false,
            };
            if let Some(refusal) = self.act(act, by, reason)? {
                records::end_task(&mut self.books, self.tx, task, Some(&refusal.message))?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// An order without a plan is cancelled at once, unless it has ended.
    fn cancel_unplanned(&mut self, task: &str) -> Outcome<()> {
        if self.stage == Stage::Ended {
            let why = "the order has ended";
            return records::end_task(&mut self.books, self.tx, task, Some(why));
        }
        let order = self.due.order.clone();
        if let Some(mut doc) = self.books.read(self.tx, KIND, &order)?.cloned() {
            sheet::cancel(&mut doc, self.now);
            self.books.write(self.tx, KIND, &order, doc)?;
        }
        self.stage = Stage::Ended;
        records::end_task(&mut self.books, self.tx, task, None)
    }

    fn act(&mut self, act: Act, by: &str, note: Option<&str>) -> Outcome<Option<Refusal>> {
        let by = By {
            who: by.to_owned(),
            note: note.map(str::to_owned),
        };
        self.feed(Input::Act { act, by })
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

    /// Applies an input and does all of our own work that it brings about.
    fn feed(&mut self, input: Input) -> Outcome<Option<Refusal>> {
        let mut refused = None;
        let mut waiting = VecDeque::from([input]);
        while let Some(input) = waiting.pop_front() {
            let Some(run) = &mut self.run else {
                return Ok(refused);
            };
            let outcome = run.apply(input, self.now);
            refused = refused.or(outcome.refused);
            self.notes.extend(outcome.notes);
            for change in outcome.fallouts {
                self.fallout(change)?;
            }
            for effect in outcome.effects {
                if let Effect::Internal(internal) = effect {
                    waiting.push_back(self.internal(&internal)?);
                } else {
                    self.outward(effect)?;
                }
            }
        }
        Ok(refused)
    }

    fn internal(&mut self, internal: &crate::ordering::run::Internal) -> Outcome<Input> {
        let Some(run) = &self.run else {
            return Err(Problem::internal("work without a run"));
        };
        let work = std::sync::Arc::clone(run.work());
        let mut desk = Desk {
            tx: self.tx,
            books: &mut self.books,
            due: self.due,
            work: &work,
            now: self.now,
        };
        let external_id = internal.external_id.clone();
        Ok(match desk.carry_out(internal)? {
            Ok(results) => Input::InternalDone {
                external_id,
                results,
            },
            Err(message) => Input::InternalFailed {
                external_id,
                message,
            },
        })
    }

    /// Keeps a record of what is sent, and leaves the call for after the commit.
    fn outward(&mut self, effect: Effect) -> Outcome<()> {
        match &effect {
            Effect::Send(delivery) | Effect::SendUndo(delivery) => {
                let request = self.shared.request(delivery, &self.context);
                let target = delivery.request.target.as_deref();
                let is_new = delivery.attempt <= 1 && !delivery.maybe_sent;
                let sent = records::Sent {
                    product_order: &self.due.order,
                    target: target.unwrap_or("default"),
                    request: &request,
                    is_new,
                };
                records::sent(&mut self.books, self.tx, &sent)?;
            }
            Effect::Poll { .. } | Effect::CancelRemote { .. } => {}
            Effect::Internal(_) | Effect::OpenTask { .. } | Effect::CloseTask { .. } => {
                return Ok(());
            }
        }
        self.done.calls.push(effect);
        Ok(())
    }

    fn fallout(&mut self, change: FalloutChange) -> Outcome<()> {
        match change {
            FalloutChange::Opened(opened) => {
                metrics::counter!("tollgate_fallouts_total", "cause" => opened.cause.as_str())
                    .increment(1);
                let doc = fallout::opened(&self.due.order, &opened);
                self.books.write(self.tx, fallout::KIND, &opened.id, doc)
            }
            FalloutChange::Resolved { id, how, by, note } => {
                let Some(before) = self.books.read(self.tx, fallout::KIND, &id)?.cloned() else {
                    return Ok(());
                };
                let (by, note) = (by.as_deref(), note.as_deref());
                let doc = fallout::resolved(&before, how, by, note, self.now);
                self.books.write(self.tx, fallout::KIND, &id, doc)
            }
        }
    }

    /// Writes the order, the requests to cancel it, the records of what was sent, and the run.
    fn close(mut self, row: RunRow, left: Vec<OrderInputRow>) -> Outcome<Step> {
        if let Some(run) = &self.run {
            let view = run.view();
            let work = std::sync::Arc::clone(run.work());
            records::finished(&mut self.books, self.tx, run, &self.notes, self.now)?;
            let before = self.before.as_ref();
            if self.rewritten || before.is_none_or(|before| is_news(before, &view)) {
                self.show(&view, &work.items)?;
            }
            self.tasks(&view)?;
            let begun = matches!(self.stage, Stage::Queued | Stage::Running);
            if begun && view.state.is_final() {
                self.stage = Stage::Ended;
            }
        }
        let was_done = row.state == DONE;
        self.done.ended = self.stage == Stage::Ended && !was_done;
        if self.done.ended {
            self.free_products()?;
        }
        let wake_at = match (self.stage, &self.run) {
            (Stage::Running, Some(run)) => run.wake_at().map(|at| at.0),
            _ => None,
        };
        let work = match (&self.run, self.replanned) {
            (Some(run), true) => serde_json::to_string(&Filed {
                work: run.work().as_ref().clone(),
                context: self.context.clone(),
            })
            .map_err(Problem::internal)?,
            (None, _) if self.stage == Stage::Incomplete => String::new(),
            _ => row.work.clone(),
        };
        self.replanned |= work != row.work;
        let progress = Progress {
            stage: self.stage,
            state: self.run.as_ref().map(|run| run.state().clone()),
        };
        let progress = serde_json::to_string(&progress).map_err(Problem::internal)?;
        self.log()?;
        self.done.context = self.context;
        self.books.close(self.tx)?;
        if !left.is_empty() {
            self.tx.took_in(left);
        }
        if progress != row.progress || wake_at != row.wake_at || self.replanned {
            let next = RunRow {
                state: if self.stage == Stage::Ended {
                    DONE
                } else {
                    OPEN
                }
                .to_owned(),
                wake_at,
                updated_at: self.now.0,
                work,
                progress,
                ..row
            };
            self.tx.move_run(next, self.replanned);
        }
        Ok(Step::Done(self.done))
    }

    fn show(&mut self, view: &View, items: &[crate::ordering::plan::PlacedItem]) -> Outcome<()> {
        let order = self.due.order.clone();
        let Some(mut doc) = self.books.read(self.tx, KIND, &order)?.cloned() else {
            return Ok(());
        };
        let told = sheet::show(&order, &mut doc, view, items, self.now);
        self.books.write(self.tx, KIND, &order, doc)?;
        for change in told {
            self.books.announce(KIND, &order, change);
        }
        Ok(())
    }

    /// Requests to cancel show what became of them.
    fn tasks(&mut self, view: &View) -> Outcome<()> {
        for cancellation in &view.cancellations {
            let known = self.before.as_ref().and_then(|before| {
                let mut all = before.cancellations.iter();
                all.find(|one| one.task == cancellation.task && one.item == cancellation.item)
            });
            if known.map(|known| known.stage) == Some(cancellation.stage) {
                continue;
            }
            let task = &cancellation.task;
            match cancellation.stage {
                CancelStage::Assessing | CancelStage::Pending => {
                    records::move_task(&mut self.books, self.tx, task, "inProgress")?;
                }
                CancelStage::Done => records::end_task(&mut self.books, self.tx, task, None)?,
                CancelStage::Refused => {
                    let why = cancellation.reason.as_deref().unwrap_or("it is too late");
                    records::end_task(&mut self.books, self.tx, task, Some(why))?;
                }
            }
        }
        Ok(())
    }

    /// Orders that waited for the products of this one may look again.
    fn free_products(&mut self) -> Outcome<()> {
        let (tenant, order, now) = (self.due.tenant, self.due.order.clone(), self.now);
        if self.run.is_none() && self.revision == 0 && !self.replanned {
            return Ok(());
        }
        let claims = self
            .tx
            .direct(|session| session.claims_of(tenant, &order))?;
        if claims.is_empty() {
            return Ok(());
        }
        let products: Vec<String> = claims.into_iter().map(|claim| claim.product).collect();
        let all = self
            .tx
            .direct(|session| session.claims(tenant, &products))?;
        self.tx
            .direct(|session| session.release_claims(tenant, &order))?;
        let mut others: Vec<String> = all.into_iter().map(|claim| claim.order_id).collect();
        others.retain(|other| *other != order);
        others.sort_unstable();
        others.dedup();
        for other in others {
            Told::WayIsFree.leave(self.tx, tenant, &other, now)?;
            self.done.freed = true;
        }
        Ok(())
    }

    fn log(&mut self) -> Outcome<()> {
        if self.notes.is_empty() {
            return Ok(());
        }
        let entries = self.notes.iter().map(|note| {
            json!({
                "at": note.at.to_rfc3339(),
                "node": note.node,
                "from": note.from,
                "to": note.to,
                "why": note.why,
                "by": note.by,
            })
        });
        let entry: serde_json::Value = entries.collect();
        self.tx.log_order(OrderLogRow {
            tenant: self.due.tenant,
            order_id: self.due.order.clone(),
            id: ids::new_id(),
            at: self.now.0,
            entry: entry.to_string(),
        });
        Ok(())
    }
}

/// Whether the order has to be written anew. That all goes faster than it was expected is told when
/// there is something else to tell, or when it makes a difference.
fn is_news(before: &View, now: &View) -> bool {
    const WORTH_TELLING: i64 = 3_600_000_000;
    let expected = match (before.expected_completion, now.expected_completion) {
        (Some(before), Some(now)) => now > before || before.0.saturating_sub(now.0) > WORTH_TELLING,
        (before, now) => before != now,
    };
    expected
        || before.state != now.state
        || before.items != now.items
        || before.milestones != now.milestones
        || before.jeopardies != now.jeopardies
        || before.errors != now.errors
}

/// True when someone wants all of the order cancelled.
fn is_cancelled(told: &[Told]) -> bool {
    let whole = |told: &Told| matches!(told, Told::Cancel { items, .. } if items.is_empty());
    told.iter().any(whole)
}
