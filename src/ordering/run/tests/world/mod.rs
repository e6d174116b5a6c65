//! A world for a run: a network that loses and delays, a process that crashes, our own tables, an
//! OSS, and people. Everything follows from a seed.

mod ends;
mod rollback;

use std::collections::{BTreeMap, BTreeSet};

use super::fixture::{has, policy};
use super::oss::{Manners, Oss, Random};
use crate::domain::clock::Micros;
use crate::ordering::order::{Action, Characteristic};
use crate::ordering::plan::{NodeKind, Plan};
use crate::ordering::run::{
    Act, By, Delivery, Effect, Fault, Goal, Input, Internal, InternalOp, Outcome, Phase, Report,
    Run, Status, Terms,
};

/// What will happen at some time.
#[derive(Clone, Debug)]
enum Event {
    Send(Box<Delivery>, bool),
    Answer(Input),
    Callback(Report),
    Finish(String),
    Poll(String),
    Recall(String),
    Task(String),
}

impl Event {
    /// True for what dies with our process.
    fn is_ours(&self) -> bool {
        matches!(
            self,
            Event::Send(..) | Event::Answer(_) | Event::Poll(_) | Event::Recall(_)
        )
    }
}

/// Our own tables: what the internal operations leave.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Tables {
    /// Reserved numbers by node.
    pub numbers: BTreeSet<String>,
    /// By product: what it is now; an operation's past is kept under its external id.
    pub products: BTreeMap<String, String>,
    pub charged: BTreeSet<String>,
}

pub struct World {
    pub run: Run,
    pub oss: Oss,
    pub tables: Tables,
    pub manners: Manners,
    /// Percent of steps after which the process dies.
    pub crashes: u64,
    pub random: Random,
    pub now: Micros,
    pub broken: Vec<String>,
    /// What happened, for who looks into a failing seed.
    pub log: Vec<String>,
    /// Steps so far, and the one after which the process dies.
    pub steps: u64,
    pub crash_at: Option<u64>,
    pub twice: bool,
    /// Our own work that fails once, by its node.
    pub refuse_own: Option<String>,
    past: BTreeMap<String, Option<String>>,
    charged_before: BTreeMap<String, bool>,
    events: BTreeMap<(i64, u64), Event>,
    serial: u64,
}

impl World {
    pub fn new(plan: Plan, seed: u64, manners: Manners) -> Self {
        let mut oss = Oss::default();
        let mut tables = Tables::default();
        for node in &plan.nodes {
            if let Some(service) = &node.service {
                oss.services.insert(service.clone(), true);
            }
            if node.kind == NodeKind::Inventory
                && node.action != Action::Add
                && let Some(item) = plan.items.get(node.item)
            {
                let product = item.product.clone().unwrap_or_default();
                tables.products.insert(product, "before".to_owned());
            }
            if node.action == Action::Delete {
                if node.service.is_none() {
                    // What ends without a name is called so by the OSS: see `Oss::take`.
                    let name = format!("s-{}.{}.{}", plan.order, plan.revision, node.key);
                    oss.services.insert(name, true);
                }
                match node.kind {
                    NodeKind::ReserveNumber => {
                        tables.numbers.insert(node.key.clone());
                    }
                    NodeKind::Billing => {
                        let product = plan.items.get(node.item).and_then(|i| i.product.clone());
                        tables.charged.insert(product.unwrap_or_default());
                    }
                    _ => {}
                }
            }
        }
        World {
            run: Run::new(plan, Terms::default(), policy()),
            oss,
            tables,
            manners,
            crashes: 0,
            random: Random::new(seed),
            now: Micros(1_800_000_000_000_000),
            broken: Vec::new(),
            log: Vec::new(),
            steps: 0,
            crash_at: None,
            twice: false,
            refuse_own: None,
            past: BTreeMap::new(),
            charged_before: BTreeMap::new(),
            events: BTreeMap::new(),
            serial: 0,
        }
    }

    fn in_seconds(&mut self, most: u64, event: Event) {
        let delay = i64::try_from(1000 + self.random.below(most.max(1) * 1_000_000)).unwrap_or(1);
        self.serial += 1;
        self.events.insert((self.now.0 + delay, self.serial), event);
    }

    pub fn act(&mut self, act: Act) {
        let by = By {
            who: "ann".to_owned(),
            note: None,
        };
        self.step(Input::Act { act, by });
    }

