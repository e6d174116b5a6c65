//! What operators see of an order and do to it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::prepare::plan_document;
use super::stage::{self, Progress, Stage};
use super::{Fulfilment, KIND};
use crate::domain::descriptor::ApiVersion;
use crate::domain::ids;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Caller;
use crate::ordering::order::Characteristic;
use crate::ordering::plan::{Plan, Planned, render};
use crate::ordering::run::{Act, By, Input, NodeView, Refusal, RefusalCode, Run};
use crate::store::{Due, OrderLogRow, RunRow};

/// How a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Json,
    /// For people.
    Tree,
    /// For Graphviz.
    Dot,
    Mermaid,
}

impl Shape {
    /// The shape of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "json" => Shape::Json,
            "tree" => Shape::Tree,
            "dot" => Shape::Dot,
            "mermaid" => Shape::Mermaid,
            _ => return None,
        })
    }
}

/// A plan in the shape that was asked for.
pub enum Shown {
    Json(Value),
    Text(String),
}

/// What an operator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Act(Act),
    /// That a step is taken again which failed on our own side.
    StepAgain,
}

impl Fulfilment {
    /// The plan of an order, stored nowhere. `body` is a product order as a client would send it.
    ///
    /// # Errors
    /// `InvalidBody` as for a creation.
    pub async fn dry_run(
        self: &Arc<Self>,
        caller: &Caller,
        version: ApiVersion,
        body: Value,
        shape: Shape,
    ) -> Outcome<Shown> {
        let resource = self
            .core
            .registry
            .in_version(KIND, version)
            .ok_or_else(|| Problem::internal("there are no product orders"))?;
        let new = self.core.accept(resource, body)?;
        let (shared, tenant, now) = (Arc::clone(self), caller.tenant, self.core.clock.now());
        let id = new.id.unwrap_or_else(ids::new_id);
        let planned = self
            .store
            .point(move |session| {
                Ok(plan_document(
                    &shared, session, tenant, &id, &new.doc, now, 1, now,
                ))
            })
            .await??;
        Ok(match planned.planned {
            Planned::Plan(plan) => show(&plan, shape, &|_| None),
            Planned::Pending(missing) => Shown::Json(json!({
                "@type": "ProductOrderPlan",
                "outcome": "informationRequired",
                "missing": missing,
            })),
            Planned::Rejected(refusals) => Shown::Json(json!({
                "@type": "ProductOrderPlan",
                "outcome": "rejected",
                "refusal": refusals,
            })),
        })
    }

    /// The plan of a stored order, with how far each node is.
    ///
    /// # Errors
    /// `NotFound` for an order without a plan.
    pub async fn show_plan(&self, caller: &Caller, order: &str, shape: Shape) -> Outcome<Shown> {
        let row = self.run_row(caller, order).await?;
        let Some((run, _)) = stage::run_of(&row)? else {
            return Err(Problem::new(
                Code::NotFound,
                format!("The order '{order}' has no plan."),
            ));
        };
        let nodes = run.nodes();
        let plan = plan_of(&run);
        if shape == Shape::Json {
            return Ok(Shown::Json(running(&row, &run, &plan, &nodes)?));
        }
        let state = |place: usize| nodes.get(place).map(|node| state_of(node).to_owned());
        Ok(show(&plan, shape, &state))
    }

    /// What happened to an order, oldest first.
    ///
    /// # Errors
    /// `NotFound` for an order that was never placed.
    pub async fn log(&self, caller: &Caller, order: &str) -> Outcome<Value> {
        const MOST: i64 = 10_000;
        self.run_row(caller, order).await?;
        let (tenant, order) = (caller.tenant, order.to_owned());
        let rows = self
            .store
            .scan(move |session| session.order_log(tenant, &order, "", MOST))
            .await?;
        let entries = rows.iter().flat_map(entries);
        Ok(entries.collect())
    }

