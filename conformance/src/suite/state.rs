//! The life cycle of a resource: allowed moves work, others are refused.

use serde_json::{Map, Value, json};

use super::Run;
use super::patch::{accepted, outcome, send, typed};
use super::session::Created;
use crate::check::{Check, LIFE_CYCLE, mismatch};
use crate::expect;
use crate::profile::{Operation, StateMachine};

const START: Check = Check::should(
    "state.start",
    LIFE_CYCLE,
    "The initial state is accepted, or given by the server",
);
const MOVE: Check = Check::should("state.move", LIFE_CYCLE, "An allowed move is made");
const REFUSED: Check = Check::may(
    "state.refused",
    LIFE_CYCLE,
    "A move that is not allowed answers 409",
);
const UNCHANGED: Check = Check::may(
    "state.unchanged",
    LIFE_CYCLE,
    "A refused move changes nothing",
);

/// Walks a resource along its states.
pub async fn checks(run: &mut Run<'_>) {
    let Some(machine) = run.resource.state.clone() else {
        return;
    };
    if !run.resource.has(Operation::Create) || !run.resource.has(Operation::Patch) {
        return;
    }
    let Some(start) = machine.path.first() else {
        return;
    };
    run.recorder.cite(LIFE_CYCLE, &machine.source);
    let sent = match machine.given {
        true => json!({}),
        false => state(&machine, start),
    };
    let created = match run.session.make(run.resource, &sent).await {
        Ok(created) => created,
        Err(because) => return run.recorder.skip_all(&[START, MOVE, REFUSED], &because),
    };
    let verdict = expect::echo(&created.exchange, &state(&machine, start));
    run.recorder
        .judge_on(START, start, &created.exchange, verdict);
    walk(run, &machine, &created).await;
}

async fn walk(run: &mut Run<'_>, machine: &StateMachine, created: &Created) {
    let mut stopped = false;
    for (index, current) in machine.path.iter().enumerate() {
        if stopped {
            run.recorder
                .skip_on(MOVE, current, "an earlier move failed");
            continue;
        }
        if index > 0 {
            let values = state(machine, current);
            let body = typed(run, values.clone());
            let exchange = send(run, &created.url, "application/json", &body).await;
            let after = outcome(run, &exchange, &created.url).await;
            let verdict = expect::status(&exchange, &accepted(run)).and_then(|()| {
                crate::json::contains(&after, &values).or_else(|text| mismatch(current, text))
            });
            stopped = !run.recorder.judge_on(MOVE, current, &exchange, verdict);
        }
        for refused in machine
            .refused
            .iter()
            .filter(|refused| !stopped && refused.from == *current)
        {
            refuse(run, machine, created, current, &refused.to).await;
        }
    }
}

async fn refuse(
    run: &mut Run<'_>,
    machine: &StateMachine,
    created: &Created,
    from: &str,
    to: &str,
) {
    let subject = format!("{from} to {to}");
    let body = typed(run, state(machine, to));
    let exchange = send(run, &created.url, "application/json", &body).await;
    let is_typed = run.session.profile.typed;
    expect::refused(
        &mut run.recorder,
        REFUSED,
        &subject,
        &exchange,
        &[409],
        is_typed,
    );
    let read = run.session.get(&created.url).await;
    let verdict = expect::echo(&read, &state(machine, from));
    let changed = verdict.is_err();
    run.recorder.judge_on(UNCHANGED, &subject, &read, verdict);
    if changed {
        // Go back, so that the walk can go on from where it was.
        let body = typed(run, state(machine, from));
        send(run, &created.url, "application/json", &body).await;
    }
}

/// A body that sets the state.
pub fn state(machine: &StateMachine, value: &str) -> Value {
    let mut map = Map::new();
    map.insert(machine.attribute.clone(), json!(value));
    Value::Object(map)
}
