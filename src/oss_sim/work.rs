//! An order on its way from taken to ended.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::agenda::Entry;
use super::book::Call;
use super::dress::{Event, put};
use super::fate::{Fate, Lie, Pause};
use super::order::OrderState;
use super::sim::Sim;

/// Milliseconds until a callback comes once more, where somebody else moves the clock.
const AGAIN: u64 = 7_000;

/// Does what an order wants: by itself, or step by step.
pub(super) fn undertake(sim: &Arc<Sim>, id: String) {
    if !sim.is_stepped() {
        let worker = Arc::clone(sim);
        return sim.spawn(async move { work(&worker, id).await });
    }
    let fate = sim.book().order(&id).map(|order| order.fate.clone());
    let before = fate.map_or(0, |fate| fate.delays[0]);
    sim.plan(before, &id, Entry::Begin(id.clone()));
}

/// The next thing happens that is due by the clock. False when nothing is.
pub(super) async fn step(sim: &Arc<Sim>) -> bool {
    let Some(entry) = sim.next() else {
        return false;
    };
    match entry {
        Entry::Call(call) => sim.caller.make(&[call], 1).await,
        Entry::Begin(id) => step_begin(sim, id),
        Entry::Finish(id) => {
            let fate = sim.book().order(&id).map(|order| order.fate.clone());
            if let Some(fate) = fate {
                let calls = end(sim, &id, &fate);
                tell(sim, &id, &fate, calls);
            }
        }
    }
    true
}

fn step_begin(sim: &Arc<Sim>, id: String) {
    let Some(fate) = sim.book().order(&id).map(|order| order.fate.clone()) else {
        return;
    };
    let Some(begun) = begin(sim, &id, &fate) else {
        return;
    };
    let between = fate.delays[1];
    let reordered = Fate {
        behind: match fate.reordered {
            true => between.saturating_add(1),
            false => fate.behind,
        },
        ..fate.clone()
    };
    tell(sim, &id, &reordered, begun);
    match fate.pause {
        Pause::None => sim.plan(between, &id, Entry::Finish(id.clone())),
        Pause::Held | Pause::Asking => wait(sim, id, fate, Vec::new()),
    }
}

/// Makes callbacks, as often and as late as the fate of their order wants, without waiting for that.
pub(super) fn tell(sim: &Arc<Sim>, id: &str, fate: &Fate, calls: Vec<Call>) {
    if sim.is_stepped() {
        for copy in 0..fate.copies {
            let behind = fate.behind.saturating_add(AGAIN * u64::from(copy));
            for call in &calls {
                sim.plan(behind, id, Entry::Call(call.clone()));
            }
        }
        return;
    }
    let (worker, copies, behind) = (Arc::clone(sim), fate.copies, fate.behind);
    sim.spawn(async move {
        pause(&worker, behind).await;
        worker.caller.make(&calls, copies).await;
    });
}

/// Works on an order until it has ended or waits for a release; then on, when that comes.
pub(super) async fn work(sim: &Arc<Sim>, id: String) {
    let Some(fate) = sim.book().order(&id).map(|order| order.fate.clone()) else {
        return;
    };
    if fate.pause == Pause::None && sim.settings.at_once {
        return finish(sim, &id, &fate, Vec::new()).await;
    }
    let [before, between] = fate.delays;
    pause(sim, before).await;
    let Some(begun) = begin(sim, &id, &fate) else {
        return;
    };
    let late = match fate.reordered {
        true => begun,
        false => {
            call(sim, &id, &fate, begun).await;
            Vec::new()
        }
    };
    if fate.pause == Pause::None {
        pause(sim, between).await;
        return finish(sim, &id, &fate, late).await;
    }
    // Waiting is not being under way, so it goes on in a task of its own.
    wait(sim, id, fate, late);
}

/// Makes callbacks and waits for it, unless they come late.
async fn call(sim: &Arc<Sim>, id: &str, fate: &Fate, calls: Vec<Call>) {
    if fate.behind > 0 {
        return tell(sim, id, fate, calls);
    }
    sim.caller.make(&calls, fate.copies).await;
}

