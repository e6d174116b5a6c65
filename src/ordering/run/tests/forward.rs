//! Plans that go well: order, starts, results, pauses.

use super::fixture::{
    Bench, SECOND, bundle, chain, has, item, of, plan, said, service, three_items,
};
use crate::ordering::order::Action;
use crate::ordering::plan::NodeKind;
use crate::ordering::run::{
    Act, Effect, Fault, Input, InternalOp, Phase, Policy, Run, Status, Terms, Work,
};

#[test]
fn a_chain_runs_to_its_end() {
    let mut bench = Bench::new(chain());
    assert_eq!(bench.run.status(), Status::Acknowledged);
    bench.apply(Input::Start);
    assert_eq!(bench.run.status(), Status::InProgress);
    assert_eq!(bench.sent(), ["o1.1.line"]);
    let Some(Effect::Send(sent)) = bench.effects.last() else {
        panic!("{:?}", bench.effects);
    };
    let given = &sent.request.characteristics;
    assert_eq!(given, &[has("speed", "100"), has("number", "4711")]);
    assert!(!sent.maybe_sent);
    bench.report("line", Status::InProgress);
    assert_eq!(bench.phase("data"), Phase::Waiting);
    bench.done("line");
    assert_eq!(bench.phase("data"), Phase::Sending);
    bench.done("data");
    assert_eq!(bench.run.status(), Status::Completed);
    assert_eq!(bench.item("1"), Status::Completed);
    assert_eq!(bench.run.view().ended, Some(bench.now));
    assert_eq!(bench.run.wake_at(), None);
}

#[test]
fn the_product_is_written_with_what_came_out() {
    let mut bench = Bench::started(chain());
    bench.all_done(&["line", "data"]);
    let written = bench.effects.iter().find_map(|effect| match effect {
        Effect::Internal(internal) if internal.op == InternalOp::WriteProduct => Some(internal),
        _ => None,
    });
    let written = written.expect("the product");
    assert_eq!(written.product.as_deref(), Some("p-1"));
    assert_eq!(written.supplied, [has("number", "4711")]);
    let services: Vec<&str> = written.services.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(services, ["s-o1.1.line", "s-o1.1.data"]);
}

