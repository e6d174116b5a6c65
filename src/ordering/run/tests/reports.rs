//! What systems say: early, late, twice, out of order, of nothing we know, and falsely.

use super::fixture::{Bench, chain, said, service, three_items};
use crate::domain::clock::Micros;
use crate::ordering::run::{Act, Cause, Effect, Fault, Input, Phase, Report, Status};

#[test]
fn a_callback_before_the_answer_counts() {
    let mut bench = Bench::started(chain());
    bench.report("line", Status::InProgress);
    assert_eq!(bench.phase("line"), Phase::InProgress);
    assert_eq!(bench.node("line").remote_id.as_deref(), Some("r-o1.1.line"));
    let before = bench.run.clone();
    bench.fails("line", Fault::Unknown);
    assert_eq!(bench.run, before, "the lost answer says nothing any more");
    bench.done("line");
    assert_eq!(bench.phase("data"), Phase::Sending);
}

#[test]
fn twice_is_once() {
    let mut bench = Bench::started(chain());
    for state in [Status::Acknowledged, Status::InProgress, Status::Completed] {
        bench.report("line", state);
        let before = bench.run.clone();
        let sent = bench.effects.len();
        bench.report("line", state);
        assert_eq!(bench.run, before, "{state:?}");
        assert_eq!(bench.effects.len(), sent);
    }
}

#[test]
fn late_news_changes_nothing() {
    let mut bench = Bench::started(chain());
    bench.done("line");
    let before = bench.run.clone();
    bench.report("line", Status::InProgress);
    bench.report("line", Status::Acknowledged);
    assert_eq!(bench.run, before);
}

#[test]
fn older_news_does_not_replace_newer() {
    let mut bench = Bench::started(chain());
    let at = |state, at| {
        Input::Report(Report {
            at: Some(Micros(at)),
            ..said("o1.1.line", state)
        })
    };
    bench.apply(at(Status::InProgress, 20));
    bench.apply(at(Status::Held, 10));
    assert_eq!(bench.run.status(), Status::InProgress);
    bench.apply(at(Status::Held, 30));
    assert_eq!(bench.run.status(), Status::Held);
    assert_eq!(bench.item("1"), Status::Held);
    assert_eq!(bench.run.view().jeopardies[0].kind, "remoteBlocked");
    bench.apply(at(Status::InProgress, 40));
    assert_eq!(bench.run.status(), Status::InProgress);
    bench.apply(at(Status::Pending, 50));
    assert_eq!(bench.run.status(), Status::Pending);
}

#[test]
fn unknown_names_are_anomalies_and_nothing_else() {
    let mut bench = Bench::started(chain());
    for id in [
        "o1.1.nothing",
        "o2.1.line",
        "o1.9.line",
        "",
        "o1",
        "o1.1.line.r1x",
        "o1.1.line.undo",
    ] {
        let before = bench.run.view();
        bench.apply(Input::Report(said(id, Status::Completed)));
        bench.apply(Input::Report(said(id, Status::Completed)));
        assert_eq!(bench.run.view(), before, "{id}");
    }
    assert_eq!(
        bench.run.anomalies().len(),
        7,
        "{:?}",
        bench.run.anomalies()
    );
}

#[test]
fn anomalies_are_bounded() {
    let mut bench = Bench::started(chain());
    for n in 0..100 {
        bench.apply(Input::Report(said(&format!("o1.1.x{n}"), Status::Failed)));
    }
    assert_eq!(bench.run.anomalies().len(), 20);
    assert_eq!(bench.run.anomalies()[19].external_id, "o1.1.x99");
}

#[test]
fn a_report_of_what_was_never_sent_is_an_anomaly() {
    let mut bench = Bench::started(chain());
    bench.done("data");
    assert_eq!(bench.phase("data"), Phase::Waiting);
    assert_eq!(bench.run.anomalies().len(), 1);
}

#[test]
fn one_name_with_two_orders_there_keeps_the_first() {
    let mut bench = Bench::started(chain());
    bench.report("line", Status::InProgress);
    let mut other = said("o1.1.line", Status::Failed);
    other.remote_id = Some("r-2".to_owned());
    bench.apply(Input::Report(other));
    assert_eq!(bench.phase("line"), Phase::InProgress);
    assert_eq!(bench.run.anomalies().len(), 1);
}

