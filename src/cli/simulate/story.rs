//! What happens: orders come, are changed, cancelled and amended, people work and decide, time passes, the
//! process dies. Then the OSS behaves, people clear what is open, and everything comes to its end.

use serde_json::{Value, json};

use super::check;
use super::deeds::{self, Placed, Templates};
use super::dice::Dice;
use super::world::World;
use super::{Findings, Scenario};
use crate::cli::Failure;
use crate::domain::problem::Code;
use crate::ordering::order::Characteristic;
use crate::ordering::run::Act;

/// Rounds in which people clear what is open.
const CLEARING: usize = 60;
/// Seconds between them.
const LATER: u64 = 900;
/// Orders that people look at in one round; the oldest are looked at first.
const LOOK: usize = 24;

/// A simulation under way.
pub struct Story {
    world: World,
    scenario: Scenario,
    dice: Dice,
    placed: Vec<Placed>,
    /// Places of those that may still move.
    open: Vec<usize>,
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
            findings: Findings::default(),
        }
    }

    /// Lets all orders come, with what happens to them meanwhile.
    ///
    /// # Errors
    /// When server or store fail.
    pub async fn tell(&mut self, progress: &dyn Fn(usize, &str)) -> Result<(), Failure> {
        let templates = Templates::read(&self.world).await?;
        for number in 0..self.scenario.orders {
            self.order(number).await?;
            let name = format!("round {number}");
            if self.dice.percent(&format!("{name} cancel"), 12) {
                self.cancel(&name).await?;
            }
            if self.dice.percent(&format!("{name} amend"), 12) {
                self.amend(&name).await?;
            }
            if self.crashes_after(number) {
                self.world.begin().await?;
                self.world.crash().await?;
            }
            if self.dice.percent(&format!("{name} rest"), 50) {
                self.world.settle().await?;
                self.people(&name, false).await?;
                self.look(&templates).await?;
            }
            self.world
                .wait(self.dice.roll(&format!("{name} time")) % 120);
            progress(number.saturating_add(1), "orders placed");
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
            let able = |placed: &&Placed| !placed.products.is_empty();
            let able: Vec<Placed> = self.placed.iter().filter(able).cloned().collect();
            made = self
                .dice
                .pick(&format!("{name} of"), &able)
                .and_then(|of| deeds::changing(self.dice, &name, &id, of));
        }
        let made = made.or_else(|| deeds::adding(self.dice, &name, &id));
        let Some((sample, order)) = made else {
            return Ok(());
        };
        let (status, answer) = self.world.place(&order).await?;
        if status != 201 {
            self.broken(format!("{sample} as {id} was answered {status}: {answer}"));
            return Ok(());
        }
        let id = answer
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or(&id)
            .to_owned();
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

    fn any_open(&self, name: &str) -> Option<usize> {
        self.dice.pick(name, &self.open).copied()
    }

    async fn cancel(&mut self, name: &str) -> Result<(), Failure> {
        let Some(id) = self
            .any_open(&format!("{name} whom"))
            .and_then(|at| self.placed.get(at))
        else {
            return Ok(());
        };
        let request = json!({
            "@type": "CancelProductOrder",
            "productOrder": { "@type": "ProductOrderRef", "id": id.id, "@referredType": "ProductOrder" },
            "cancellationReason": "the customer changed their mind",
        });
        let (status, answer) = self.world.cancel(&request).await?;
        if status == 201 {
            self.findings.cancels = self.findings.cancels.saturating_add(1);
        } else {
            self.broken(format!("a cancel was answered {status}: {answer}"));
        }
        Ok(())
    }

    async fn amend(&mut self, name: &str) -> Result<(), Failure> {
        let Some(at) = self.any_open(&format!("{name} which")) else {
            return Ok(());
        };
        let Some(placed) = self
            .placed
            .get_mut(at)
            .filter(|placed| deeds::ADDING.contains(&placed.sample))
        else {
            return Ok(());
        };
        let order = self.world.order(&placed.id).await?;
        let Some(change) = deeds::amended(self.dice, name, &order) else {
            return Ok(());
        };
        placed.amended = true;
        placed.products.clear();
        let id = placed.id.clone();
        let (status, answer) = self.world.patch(&id, &change).await?;
        match status {
            200 => self.findings.amendments = self.findings.amendments.saturating_add(1),
            // It has ended meanwhile.
            409 => {}
            _ => self.broken(format!(
                "an amendment of {id} was answered {status}: {answer}"
            )),
        }
        Ok(())
    }

    /// Notes which orders have ended, and which products came of them.
    async fn look(&mut self, templates: &Templates) -> Result<(), Failure> {
        for at in self.open.clone() {
            let Some(placed) = self.placed.get(at) else {
                continue;
            };
            let order = self.world.order(&placed.id).await?;
            let state = order
                .get("state")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if !check::is_final(state) {
                continue;
            }
            self.open.retain(|open| *open != at);
            if state != "completed" || placed.amended {
                continue;
            }
            let plan = self.world.plan(&placed.id).await?.unwrap_or_default();
            let fitting = templates.fit(placed.sample, &plan);
            if let Some(placed) = self.placed.get_mut(at) {
                placed.products = fitting;
            }
        }
        Ok(())
    }

    /// People do what they were given and decide on what is in fallout; true when there was anything.
    async fn people(&mut self, name: &str, clearing: bool) -> Result<bool, Failure> {
        let most = if clearing { usize::MAX } else { LOOK };
        let ids: Vec<String> = self
            .open
            .iter()
            .take(most)
            .filter_map(|at| self.placed.get(*at))
            .map(|placed| placed.id.clone())
            .collect();
        let mut busy = false;
        for id in ids {
            let Some(plan) = self.world.plan(&id).await? else {
                continue;
            };
            for act in self.acts(name, &id, &plan, clearing) {
                busy = true;
                self.findings.acts = self.findings.acts.saturating_add(1);
                // Whoever comes too late is refused.
                if let Err(problem) = self.world.act(&id, act).await?
                    && problem.code == Code::Internal
                {
                    self.broken(format!(
                        "{id}: an operator was answered: {}",
                        problem.logged()
                    ));
                }
            }
        }
        if busy {
            self.world.settle().await?;
        }
        Ok(busy)
    }

    fn acts(&self, name: &str, id: &str, plan: &Value, clearing: bool) -> Vec<Act> {
        let list = |pointer: &str| {
            let list = plan.pointer(pointer).and_then(Value::as_array);
            list.cloned().unwrap_or_default()
        };
        let (nodes, planned) = (list("/node"), list("/plan/nodes"));
        let mut acts = Vec::new();
        for (node, planned) in nodes.iter().zip(&planned) {
            let text = |key: &str| node.get(key).and_then(Value::as_str).unwrap_or_default();
            let what = format!("{name} {}", text("externalId"));
            let external_id = text("externalId").to_owned();
            if let Some(fallout) = node.get("fallout").and_then(Value::as_str) {
                acts.extend(self.decide(
                    &format!("{what} {fallout}"),
                    &external_id,
                    planned,
                    clearing,
                ));
            } else if is_for_people(text("state"), planned)
                && (clearing || self.dice.percent(&what, 60))
            {
                acts.push(Act::Complete {
                    node: external_id,
                    results: results(planned),
                });
            }
        }
        if clearing {
            for cancel in list("/cancellation") {
                let task = cancel
                    .get("task")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                if cancel.get("stage").and_then(Value::as_str) == Some("assessing") {
                    acts.push(Act::Decide {
                        task: task.to_owned(),
                        consent: self.dice.percent(&format!("consent {id} {task}"), 50),
                    });
                }
            }
        }
        acts
    }

    /// What an operator does about a failure.
    fn decide(
        &self,
        what: &str,
        external_id: &str,
        planned: &Value,
        clearing: bool,
    ) -> Option<Act> {
        let node = external_id.to_owned();
        let ours = ["inventory", "billing", "reserveNumber"];
        let kind = planned
            .get("kind")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let mut choice = self.dice.roll(what) % 100;
        // What cannot be undone is not left as it is: that is for people with reasons.
        if (clearing && choice >= 85) || external_id.contains(".undo") {
            choice = 0;
        }
        Some(match choice {
            0..60 => Act::Retry {
                node,
                fallout: None,
            },
            60..70 if !ours.contains(&kind) => Act::Skip { node, force: false },
            70..85 => Act::GiveUp { node, keep: false },
            _ => return None,
        })
    }

    /// Lets everything come to its end and checks it.
    ///
    /// # Errors
    /// When server or store fail.
    pub async fn end(mut self, progress: &dyn Fn(usize, &str)) -> Result<Findings, Failure> {
        self.world.calm();
        let templates = Templates::read(&self.world).await?;
        for round in 0..CLEARING {
            self.world.settle().await?;
            let busy = self.people(&format!("clearing {round}"), true).await?;
            self.look(&templates).await?;
            progress(self.open.len(), "orders open");
            if self.open.is_empty() && !busy {
                break;
            }
            self.world.wait(LATER);
        }
        let mut findings = std::mem::take(&mut self.findings);
        findings.crashes = self.world.crashes;
        findings.sent = self.world.oss.orders().len();
        check::check(&self.world, &self.placed, &mut findings).await?;
        self.world.stop().await;
        Ok(findings)
    }
}

fn is_for_people(state: &str, planned: &Value) -> bool {
    let kind = planned
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let manual = planned
        .pointer("/compensation")
        .is_some_and(Value::is_object);
    let by_hand = ["shipment", "appointment", "manualTask"].contains(&kind)
        && planned.get("target").is_none_or(Value::is_null);
    (state == "inProgress" && by_hand) || (state == "undoing" && (by_hand || manual))
}

/// What people find out when they do it.
fn results(planned: &Value) -> Vec<Characteristic> {
    let names = planned.get("supplies").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    let found = names.map(|name| Characteristic {
        name: name.to_owned(),
        value: json!(format!("{name} found")),
    });
    found.collect()
}