#[test]
fn branches_run_side_by_side() {
    let mut bench = Bench::started(three_items());
    assert_eq!(bench.sent(), ["o1.1.a", "o1.1.c"]);
    bench.done("c");
    assert_eq!(bench.item("3"), Status::Completed);
    assert_eq!(bench.item("2"), Status::Acknowledged);
    assert_eq!(bench.run.status(), Status::InProgress);
    bench.all_done(&["a", "b"]);
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn nothing_begins_before_the_requested_start() {
    let start = 1_800_000_000_000_000 + 3600 * SECOND;
    let terms = Terms {
        requested_start: Some(start),
        ..Terms::default()
    };
    let mut bench = Bench::with(chain(), terms);
    bench.apply(Input::Start);
    assert_eq!(bench.run.status(), Status::Acknowledged);
    assert!(bench.effects.is_empty());
    assert_eq!(bench.run.wake_at().map(|at| at.0), Some(start));
    bench.later(3600);
    assert_eq!(bench.run.status(), Status::InProgress);
    assert_eq!(bench.sent(), ["o1.1.line"]);
}

#[test]
fn people_are_given_tasks_and_say_when_they_are_done() {
    let mut bench = Bench::started(bundle());
    let opened = |bench: &Bench| -> Vec<String> {
        let effects = bench.effects.iter().filter_map(|effect| match effect {
            Effect::OpenTask(task) => Some(task.node.clone()),
            _ => None,
        });
        effects.collect()
    };
    assert_eq!(opened(&bench), ["router"]);
    bench.done("access");
    bench.act(Act::Complete {
        node: "router".into(),
        results: vec![has("serial", "X1")],
    });
    assert_eq!(opened(&bench), ["router", "visit"]);
    assert!(bench.effects.iter().any(
        |effect| matches!(effect, Effect::CloseTask(end) if end.node == "router" && end.is_done)
    ));
    bench.act(Act::Complete {
        node: "visit".into(),
        results: Vec::new(),
    });
    bench.done("tv");
    assert_eq!(bench.run.status(), Status::Completed);
    assert_eq!(
        bench.run.view().items.len(),
        2,
        "what a bundle brings is not an item"
    );
}

#[test]
fn suspended_means_that_nothing_new_is_sent() {
    let mut bench = Bench::started(chain());
    bench.act(Act::Suspend);
    assert_eq!(bench.run.status(), Status::Held);
    bench.done("line");
    assert_eq!(bench.phase("data"), Phase::Ready);
    assert_eq!(bench.sent(), ["o1.1.line"]);
    assert_eq!(bench.item("1"), Status::Held);
    bench.act(Act::Resume);
    assert_eq!(bench.sent(), ["o1.1.line", "o1.1.data"]);
    assert_eq!(bench.run.status(), Status::InProgress);
}

#[test]
fn a_result_that_is_missing_is_fallout_and_can_be_supplied() {
    let made = vec![
        service("first"),
        service("second").after(&["first"]).takes("port", "first"),
    ];
    let mut bench = Bench::started(plan(1, vec![item("1", None)], made));
    bench.done("first");
    assert_eq!(bench.phase("second"), Phase::Failed);
    assert_eq!(bench.run.status(), Status::Held);
    assert!(bench.run.view().fallouts[0].message.contains("`port`"));
    bench.act(Act::EditRetry {
        node: "second".into(),
        settings: vec![has("port", "7")],
    });
    let Some(Effect::Send(sent)) = bench.effects.last() else {
        panic!("not sent");
    };
    assert!(sent.request.characteristics.contains(&has("port", "7")));
}

#[test]
fn results_of_systems_reach_later_nodes() {
    let made = vec![
        service("first"),
        service("second").after(&["first"]).takes("port", "first"),
    ];
    let mut bench = Bench::started(plan(1, vec![item("1", None)], made));
    let mut report = said("o1.1.first", Status::Completed);
    report.results = vec![has("port", "9")];
    bench.apply(Input::Report(report));
    let Some(Effect::Send(sent)) = bench.effects.last() else {
        panic!("not sent");
    };
    assert!(sent.request.characteristics.contains(&has("port", "9")));
}

#[test]
fn an_order_without_work_is_completed_when_it_begins() {
    let mut bench = Bench::new(plan(1, vec![item("1", None)], Vec::new()));
    bench.apply(Input::Tick);
    assert_eq!(bench.run.status(), Status::Acknowledged);
    bench.apply(Input::Start);
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn edges_that_lead_nowhere_do_not_stop_a_run() {
    let mut broken = plan(1, vec![item("1", None)], vec![service("a"), service("b")]);
    broken.nodes[0].after = vec![1, 99];
    broken.nodes[1].after = vec![0, 1];
    let mut bench = Bench::started(broken);
    bench.all_done(&["a", "b"]);
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn what_is_not_to_be_changed_is_done_at_once() {
    let made = vec![
        service("same").action(Action::NoChange, "s-1"),
        of("product", NodeKind::Inventory).after(&["same"]),
    ];
    let bench = Bench::started(plan(1, vec![item("1", None)], made));
    assert_eq!(bench.run.status(), Status::Completed);
    assert!(bench.sent().is_empty());
}

#[test]
fn a_transient_failure_is_tried_again_later_and_longer() {
    let mut bench = Bench::started(chain());
    bench.fails("line", Fault::Transient);
    assert_eq!(bench.phase("line"), Phase::Ready);
    let first = bench.run.wake_at().expect("a time").0 - bench.now.0;
    assert!((750_000..=1_250_000).contains(&first), "{first}");
    bench.later(0);
    assert_eq!(bench.sent().len(), 1, "not before its time");
    bench.later(2);
    assert_eq!(bench.sent(), ["o1.1.line", "o1.1.line"], "the same name");
    bench.fails("line", Fault::Unknown);
    let second = bench.run.wake_at().expect("a time").0 - bench.now.0;
    assert!((1_500_000..=2_500_000).contains(&second), "{second}");
    bench.later(3);
    let Some(Effect::Send(sent)) = bench.effects.last() else {
        panic!("not sent");
    };
    assert!(
        sent.maybe_sent,
        "after an unknown outcome it is asked for first"
    );
    bench.fails("line", Fault::Transient);
    assert_eq!(bench.phase("line"), Phase::Failed);
    assert_eq!(bench.run.status(), Status::Held);
}

#[test]
fn stored_and_read_it_is_the_same_and_small() {
    let mut bench = Bench::started(chain());
    bench.done("line");
    bench.report("data", Status::InProgress);
    let text = serde_json::to_string(&bench.run).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Run>(&text).expect("a run"),
        bench.run
    );
    let state = serde_json::to_string(bench.run.state()).expect("JSON");
    assert!(state.len() < 1500, "{}: {state}", state.len());
    let work: Work =
        serde_json::from_str(&serde_json::to_string(bench.run.work().as_ref()).expect("JSON"))
            .expect("work");
    let state = serde_json::from_str(&state).expect("a state");
    assert_eq!(Run::from_parts(work.into(), state), bench.run);
}

#[test]
fn a_state_of_another_shape_breaks_nothing() {
    let run: Run = serde_json::from_value(serde_json::json!({
        "work": serde_json::to_value(Work::clone(Run::new(
            chain(), Terms::default(), Policy::default()).work())).expect("JSON"),
        "state": {},
    }))
    .expect("a run");
    assert_eq!(run.nodes().len(), 0);
    let run = Run::from_parts(run.work().clone(), run.state().clone());
    assert_eq!(run.nodes().len(), 5);
}