#[test]
fn an_end_that_is_not_done_is_fallout() {
    for (state, cause) in [
        (Status::Failed, Cause::Business),
        (Status::Rejected, Cause::Business),
        (Status::Cancelled, Cause::Business),
        (Status::Partial, Cause::Partial),
    ] {
        let mut bench = Bench::started(three_items());
        bench.report("a", state);
        assert_eq!(bench.phase("a"), Phase::Failed);
        assert_eq!(bench.run.view().fallouts[0].cause, cause);
        assert_eq!(bench.run.status(), Status::Held);
        assert_eq!(bench.item("1"), Status::Held);
        assert_eq!(bench.phase("c"), Phase::Sending, "others go on");
    }
}

#[test]
fn completed_and_then_failed_is_for_people() {
    let mut bench = Bench::started(three_items());
    bench.done("a");
    bench.report("a", Status::Failed);
    assert_eq!(bench.phase("a"), Phase::Completed);
    assert_eq!(bench.run.view().fallouts[0].cause, Cause::Lying);
    bench.retry("a");
    assert!(matches!(bench.effects.last(), Some(Effect::Poll { .. })));
    bench.done("a");
    assert!(bench.run.view().fallouts.is_empty());
}

#[test]
fn failed_and_then_completed_is_for_people() {
    let mut bench = Bench::started(three_items());
    bench.report("a", Status::Failed);
    bench.done("a");
    let fallouts = bench.run.view().fallouts;
    assert_eq!(fallouts.len(), 1);
    assert_eq!(fallouts[0].cause, Cause::Lying);
    let refused = bench.act(Act::Skip {
        node: "a".into(),
        force: false,
    });
    assert!(refused.refused.is_some());
    bench.retry("a");
    bench.done("a");
    assert_eq!(bench.phase("b"), Phase::Sending);
}

#[test]
fn done_under_an_earlier_name_is_for_people() {
    let mut bench = Bench::started(three_items());
    bench.report("a", Status::Failed);
    bench.retry("a");
    assert_eq!(bench.node("a").external_id, "o1.1.a.r2");
    bench.apply(Input::Report(said("o1.1.a", Status::Completed)));
    assert_eq!(bench.run.view().fallouts[0].cause, Cause::Lying);
    bench.apply(Input::Report(said("o1.1.a", Status::Completed)));
    bench.done("a");
    assert_eq!(bench.phase("a"), Phase::Completed);
}

#[test]
fn silence_is_broken_by_questions_that_grow_rarer() {
    let mut bench = Bench::started(chain());
    bench.report("line", Status::InProgress);
    let mut gaps = Vec::new();
    for _ in 0..3 {
        let at = bench.run.wake_at().expect("a time");
        gaps.push((at.0 - bench.now.0) / 1_000_000);
        bench.now = at;
        bench.apply(Input::Tick);
        assert!(matches!(bench.effects.last(), Some(Effect::Poll { .. })));
    }
    assert_eq!(gaps, [60, 120, 240]);
}

#[test]
fn what_the_other_side_lost_is_sent_again_under_its_name() {
    let mut bench = Bench::started(chain());
    bench.report("line", Status::InProgress);
    bench.later(61);
    let lost = Input::NotFound {
        external_id: "o1.1.line".to_owned(),
    };
    bench.apply(lost.clone());
    bench.apply(lost.clone());
    assert_eq!(
        bench.phase("line"),
        Phase::InProgress,
        "one answer counts once"
    );
    bench.later(2);
    bench.apply(lost);
    assert_eq!(bench.phase("line"), Phase::Ready);
    bench.later(3);
    assert_eq!(bench.sent(), ["o1.1.line", "o1.1.line"]);
}

#[test]
fn it_was_there_after_all() {
    let mut bench = Bench::started(chain());
    for _ in 0..3 {
        bench.fails("line", Fault::Unknown);
        bench.later(20);
    }
    assert_eq!(
        bench.run.view().fallouts[0].cause,
        Cause::TransientExhausted
    );
    bench.done("line");
    assert!(bench.run.view().fallouts.is_empty());
    assert_eq!(bench.phase("data"), Phase::Sending);
}

#[test]
fn keys_may_begin_like_others() {
    let made = vec![service("a"), service("a.b"), service("a.r2")];
    let items = vec![super::fixture::item("1", None)];
    let mut bench = Bench::started(super::fixture::plan(1, items, made));
    for key in ["a.b", "a.r2", "a"] {
        bench.done(key);
        assert_eq!(bench.phase(key), Phase::Completed);
    }
    assert_eq!(bench.run.status(), Status::Completed);
}
