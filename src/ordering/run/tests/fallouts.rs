//! Fallout and what operators do about it.

use super::fixture::{Bench, bundle, chain, has, item, plan, service, three_items};
use crate::ordering::run::{Act, Cause, Effect, FalloutChange, Fault, Phase, RefusalCode, Status};

fn skip(node: &str, force: bool) -> Act {
    Act::Skip {
        node: node.to_owned(),
        force,
    }
}

fn give_up(node: &str, keep: bool) -> Act {
    Act::GiveUp {
        node: node.to_owned(),
        keep,
    }
}

#[test]
fn a_refusal_is_fallout_and_is_sent_again_under_the_same_name() {
    let mut bench = Bench::started(chain());
    let outcome = bench.fails("line", Fault::Business);
    let FalloutChange::Opened(fallout) = &outcome.fallouts[0] else {
        panic!("{outcome:?}");
    };
    assert_eq!(fallout.id, "o1.1.line.f1");
    assert_eq!((fallout.cause, fallout.attempts), (Cause::Business, 1));
    assert_eq!(bench.run.view().errors[0].code, "business");
    let outcome = bench.retry("line");
    assert_eq!(
        outcome.fallouts,
        [FalloutChange::Resolved {
            id: "o1.1.line.f1".into(),
            how: "retry",
            by: Some("ann".into()),
            note: Some("because".into()),
        }]
    );
    assert_eq!(
        bench.sent(),
        ["o1.1.line", "o1.1.line"],
        "nothing was made there"
    );
    assert_eq!(bench.run.status(), Status::InProgress);
}

#[test]
fn a_retry_means_one_fallout() {
    let mut bench = Bench::started(chain());
    let retry = || Act::Retry {
        node: "line".into(),
        fallout: Some("o1.1.line.f1".into()),
    };
    bench.fails("line", Fault::Business);
    bench.act(retry());
    bench.fails("line", Fault::Business);
    let outcome = bench.act(retry());
    assert_eq!(
        outcome.refused.as_ref().map(|r| r.code),
        Some(RefusalCode::State)
    );
    assert_eq!(bench.run.view().fallouts[0].id, "o1.1.line.f2");
}

#[test]
fn edited_settings_go_into_the_next_try() {
    let mut bench = Bench::started(chain());
    bench.fails("line", Fault::Business);
    bench.act(Act::EditRetry {
        node: "line".into(),
        settings: vec![has("speed", "50")],
    });
    let Some(Effect::Send(sent)) = bench.effects.last() else {
        panic!("not sent");
    };
    assert_eq!(sent.request.characteristics[0], has("speed", "50"));
}

#[test]
fn done_by_hand_goes_on_with_what_was_found() {
    let mut bench = Bench::started(chain());
    bench.fails("line", Fault::Business);
    bench.act(Act::Complete {
        node: "line".into(),
        results: vec![has("port", "1")],
    });
    assert_eq!(bench.phase("data"), Phase::Sending);
    assert_eq!(bench.run.status(), Status::InProgress);
}

