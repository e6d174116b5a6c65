//! What happens: orders come, are changed, cancelled, amended and suspended, people work and decide, time
//! passes, the process dies. Then the OSS behaves, people clear what is open, and everything comes to its
//! end.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::check;
use super::deeds::{self, Placed, Templates};
use super::dice::Dice;
use super::people::{self, Answered, When};
use super::world::World;
use super::{Findings, Progress, Scenario};
use crate::cli::Failure;
use crate::domain::problem::Code;
use crate::ordering::run::Act;

/// Rounds in which people clear what is open.
const CLEARING: usize = 80;
/// Seconds between them.
const LATER: u64 = 1800;
/// Of a hundred orders, how many people look at in one round.
const LOOK: u64 = 40;
/// Orders, from the latest back, whose products further orders are for.
const RECENT: usize = 40;

/// A simulation under way.
pub struct Story {
    world: World,
    scenario: Scenario,
    dice: Dice,
    placed: Vec<Placed>,
    /// Places of those that may still move.
    open: Vec<usize>,
    /// Places of those that others can change, the latest last.
    able: Vec<usize>,
    templates: Templates,
    /// Places of orders that an operator suspended.
    suspended: BTreeSet<usize>,
    /// Ids of requests to cancel.
    tasks: Vec<String>,
    answered: Answered,
    findings: Findings,
}

impl Story {
    pub fn new(world: World, scenario: Scenario) -> Self {
        Story {
            world,
            scenario,
            dice: Dice(scenario.seed),
            placed: Vec::new(),
            open: Vec::new(),
            able: Vec::new(),
            templates: Templates::default(),
            suspended: BTreeSet::new(),
            tasks: Vec::new(),
            answered: Answered::default(),
            findings: Findings::default(),
        }
    }

    fn progress(&self, clearing: bool) -> Progress {
        Progress {
            placed: self.placed.len(),
            open: self.open.len(),
            sent: self.world.oss.count(),
            clearing,
        }
    }

    /// Lets all orders come, with what happens to them meanwhile.
    ///
    /// # Errors
    /// When server or store fail.
    pub async fn tell(&mut self, progress: &dyn Fn(Progress)) -> Result<(), Failure> {
        self.templates = Templates::read(&self.world).await?;
        for number in 0..self.scenario.orders {
            let name = format!("round {number}");
            self.order(number).await?;
            self.interfere(&name).await?;
            if self.crashes_after(number) {
                self.world
                    .crash(self.dice.roll(&format!("{name} crash")))
                    .await?;
            }
            if self.dice.percent(&format!("{name} rest"), 50) {
                self.world.settle().await?;
                self.people(&name, When::Meanwhile).await?;
                self.look().await?;
            }
            let seconds = self.dice.roll(&format!("{name} time")) % 120;
            self.world.wait(seconds);
            progress(self.progress(false));
        }
        Ok(())
    }

    /// The crashes are spread evenly.
    fn crashes_after(&self, number: usize) -> bool {
        let (orders, crashes) = (self.scenario.orders.max(1), self.scenario.crashes);
        let before = number.saturating_mul(crashes) / orders;
        let after = number.saturating_add(1).saturating_mul(crashes) / orders;
        after > before
    }

    async fn order(&mut self, number: usize) -> Result<(), Failure> {
        let name = format!("order {number}");
        let id = format!("s{}-{number}", self.scenario.seed);
        let mut made = None;
        if self.dice.percent(&format!("{name} changes"), 35) {
            let recent = self.able.len().saturating_sub(RECENT);
            let recent = self.able.get(recent..).unwrap_or_default();
            let of = self.dice.pick(&format!("{name} of"), recent).copied();
            let of = of.and_then(|of| self.placed.get(of));
            made = of.and_then(|of| deeds::changing(self.dice, &name, &id, of));
        }
        let made = made.or_else(|| deeds::adding(self.dice, &name, &id));
        let Some((sample, mut order)) = made else {
            return Ok(());
        };
        deeds::date(self.dice, &name, &mut order, self.world.clock.now());
        let (status, answer) = self.world.place(&order).await?;
        if status != 201 {
            self.broken(format!("{sample} as {id} was answered {status}: {answer}"));
            return Ok(());
        }
        self.open.push(self.placed.len());
        self.placed.push(Placed {
            id,
            sample,
            products: std::collections::BTreeMap::new(),
            amended: false,
        });
        Ok(())
    }