/// Where somebody else moves the clock, it is not waited for.
async fn pause(sim: &Sim, millis: u64) {
    if millis > 0 && !sim.is_stepped() {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}

/// Puts an order in progress; the callbacks of that, `None` when it has ended meanwhile.
fn begin(sim: &Sim, id: &str, fate: &Fate) -> Option<Vec<Call>> {
    let now = sim.now();
    let mut book = sim.book();
    let asks = fate.pause == Pause::Asking;
    let state = match asks {
        true => OrderState::Pending,
        false => OrderState::InProgress,
    };
    if !book.advance(id, state) {
        return None;
    }
    let mut calls = Vec::new();
    if fate.forged {
        calls = book.announce(Event::StateChange, id, now, claim_completed);
        for call in &mut calls {
            call.forged = true;
        }
    }
    if !fate.calls {
        return Some(calls);
    }
    calls.extend(book.announce(Event::StateChange, id, now, |_| {}));
    if asks {
        calls.extend(book.announce(Event::InformationRequired, id, now, |_| {}));
    }
    if fate.alarm {
        let at = now.to_rfc3339();
        let milestone = json!([{
            "@type": "ServiceOrderMilestone", "name": "line built", "status": "Completed",
            "milestoneDate": at,
        }]);
        let alert = json!([{
            "@type": "ServiceOrderJeopardyAlert", "name": "late", "jeopardyType": "delay",
            "message": "parts are not there yet", "alertDate": at,
        }]);
        calls.extend(book.announce(Event::Milestone, id, now, |order| {
            put(order, "milestone", milestone.clone());
        }));
        calls.extend(book.announce(Event::Jeopardy, id, now, |order| {
            put(order, "jeopardyAlert", alert.clone());
        }));
    }
    Some(calls)
}

/// Waits for the release of an order, without being under way, then ends it.
fn wait(sim: &Arc<Sim>, id: String, fate: Fate, late: Vec<Call>) {
    let task = Arc::clone(sim);
    let work = async move {
        let busy = loop {
            let moved = task.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            if task.book().order(&id).is_none_or(|o| o.state.is_final()) {
                return;
            }
            if let Some(busy) = task.resume(&id) {
                break busy;
            }
            tokio::select! {
                () = moved => {}
                () = task.until_stopped() => return,
            }
        };
        tokio::select! {
            () = finish(&task, &id, &fate, late) => {}
            () = task.until_stopped() => {}
        }
        drop(busy);
    };
    sim.spawn_idle(work);
}

/// Ends an order and calls back; `late` are callbacks that were held back to come after the end.
async fn finish(sim: &Arc<Sim>, id: &str, fate: &Fate, late: Vec<Call>) {
    let calls = end(sim, id, fate);
    call(sim, id, fate, calls).await;
    sim.caller.make(&late, fate.copies).await;
}

/// Ends an order; the callbacks of that.
fn end(sim: &Sim, id: &str, fate: &Fate) -> Vec<Call> {
    let now = sim.now();
    let mut book = sim.book();
    if !book.finish(id, now) || !fate.calls {
        return Vec::new();
    }
    match fate.lie {
        None => book.announce(Event::StateChange, id, now, |_| {}),
        Some(Lie::State) => book.announce(Event::StateChange, id, now, claim_completed),
        Some(Lie::Failure) => book.announce(Event::StateChange, id, now, claim_failed),
        Some(Lie::Order) => {
            let mut calls = book.announce(Event::StateChange, id, now, claim_another);
            calls.extend(book.announce(Event::StateChange, id, now, |_| {}));
            calls
        }
    }
}

fn claim_completed(order: &mut Value) {
    put(order, "state", "completed".into());
    if let Some(order) = order.as_object_mut() {
        order.shift_remove("errorMessage");
    }
}

fn claim_failed(order: &mut Value) {
    put(order, "state", "failed".into());
}

fn claim_another(order: &mut Value) {
    claim_completed(order);
    put(order, "id", "so-nobodys".into());
    put(order, "externalId", "nobodys.1.order".into());
    if let Some(order) = order.as_object_mut() {
        order.shift_remove("externalReference");
        order.shift_remove("href");
    }
}