#[test]
fn skipped_goes_on_without() {
    let mut bench = Bench::started(chain());
    bench.fails("line", Fault::Business);
    bench.act(skip("line", false));
    assert_eq!(bench.phase("line"), Phase::Skipped);
    bench.done("data");
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn what_a_system_has_is_taken_back_before_it_is_skipped() {
    let mut bench = Bench::started(chain());
    bench.report("line", Status::InProgress);
    bench.act(skip("line", false));
    assert!(matches!(
        bench.effects.last(),
        Some(Effect::CancelRemote { .. })
    ));
    assert_eq!(bench.phase("line"), Phase::InProgress);
    bench.report("line", Status::Cancelled);
    assert_eq!(bench.phase("line"), Phase::Skipped);
    assert_eq!(bench.phase("data"), Phase::Sending);

    let mut bench = Bench::started(chain());
    bench.report("line", Status::InProgress);
    bench.act(skip("line", true));
    assert_eq!(bench.phase("line"), Phase::Skipped, "forced");
    bench.done("line");
    assert_eq!(
        bench.phase("line"),
        Phase::Completed,
        "it is there after all"
    );
}

#[test]
fn too_late_is_jeopardy_first_and_then_fallout() {
    let made = vec![service("slow").timeout(100).milestone("up")];
    let mut bench = Bench::started(plan(1, vec![item("1", None)], made));
    bench.report("slow", Status::InProgress);
    bench.later(79);
    assert!(bench.run.view().jeopardies.is_empty());
    bench.later(1);
    assert_eq!(bench.run.view().jeopardies[0].kind, "nodeTimeout");
    assert_eq!(bench.run.status(), Status::InProgress);
    bench.later(20);
    assert_eq!(bench.run.view().fallouts[0].cause, Cause::Timeout);
    assert_eq!(bench.run.view().milestones[0].status.as_str(), "Violated");
    bench.retry("slow");
    assert!(bench.run.view().fallouts.is_empty());
    assert_eq!(
        bench.phase("slow"),
        Phase::InProgress,
        "it is not sent again"
    );
    assert_eq!(bench.sent().len(), 1);
    bench.done("slow");
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn a_report_closes_the_fallout_of_a_timeout() {
    let made = vec![service("slow").timeout(100)];
    let mut bench = Bench::started(plan(1, vec![item("1", None)], made));
    bench.report("slow", Status::InProgress);
    bench.later(101);
    let outcome = bench.done("slow");
    assert!(outcome.fallouts.iter().any(|change| matches!(
        change,
        FalloutChange::Resolved {
            how: "report",
            by: None,
            ..
        }
    )));
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn given_up_items_fail_with_those_that_rely_on_them() {
    let mut bench = Bench::started(three_items());
    bench.done("c");
    bench.report("a", Status::Failed);
    bench.act(give_up("a", false));
    assert_eq!(bench.item("1"), Status::Failed);
    assert_eq!(bench.item("2"), Status::Failed);
    assert_eq!(bench.item("3"), Status::Completed);
    assert_eq!(bench.run.status(), Status::Partial);
}

#[test]
fn giving_up_undoes_what_is_done_unless_it_is_kept() {
    for keep in [false, true] {
        let mut bench = Bench::started(three_items());
        bench.done("a");
        bench.report("b", Status::Failed);
        bench.act(give_up("b", keep));
        assert_eq!(bench.item("2"), Status::Failed);
        bench.done("c");
        assert_eq!(bench.run.status(), Status::Partial);

        let mut bench = Bench::started(chain());
        bench.done("line");
        bench.report("data", Status::Failed);
        bench.act(give_up("data", keep));
        if keep {
            assert_eq!(bench.phase("line"), Phase::Completed);
        } else {
            assert_eq!(bench.phase("line"), Phase::UndoSending);
            bench.done("line");
            assert_eq!(bench.phase("number"), Phase::Undone);
        }
        assert_eq!(bench.run.status(), Status::Failed);
    }
}

#[test]
fn a_bundle_goes_on_without_a_part_that_failed() {
    let mut bench = Bench::started(bundle());
    bench.report("access", Status::Failed);
    bench.act(give_up("access", false));
    bench.act(Act::Complete {
        node: "router".into(),
        results: Vec::new(),
    });
    assert_eq!(bench.phase("whole"), Phase::Completed);
    assert_eq!(bench.item("2"), Status::Failed);
    assert_eq!(bench.run.status(), Status::Partial);
}

#[test]
fn stopped_leaves_all_and_shows_what_remains() {
    let mut bench = Bench::started(three_items());
    bench.all_done(&["c", "a"]);
    bench.report("b", Status::InProgress);
    let sent = bench.sent().len();
    bench.act(Act::Abort);
    assert_eq!(bench.run.status(), Status::Partial);
    let fallouts = bench.run.view().fallouts;
    assert_eq!(
        fallouts.len(),
        1,
        "items 1 and 3 are complete: {fallouts:?}"
    );
    assert_eq!(
        (fallouts[0].node.as_str(), fallouts[0].cause),
        ("b", Cause::Aborted)
    );
    bench.done("b");
    assert_eq!(
        bench.phase("b"),
        Phase::Completed,
        "what is said is remembered"
    );
    assert_eq!(bench.run.status(), Status::Partial);
    assert_eq!(bench.sent().len(), sent);
    bench.act(skip("b", false));
    assert!(bench.run.view().fallouts.is_empty());
    assert_eq!(bench.run.wake_at(), None);
}

#[test]
fn nothing_is_wanted_of_an_order_at_its_end() {
    let mut bench = Bench::started(chain());
    bench.all_done(&["line", "data"]);
    let before = bench.run.clone();
    for act in [Act::Suspend, Act::Abort, give_up("line", false)] {
        let outcome = bench.act(act);
        assert_eq!(
            outcome.refused.as_ref().map(|r| r.code),
            Some(RefusalCode::State)
        );
    }
    let unknown = bench.act(skip("nothing", true));
    assert_eq!(
        unknown.refused.as_ref().map(|r| r.code),
        Some(RefusalCode::Unknown)
    );
    assert_eq!(bench.run, before);
}

#[test]
fn what_was_done_in_part_is_undone_before_it_is_tried_again() {
    let mut bench = Bench::started(three_items());
    bench.report("a", Status::Partial);
    bench.retry("a");
    assert_eq!(bench.sent().last().map(String::as_str), Some("o1.1.a.undo"));
    bench.done("a");
    assert_eq!(bench.sent().last().map(String::as_str), Some("o1.1.a.r2"));
    bench.done("a");
    assert_eq!(bench.phase("b"), Phase::Sending);
}

#[test]
fn an_undoing_that_failed_is_not_forgotten_by_a_cancel() {
    let mut bench = Bench::started(three_items());
    bench.report("a", Status::Partial);
    bench.retry("a");
    bench.fails("a", Fault::Business);
    assert_eq!(
        bench.run.view().fallouts[0].cause,
        Cause::CompensationFailed
    );
    bench.cancel(None);
    bench.report("c", Status::Cancelled);
    assert_eq!(bench.run.view().fallouts.len(), 1);
    assert_eq!(bench.run.status(), Status::PendingCancellation);
    bench.retry("a");
    bench.done("a");
    assert_eq!(bench.run.status(), Status::Cancelled);
}