    fn broken(&mut self, text: String) {
        self.findings.broken.push(text);
    }

    /// Someone wants something else of an order that is under way.
    async fn interfere(&mut self, name: &str) -> Result<(), Failure> {
        let wants = |what: &str, percent| self.dice.percent(&format!("{name} {what}"), percent);
        let (cancel, part) = (wants("cancel", 10), wants("cancel a part", 8));
        let (amend, suspend, stop) = (wants("amend", 14), wants("suspend", 6), wants("stop", 1));
        if cancel {
            self.cancel(name, false).await?;
        }
        if part {
            self.cancel(&format!("{name} part"), true).await?;
        }
        if amend {
            self.amend(name).await?;
        }
        if suspend && let Some(at) = self.any_open(&format!("{name} suspends")) {
            self.act(at, Act::Suspend, "suspended").await?;
            self.suspended.insert(at);
        }
        if stop && let Some(at) = self.any_open(&format!("{name} stops")) {
            self.act(at, Act::Abort, "stopped").await?;
        }
        Ok(())
    }

    fn any_open(&self, name: &str) -> Option<usize> {
        self.dice.pick(name, &self.open).copied()
    }

    /// An operator does something about an order; whoever comes too late is refused.
    async fn act(&mut self, at: usize, act: Act, deed: &'static str) -> Result<(), Failure> {
        let Some(id) = self.placed.get(at).map(|placed| placed.id.clone()) else {
            return Ok(());
        };
        match self.world.act(&id, act.clone()).await? {
            Ok(()) => {
                self.findings.count(deed);
                self.answered.note(&id, &act);
            }
            Err(problem) if problem.code == Code::Internal => {
                let why = problem.logged();
                self.broken(format!("{id}: an operator was answered: {why}"));
            }
            Err(_) => self.findings.count("refused decisions"),
        }
        Ok(())
    }

    async fn cancel(&mut self, name: &str, part: bool) -> Result<(), Failure> {
        let at = self.any_open(&format!("{name} whom"));
        let Some(placed) = at.and_then(|at| self.placed.get(at)) else {
            return Ok(());
        };
        let mut request = json!({
            "@type": "CancelProductOrder",
            "productOrder": { "@type": "ProductOrderRef", "id": placed.id, "@referredType": "ProductOrder" },
            "cancellationReason": "the customer changed their mind",
        });
        if part {
            let order = self.world.order(&placed.id).await?;
            let Some(item) = deeds::any_item(self.dice, name, &order) else {
                return Ok(());
            };
            if let Some(request) = request.as_object_mut() {
                request.insert("productOrderItem".to_owned(), json!([{ "id": item }]));
            }
        }
        let (status, answer) = self.world.cancel(&request).await?;
        match answer.get("id").and_then(Value::as_str) {
            Some(task) if status == 201 => {
                self.tasks.push(task.to_owned());
                let deed = if part { "cancels of items" } else { "cancels" };
                self.findings.count(deed);
            }
            _ => self.broken(format!("a cancel was answered {status}: {answer}")),
        }
        Ok(())
    }

    async fn amend(&mut self, name: &str) -> Result<(), Failure> {
        let at = self.any_open(&format!("{name} which"));
        let Some(placed) = at.and_then(|at| self.placed.get_mut(at)) else {
            return Ok(());
        };
        let order = self.world.order(&placed.id).await?;
        let Some(change) = deeds::amended(self.dice, name, &order) else {
            return Ok(());
        };
        placed.amended = true;
        let id = placed.id.clone();
        let (status, answer) = self.world.patch(&id, &change).await?;
        match status {
            200 => self.findings.count("amendments"),
            // It has ended meanwhile.
            409 => {}
            _ => self.broken(format!(
                "an amendment of {id} was answered {status}: {answer}"
            )),
        }
        Ok(())
    }