    /// Takes an input as the durable worker does: the run and what is ours in one transaction,
    /// then the calls, unless the process dies in between.
    pub fn step(&mut self, input: Input) {
        self.steps += 1;
        let before = self.run.clone();
        let mut outcome = self.run.apply(input.clone(), self.now);
        self.write_down(&input, &outcome);
        self.check_twice(&input, &outcome);
        if outcome.refused.is_some()
            && before.state().clone() != self.run.state().clone()
            && !matches!(
                &input,
                Input::Act {
                    act: Act::Cancel { .. },
                    ..
                }
            )
        {
            // Time that has passed may have moved it; what was asked for must not.
            let mut idle = before;
            idle.apply(Input::Tick, self.now);
            if idle != self.run {
                self.broken
                    .push(format!("refused and yet changed: {input:?}"));
            }
        }
        let mut calls = Vec::new();
        while !outcome.effects.is_empty() {
            let mut more = Vec::new();
            for effect in outcome.effects {
                match effect {
                    Effect::Internal(internal) => {
                        let answer = self.internal(&internal);
                        let next = self.run.apply(answer.clone(), self.now);
                        self.check_twice(&answer, &next);
                        more.extend(next.effects);
                    }
                    other => calls.push(other),
                }
            }
            outcome.effects = more;
        }
        let dies = self.crash_at == Some(self.steps) || self.random.percent(self.crashes);
        if dies {
            // What is in the same transaction is done, the calls are lost.
            for call in calls {
                if matches!(call, Effect::OpenTask(_) | Effect::CloseTask(_)) {
                    self.call(call);
                }
            }
            return self.crash();
        }
        for call in calls {
            self.call(call);
        }
    }

    fn write_down(&mut self, input: &Input, outcome: &Outcome) {
        let at = (self.now.0 - 1_800_000_000_000_000) / 1000;
        self.log.push(format!("{at} {input:?}"));
        for note in &outcome.notes {
            let node = note.node.as_deref().unwrap_or("order");
            let line = format!("    {node}: {} -> {}: {}", note.from, note.to, note.why);
            self.log.push(line);
        }
    }

    /// The same input at once again changes nothing.
    fn check_twice(&mut self, input: &Input, _outcome: &Outcome) {
        let mut again = self.run.clone();
        let second = again.apply(input.clone(), self.now);
        if again != self.run || !second.effects.is_empty() {
            let text = format!("twice is not once: {input:?}: {:?}", second.effects);
            self.broken.push(text);
        }
    }

    pub fn crash(&mut self) {
        let text = serde_json::to_string(&self.run).expect("JSON");
        self.run = serde_json::from_str(&text).expect("a run");
        self.events.retain(|_, event| !event.is_ours());
        // What was under way is taken up when its time is over: see `Run::wake_at`.
    }

    fn call(&mut self, effect: Effect) {
        match effect {
            Effect::Send(sent) => {
                self.check_order(&sent);
                self.check_names(&sent);
                self.send(sent);
            }
            Effect::SendUndo(sent) => {
                if !sent.maybe_sent {
                    self.check_undo_order(&sent.node, &sent.external_id);
                }
                self.send(sent);
            }
            Effect::Poll { external_id, .. } => self.in_seconds(1, Event::Poll(external_id)),
            Effect::CancelRemote { external_id, .. } => {
                self.in_seconds(1, Event::Recall(external_id));
            }
            Effect::OpenTask(task) => {
                self.in_seconds(30, Event::Task(task.external_id));
            }
            Effect::CloseTask(_) | Effect::Internal(_) => {}
        }
    }

    fn send(&mut self, sent: Box<Delivery>) {
        if self.twice {
            self.in_seconds(1, Event::Send(sent.clone(), true));
        }
        self.in_seconds(1, Event::Send(sent, false));
    }

    /// Nothing is sent before what comes before it is done.
    fn check_order(&mut self, sent: &Delivery) {
        let nodes = self.run.nodes();
        let Some(place) = nodes.iter().position(|n| n.external_id == sent.external_id) else {
            return self
                .broken
                .push(format!("{} is no node's", sent.external_id));
        };
        // What may be there already is not begun again, but made sure of.
        if sent.maybe_sent {
            return;
        }
        let job = &self.run.work().jobs[place];
        for before in &job.node.after {
            let ok = match nodes[*before].phase {
                Phase::Completed | Phase::Skipped => true,
                // A part that was taken out of a bundle.
                Phase::Cancelled | Phase::Undone => {
                    self.run.work().jobs[*before].node.item != job.node.item
                }
                _ => false,
            };
            if !ok {
                let text = format!("{} before {}", sent.external_id, nodes[*before].key);
                self.broken.push(text);
            }
        }
    }

    /// One node is not at the OSS under two names that may both be alive.
    fn check_names(&mut self, sent: &Delivery) {
        let root = |id: &str| match id.rsplit_once(".r") {
            Some((root, round)) if round.parse::<u32>().is_ok() => root.to_owned(),
            _ => id.to_owned(),
        };
        for (id, order) in &self.oss.orders {
            let other = *id != sent.external_id && root(id) == root(&sent.external_id);
            let alive = !order.state.is_final() || order.state == Status::Completed;
            if other && alive {
                let text = format!("{} although {id} is {:?}", sent.external_id, order.state);
                self.broken.push(text);
            }
        }
    }

