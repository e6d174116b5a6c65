//! An order on its way from taken to ended.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::book::Call;
use super::dress::{Event, put};
use super::fate::{Fate, Lie, Pause};
use super::order::OrderState;
use super::sim::Sim;

/// Works on an order until it has ended or waits for a release; then on, when that comes.
pub(super) async fn work(sim: &Arc<Sim>, id: String) {
    let Some(fate) = sim.book().order(&id).map(|order| order.fate.clone()) else {
        return;
    };
    if fate.pause == Pause::None && sim.settings.at_once {
        return finish(sim, &id, &fate, Vec::new()).await;
    }
    let [before, between] = fate.delays;
    pause(before).await;
    let Some(begun) = begin(sim, &id, &fate) else {
        return;
    };
    let late = match fate.reordered {
        true => begun,
        false => {
            sim.caller.make(&begun, fate.copies).await;
            Vec::new()
        }
    };
    if fate.pause == Pause::None {
        pause(between).await;
        return finish(sim, &id, &fate, late).await;
    }
    // Waiting is not being under way, so it goes on in a task of its own.
    wait(sim, id, fate, late);
}

async fn pause(millis: u64) {
    if millis > 0 {
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
    if !fate.calls {
        return Some(Vec::new());
    }
    let mut calls = book.announce(Event::StateChange, id, now, |_| {});
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
    let calls = {
        let now = sim.now();
        let mut book = sim.book();
        if !book.finish(id, now) {
            return;
        }
        if !fate.calls {
            return;
        }
        match fate.lie {
            None => book.announce(Event::StateChange, id, now, |_| {}),
            Some(Lie::State) => book.announce(Event::StateChange, id, now, claim_completed),
            Some(Lie::Order) => {
                let mut calls = book.announce(Event::StateChange, id, now, claim_another);
                calls.extend(book.announce(Event::StateChange, id, now, |_| {}));
                calls
            }
        }
    };
    sim.caller.make(&calls, fate.copies).await;
    sim.caller.make(&late, fate.copies).await;
}

fn claim_completed(order: &mut Value) {
    put(order, "state", "completed".into());
    if let Some(order) = order.as_object_mut() {
        order.shift_remove("errorMessage");
    }
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