    /// Notes which orders have ended, and which products came of them.
    async fn look(&mut self) -> Result<(), Failure> {
        let mut open = Vec::new();
        for at in std::mem::take(&mut self.open) {
            let Some(placed) = self.placed.get_mut(at) else {
                continue;
            };
            let order = self.world.order(&placed.id).await?;
            let state = order
                .get("state")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if !check::is_final(state) {
                open.push(at);
                continue;
            }
            if state == "completed" && !placed.amended {
                let plan = self.world.plan(&placed.id).await?.unwrap_or_default();
                placed.products = self.templates.fit(placed.sample, &plan);
                if !placed.products.is_empty() {
                    self.able.push(at);
                }
            }
        }
        self.open = open;
        Ok(())
    }

    /// People do what they were given, supply what is missing, and decide on what is in fallout; true when
    /// there was anything.
    async fn people(&mut self, name: &str, when: When) -> Result<bool, Failure> {
        let mut busy = false;
        for at in self.open.clone() {
            let Some(id) = self.placed.get(at).map(|placed| placed.id.clone()) else {
                continue;
            };
            let looked_at = when != When::Meanwhile
                || self.dice.percent(&format!("{name} looks at {id}"), LOOK);
            if !looked_at {
                continue;
            }
            let Some(plan) = self.world.plan(&id).await? else {
                busy |= self.supply(&format!("{name} {id}"), &id, when).await?;
                continue;
            };
            for act in people::acts(self.dice, name, &id, &plan, when) {
                busy = true;
                self.act(at, act, "decisions").await?;
            }
        }
        for at in std::mem::take(&mut self.suspended) {
            if when != When::Meanwhile || self.dice.percent(&format!("{name} resumes {at}"), 20) {
                busy = true;
                self.act(at, Act::Resume, "resumed").await?;
            } else {
                self.suspended.insert(at);
            }
        }
        if busy {
            self.world.settle().await?;
        }
        Ok(busy)
    }

    /// Supplies the appointment that an order waits for.
    async fn supply(&mut self, name: &str, id: &str, when: When) -> Result<bool, Failure> {
        if when == When::Meanwhile && !self.dice.percent(name, 30) {
            return Ok(false);
        }
        let order = self.world.order(id).await?;
        let Some(change) = deeds::supplied(&order) else {
            return Ok(false);
        };
        let (status, answer) = self.world.patch(id, &change).await?;
        match status {
            200 => self.findings.count("supplied"),
            _ => self.broken(format!("what {id} lacks was answered {status}: {answer}")),
        }
        Ok(true)
    }

    /// Decides on what became visible of orders after their end.
    async fn acknowledge(&mut self) -> Result<bool, Failure> {
        let mut busy = false;
        for fallout in self.world.open_fallouts().await? {
            let order = fallout.pointer("/productOrder/id").and_then(Value::as_str);
            let at = self
                .placed
                .iter()
                .position(|placed| Some(placed.id.as_str()) == order);
            let Some(at) = at.filter(|at| !self.open.contains(at)) else {
                continue;
            };
            let key = fallout
                .get("node")
                .and_then(Value::as_str)
                .unwrap_or_default();
            busy = true;
            let act = Act::Skip {
                node: key.to_owned(),
                force: false,
            };
            self.act(at, act, "acknowledged").await?;
        }
        Ok(busy)
    }

    /// Lets everything come to its end and checks it.
    ///
    /// # Errors
    /// When server or store fail.
    pub async fn end(mut self, progress: &dyn Fn(Progress)) -> Result<Findings, Failure> {
        self.world.calm();
        for round in 0..CLEARING {
            self.world.settle().await?;
            let clearing = format!("clearing {round}");
            let mut busy = self.people(&clearing, When::Clearing(round)).await?;
            self.look().await?;
            progress(self.progress(true));
            if self.open.is_empty() && !busy {
                busy = self.acknowledge().await?;
                if !busy && !self.world.oss.is_busy() {
                    break;
                }
            }
            self.world.wait(LATER);
        }
        let Story {
            world,
            placed,
            tasks,
            answered,
            mut findings,
            ..
        } = self;
        findings.crashes = world.crashes;
        findings.cut_off = world.cut_off;
        findings.sent = world.oss.count();
        let end = check::End {
            world: &world,
            placed: &placed,
            tasks: &tasks,
            answered: &answered,
        };
        check::check(&end, &mut findings).await?;
        world.stop().await;
        Ok(findings)
    }
}