    /// Nothing is undone while what rests on it, and is to be undone, is there.
    fn check_undo_order(&mut self, key: &str, external_id: &str) {
        let nodes = self.run.nodes();
        let Some(place) = nodes.iter().position(|n| n.external_id == external_id) else {
            return self.broken.push(format!("{external_id} is no node's"));
        };
        for (other, node) in nodes.iter().enumerate() {
            let rests = self.run.work().jobs[other].node.after.contains(&place);
            let there = !matches!(
                node.phase,
                Phase::Undone | Phase::Cancelled | Phase::Skipped
            );
            if rests && there && node.goal == Goal::Undo {
                self.broken
                    .push(format!("{key} undone before {}", node.key));
            }
        }
    }

    /// What the OSS says of an order, with all that was to come out of it.
    fn said(&self, external_id: &str) -> Option<Report> {
        let mut report = self.oss.report(external_id)?;
        if report.state == Status::Completed {
            report.results = self.results(external_id);
        }
        Some(report)
    }

    /// What comes out of a node: it follows from its key.
    fn results(&self, external_id: &str) -> Vec<Characteristic> {
        let nodes = self.run.nodes();
        let Some(place) = nodes.iter().position(|n| n.external_id == external_id) else {
            return Vec::new();
        };
        let node = &self.run.work().jobs[place].node;
        let value = |name: &String| format!("{name} of {}", node.key);
        let supplies = node.supplies.iter();
        supplies.map(|name| has(name, &value(name))).collect()
    }

    /// Our own work, done in the transaction.
    fn internal(&mut self, internal: &Internal) -> Input {
        let product = internal.product.clone().unwrap_or_default();
        let id = internal.external_id.clone();
        let of = internal.reverses.clone().unwrap_or_default();
        let mut results = Vec::new();
        match internal.op {
            InternalOp::ReserveNumber => {
                self.tables.numbers.insert(internal.node.clone());
                results = self.results(&internal.external_id);
            }
            InternalOp::ReleaseNumber => {
                self.tables.numbers.remove(&internal.node);
            }
            InternalOp::WriteProduct | InternalOp::ChangeProduct => {
                self.write(&id, product, Some(id.clone()));
            }
            InternalOp::TerminateProduct => self.write(&id, product, Some("ended".to_owned())),
            InternalOp::WithdrawProduct | InternalOp::RestoreProduct => {
                let past = self.past.get(&of).cloned().flatten();
                match past {
                    Some(past) => self.tables.products.insert(product, past),
                    None => self.tables.products.remove(&product),
                };
            }
            InternalOp::StartBilling | InternalOp::ChangeBilling => {
                let was = !self.tables.charged.insert(product);
                self.charged_before.insert(id, was);
            }
            InternalOp::StopBilling => {
                let was = self.tables.charged.remove(&product);
                self.charged_before.insert(id, was);
            }
            InternalOp::RestoreBilling => {
                if self.charged_before.get(&of) == Some(&false) {
                    self.tables.charged.remove(&product);
                } else {
                    self.tables.charged.insert(product);
                }
            }
        }
        let refused = self.refuse_own.as_ref() == Some(&internal.node);
        if refused {
            self.refuse_own = None;
        }
        if (refused || self.random.percent(self.manners.refused / 2)) && internal.reverses.is_none()
        {
            // It is rolled back and fails.
            self.take_back(internal);
            return Input::InternalFailed {
                external_id: internal.external_id.clone(),
                message: "no".to_owned(),
            };
        }
        Input::InternalDone {
            external_id: internal.external_id.clone(),
            results,
        }
    }

    fn write(&mut self, id: &str, product: String, value: Option<String>) {
        let before = match value {
            Some(value) => self.tables.products.insert(product, value),
            None => self.tables.products.remove(&product),
        };
        self.past.insert(id.to_owned(), before);
    }

