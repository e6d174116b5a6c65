//! What is shown of a run.

use super::fixture::{Bench, SECOND, bundle, chain, item, plan, service, three_items};
use crate::domain::clock::Micros;
use crate::ordering::run::{Act, Input, MilestoneStatus, Status, Terms};

#[test]
fn milestones_are_reached() {
    let mut bench = Bench::started(chain());
    let milestone = bench.run.view().milestones.remove(0);
    assert_eq!(milestone.name, "connected");
    assert_eq!(milestone.status, MilestoneStatus::YetToReach);
    bench.all_done(&["line", "data"]);
    let milestone = bench.run.view().milestones.remove(0);
    assert_eq!(milestone.status, MilestoneStatus::Completed);
    assert_eq!(milestone.date, Some(bench.now));
}

#[test]
fn the_expected_end_follows_the_longest_chain() {
    let mut bench = Bench::new(chain());
    assert_eq!(bench.run.view().expected_completion, None);
    bench.apply(Input::Start);
    let start = bench.now.0;
    let minutes = |bench: &Bench| {
        let end = bench.run.view().expected_completion.expect("an end");
        (end.0 - start) / (60 * SECOND)
    };
    assert_eq!(minutes(&bench), 2, "two service orders of a minute");
    let before = bench.run.view();
    bench.later(30);
    assert_eq!(bench.run.view(), before, "time alone changes nothing");
    bench.now = Micros(start + 600 * SECOND);
    bench.done("line");
    assert_eq!(minutes(&bench), 11);
    bench.done("data");
    assert_eq!(bench.run.view().expected_completion, None);
}

#[test]
fn an_end_after_the_requested_one_is_jeopardy() {
    let terms = |seconds: i64| Terms {
        requested_completion: Some(1_800_000_000_000_000 + seconds * SECOND),
        ..Terms::default()
    };
    let mut bench = Bench::with(chain(), terms(3600));
    bench.apply(Input::Start);
    assert!(bench.run.view().jeopardies.is_empty());
    bench.later(3601);
    let alert = bench.run.view().jeopardies.remove(0);
    assert_eq!((alert.kind, alert.item), ("completionDate", None));
    let mut bench = Bench::with(chain(), terms(60));
    bench.apply(Input::Start);
    assert_eq!(bench.run.view().jeopardies.len(), 1, "expected to be late");
}

#[test]
fn an_order_that_is_cancelled_is_not_late() {
    let mut bench = Bench::new(chain());
    bench.run.set_terms(Terms {
        requested_completion: Some(bench.now.0 + 3600 * SECOND),
        ..Terms::default()
    });
    bench.apply(Input::Start);
    bench.cancel(None);
    bench.later(7200);
    assert_eq!(bench.run.status(), Status::PendingCancellation);
    assert!(bench.run.view().jeopardies.is_empty());
    let wake = bench.run.wake_at();
    assert!(
        wake.is_none_or(|at| at > bench.now),
        "it is looked at over and over: {wake:?}"
    );
}

#[test]
fn a_bundle_is_as_its_parts_are() {
    let mut bench = Bench::started(bundle());
    assert_eq!(bench.item("1"), Status::InProgress);
    bench.report("access", Status::Pending);
    assert_eq!(bench.item("2"), Status::Pending);
    assert_eq!(bench.item("1"), Status::Pending);
    assert_eq!(bench.run.status(), Status::Pending);
    bench.report("access", Status::Failed);
    assert_eq!(bench.item("1"), Status::Held);
}

#[test]
fn progress_counts_nodes() {
    let mut bench = Bench::started(three_items());
    bench.done("a");
    let progress = bench.run.view().progress;
    assert_eq!((progress.total, progress.done), (6, 2));
    assert_eq!((progress.running, progress.waiting), (2, 2));
}

#[test]
fn notes_say_what_changed() {
    let mut bench = Bench::new(plan(1, vec![item("1", None)], vec![service("a")]));
    let outcome = bench.apply(Input::Start);
    let notes: Vec<(Option<&str>, &str, &str)> = outcome
        .notes
        .iter()
        .map(|note| (note.node.as_deref(), note.from, note.to))
        .collect();
    assert_eq!(
        notes,
        [
            (Some("a"), "waiting", "ready"),
            (Some("a"), "ready", "sending"),
            (None, "acknowledged", "inProgress"),
        ]
    );
}

#[test]
fn a_part_without_work_says_nothing() {
    let mut idle = item("1/extra", Some(0));
    idle.ordered = false;
    let made = vec![service("first").item(2), service("a").after(&["first"])];
    let items = vec![item("1", None), idle, item("2", None)];
    let mut bench = Bench::started(plan(1, items, made));
    assert_eq!(bench.item("1"), Status::Acknowledged);
    bench.report("first", Status::Failed);
    bench.act(Act::GiveUp {
        node: "first".to_owned(),
        keep: false,
    });
    assert_eq!(bench.run.status(), Status::Failed, "nothing was done");
}