    /// Does what an operator wants.
    ///
    /// # Errors
    /// `NotFound` for an order or node that is not there, `Conflict` with the reason.
    pub async fn act(
        self: &Arc<Self>,
        caller: &Caller,
        order: &str,
        wanted: Wanted,
        note: Option<String>,
    ) -> Outcome<()> {
        let row = self.run_row(caller, order).await?;
        let due = Due {
            tenant: caller.tenant,
            order: order.to_owned(),
        };
        let by = By {
            who: caller.principal.clone(),
            note,
        };
        let act = match wanted {
            Wanted::Act(act) => act,
            Wanted::StepAgain => return self.retry_step(due, by).await,
        };
        if row.work.is_empty() {
            return Err(Problem::new(
                Code::Conflict,
                format!("The order '{order}' has no plan that could be acted on."),
            ));
        }
        match self.tell(due, Input::Act { act, by }).await? {
            None => Ok(()),
            Some(refusal) => Err(problem(refusal)),
        }
    }

    async fn run_row(&self, caller: &Caller, order: &str) -> Outcome<RunRow> {
        let (tenant, id) = (caller.tenant, order.to_owned());
        let row = self
            .store
            .point(move |session| session.run(tenant, &id))
            .await?;
        row.ok_or_else(|| {
            Problem::new(
                Code::NotFound,
                format!("There is no order '{order}' that was placed."),
            )
        })
    }
}

fn problem(refusal: Refusal) -> Problem {
    let code = match refusal.code {
        RefusalCode::Unknown => Code::NotFound,
        RefusalCode::State
        | RefusalCode::PointOfNoReturn
        | RefusalCode::Dependants
        | RefusalCode::Plan => Code::Conflict,
    };
    Problem::new(code, refusal.message)
}

/// The nodes of all revisions as one plan.
fn plan_of(run: &Run) -> Plan {
    let work = run.work();
    Plan {
        order: work.order.clone(),
        revision: work.revision,
        items: work.items.clone(),
        nodes: work.jobs.iter().map(|job| job.node.clone()).collect(),
    }
}

fn show(plan: &Plan, shape: Shape, state: render::States<'_>) -> Shown {
    match shape {
        Shape::Json => Shown::Json(json!({
            "@type": "ProductOrderPlan",
            "outcome": "planned",
            "plan": plan,
        })),
        Shape::Tree => Shown::Text(render::tree(plan, state)),
        Shape::Dot => Shown::Text(render::dot(plan, state)),
        Shape::Mermaid => Shown::Text(render::mermaid(plan, state)),
    }
}

fn state_of(node: &NodeView) -> &'static str {
    if node.fallout.is_some() {
        return "fallout";
    }
    node.phase.as_str()
}

fn running(row: &RunRow, run: &Run, plan: &Plan, nodes: &[NodeView]) -> Outcome<Value> {
    let view = run.view();
    let stage = match Progress::read(row)?.stage {
        Stage::Placed => "placed",
        Stage::Incomplete => "incomplete",
        Stage::Queued => "queued",
        Stage::Running => "running",
        Stage::Amending => "amending",
        Stage::Ended => "ended",
    };
    let instant = |at: Option<crate::domain::clock::Micros>| at.map(|at| at.to_rfc3339());
    let shown = nodes.iter().map(|node| {
        json!({
            "key": node.key,
            "revision": node.revision,
            "externalId": node.external_id,
            "item": node.item,
            "name": node.name,
            "kind": node.kind,
            "target": node.target,
            "state": state_of(node),
            "attempts": node.attempts,
            "remoteId": node.remote_id,
            "remoteState": node.remote_state.map(|state| state.as_str()),
            "started": instant(node.started),
            "ended": instant(node.ended),
            "due": instant(node.due),
            "fallout": node.fallout,
            "after": node.after,
        })
    });
    let progress = view.progress;
    Ok(json!({
        "@type": "ProductOrderPlan",
        "outcome": "planned",
        "stage": stage,
        "state": view.state.as_str(),
        "suspended": view.suspended,
        "waiting": view.waiting,
        "progress": {
            "total": progress.total,
            "done": progress.done,
            "running": progress.running,
            "waiting": progress.waiting,
            "failed": progress.failed,
            "takenBack": progress.taken_back,
        },
        "node": shown.collect::<Vec<_>>(),
        "cancellation": view.cancellations,
        "anomaly": run.anomalies(),
        "plan": plan,
    }))
}