    /// Lets the next thing happen; false when nothing will, before a time.
    pub fn next(&mut self, until: Micros) -> bool {
        let event = self.events.first_key_value().map(|((at, _), _)| *at);
        let wake = self.run.wake_at().map(|at| at.0.max(self.now.0));
        let at = match (event, wake) {
            (Some(event), Some(wake)) => event.min(wake),
            (Some(at), None) | (None, Some(at)) => at,
            (None, None) => return false,
        };
        if at > until.0 {
            self.now = until;
            return false;
        }
        self.now = Micros(at);
        if event == Some(at)
            && let Some((_, event)) = self.events.pop_first()
        {
            self.happen(event);
        } else {
            self.step(Input::Tick);
        }
        true
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Send(sent, second) => self.arrive(*sent, second),
            Event::Answer(input) => self.step(input),
            Event::Callback(report) => self.step(Input::Report(report)),
            Event::Finish(id) => {
                self.oss.finish(&id);
                self.tell(&id);
            }
            Event::Poll(id) => self.asked(id),
            Event::Recall(id) => self.recalled(id),
            Event::Task(id) => self.person(id),
        }
    }

    /// A person does what they were given, unless that was taken from them.
    fn person(&mut self, id: String) {
        let nodes = self.run.nodes();
        let mut open = nodes.iter().filter(|node| node.external_id == id);
        let Some(node) = open.find(|n| matches!(n.phase, Phase::InProgress | Phase::Undoing))
        else {
            return;
        };
        if node.phase == Phase::Undoing
            && let Some(order) = self.oss.orders.get(id.trim_end_matches(".undo"))
        {
            let before = match order.request.action {
                Action::Add => Some(false),
                Action::Delete => Some(true),
                Action::Modify | Action::NoChange => None,
            };
            if let Some(before) = before {
                self.oss.services.insert(order.service.clone(), before);
            }
        }
        let results = self.results(&id);
        self.act(Act::Complete { node: id, results });
    }

    /// A call reaches the OSS, or not.
    fn arrive(&mut self, sent: Delivery, second: bool) {
        let manners = self.manners;
        let failed = |fault| Input::SendFailed {
            external_id: sent.external_id.clone(),
            attempt: sent.attempt,
            fault,
            message: format!("{fault:?}"),
            wait: None,
        };
        if self.random.percent(manners.busy) {
            return self.in_seconds(1, Event::Answer(failed(Fault::Transient)));
        }
        if self.random.percent(manners.lost) {
            return self.in_seconds(1, Event::Answer(failed(Fault::Unknown)));
        }
        let known = self.oss.orders.contains_key(&sent.external_id);
        if !known && self.random.percent(manners.refused) {
            return self.in_seconds(1, Event::Answer(failed(Fault::Business)));
        }
        let end = match (self.random.percent(manners.failing), self.random.below(4)) {
            (false, _) => Status::Completed,
            (true, 0) => Status::Partial,
            (true, _) => Status::Failed,
        };
        if self.oss.take(&sent, end) {
            self.in_seconds(40, Event::Finish(sent.external_id.clone()));
        }
        if second {
            return;
        }
        if self.random.percent(manners.unanswered) {
            return self.in_seconds(1, Event::Answer(failed(Fault::Unknown)));
        }
        if let Some(report) = self.said(&sent.external_id) {
            self.in_seconds(3, Event::Answer(Input::Report(report)));
        }
        if self.random.percent(50) {
            self.tell(&sent.external_id);
        }
    }

    /// The OSS calls back: perhaps not, perhaps twice, perhaps with something else.
    fn tell(&mut self, id: &str) {
        let Some(report) = self.said(id) else {
            return;
        };
        if self.random.percent(self.manners.lying) {
            let end = [Status::Completed, Status::Failed, Status::Cancelled];
            let mut lie = report.clone();
            lie.state = *self.random.pick(&end).unwrap_or(&Status::Failed);
            self.in_seconds(20, Event::Callback(lie));
        }
        if self.random.percent(self.manners.silent) {
            return;
        }
        if self.random.percent(self.manners.repeated) {
            self.in_seconds(200, Event::Callback(report.clone()));
        }
        self.in_seconds(20, Event::Callback(report));
    }

    fn asked(&mut self, id: String) {
        if self.random.percent(self.manners.lost) {
            return;
        }
        let answer = match self.said(&id) {
            Some(report) => Input::Report(report),
            None => Input::NotFound { external_id: id },
        };
        self.in_seconds(2, Event::Answer(answer));
    }

    fn recalled(&mut self, id: String) {
        let failed = |fault| Input::CancelFailed {
            external_id: id.clone(),
            fault,
            message: "no".to_owned(),
            wait: None,
        };
        let answer = if self.random.percent(self.manners.busy) {
            failed(Fault::Transient)
        } else if self.random.percent(self.manners.stubborn) || !self.oss.recall(&id) {
            failed(Fault::Business)
        } else {
            self.tell(&id);
            Input::CancelAccepted {
                external_id: id.clone(),
            }
        };
        self.in_seconds(1, Event::Answer(answer));
    }

    /// Lets everything happen that does, at most for so long.
    pub fn settle(&mut self, seconds: i64) {
        let until = Micros(self.now.0 + seconds * 1_000_000);
        while self.next(until) {
            assert!(
                self.steps < 20_000,
                "it never ends: {:#?}",
                self.run.state()
            );
        }
        self.now = Micros(self.now.0.max(until.0));
    }
}

impl World {
    /// A call that was made does not arrive.
    pub fn forget(&mut self, id: &str) {
        self.events
            .retain(|_, event| !matches!(event, Event::Send(sent, _) if sent.external_id == id));
    }
}