fn entries(row: &OrderLogRow) -> Vec<Value> {
    match serde_json::from_str(&row.entry) {
        Ok(Value::Array(entries)) => entries,
        Ok(entry) => vec![entry],
        Err(_) => Vec::new(),
    }
}

/// Reads what an operator wants: `{"action": ..., ...}`.
///
/// # Errors
/// `InvalidBody` with a pointer.
pub fn read_act(body: &Value) -> Outcome<(Wanted, Option<String>)> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let needed = |name: &str| {
        text(name).ok_or_else(|| Problem::at(Code::InvalidBody, format!("/{name}"), "is required"))
    };
    let flag = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(Problem::at(
            Code::InvalidBody,
            format!("/{name}"),
            "must be true or false",
        )),
    };
    let has = |name: &str| body.get(name).is_some_and(|value| !value.is_null());
    let act = match needed("action")?.as_str() {
        "retry" if !has("node") && !has("setting") => {
            return Ok((Wanted::StepAgain, text("note")));
        }
        "suspend" => Act::Suspend,
        "resume" => Act::Resume,
        "abort" => Act::Abort,
        "retry" if body.get("setting").is_some() => Act::EditRetry {
            node: needed("node")?,
            settings: characteristics(body, "setting")?,
        },
        "retry" => Act::Retry {
            node: needed("node")?,
            fallout: text("fallout"),
        },
        "complete" => Act::Complete {
            node: needed("node")?,
            results: characteristics(body, "result")?,
        },
        "skip" => Act::Skip {
            node: needed("node")?,
            force: flag("force")?,
        },
        "giveUp" => Act::GiveUp {
            node: needed("node")?,
            keep: flag("keep")?,
        },
        "cancel" => Act::Cancel {
            task: text("task").unwrap_or_else(ids::new_id),
            item: text("item"),
            force: flag("force")?,
            dependants: flag("dependants")?,
        },
        "decide" => Act::Decide {
            task: needed("task")?,
            consent: flag("consent")?,
        },
        other => {
            return Err(Problem::at(
                Code::InvalidBody,
                "/action",
                format!(
                    "'{other}' is not one of suspend, resume, abort, retry, complete, skip, giveUp, \
                     cancel, decide"
                ),
            ));
        }
    };
    Ok((Wanted::Act(act), text("note")))
}

/// Reads what came of a task, and a note: `{"result": [...], "note": ...}`.
///
/// # Errors
/// `InvalidBody` with a pointer.
pub fn read_completion(body: &Value) -> Outcome<(Vec<Characteristic>, Option<String>)> {
    let note = body.get("note").and_then(Value::as_str).map(str::to_owned);
    Ok((characteristics(body, "result")?, note))
}

/// `[{"name": ..., "value": ...}]`.
fn characteristics(body: &Value, name: &str) -> Outcome<Vec<Characteristic>> {
    let Some(value) = body.get(name) else {
        return Ok(Vec::new());
    };
    let wrong = |at: String| {
        Problem::at(
            Code::InvalidBody,
            at,
            "must be objects with `name` and `value`",
        )
    };
    let list = value.as_array().ok_or_else(|| wrong(format!("/{name}")))?;
    let read = |(place, one): (usize, &Value)| {
        let own = one.get("name").and_then(Value::as_str);
        let (Some(own), Some(value)) = (own, one.get("value")) else {
            return Err(wrong(format!("/{name}/{place}")));
        };
        Ok(Characteristic {
            name: own.to_owned(),
            value: value.clone(),
        })
    };
    list.iter().enumerate().map(read).collect()
}
