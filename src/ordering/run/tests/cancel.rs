//! Cancelling: what may be taken back, in which order, and what cannot.

use super::fixture::{Bench, bundle, chain, changes, item, of, plan, service, three_items};
use crate::ordering::order::Action;
use crate::ordering::plan::{Compensation, NodeKind};
use crate::ordering::run::{
    Act, CancelStage, Cause, Effect, Fault, Input, InternalOp, Phase, RefusalCode, Status,
};

#[test]
fn what_was_not_begun_is_simply_cancelled() {
    let mut bench = Bench::new(chain());
    bench.cancel(None);
    assert_eq!(bench.run.status(), Status::Cancelled);
    assert_eq!(bench.item("1"), Status::Cancelled);
    assert!(bench.effects.is_empty());
    assert_eq!(bench.run.view().cancellations[0].stage, CancelStage::Done);
}

#[test]
fn done_work_is_undone_backwards() {
    let mut bench = Bench::started(chain());
    bench.done("line");
    bench.report("data", Status::InProgress);
    bench.effects.clear();
    bench.cancel(None);
    assert_eq!(bench.run.status(), Status::PendingCancellation);
    assert!(matches!(&bench.effects[..], [Effect::CancelRemote { node, .. }] if node == "data"));
    bench.apply(Input::CancelAccepted {
        external_id: "o1.1.data".into(),
    });
    assert_eq!(
        bench.phase("line"),
        Phase::Completed,
        "not before what rests on it is gone"
    );
    bench.report("data", Status::Cancelled);
    assert_eq!(bench.sent(), ["o1.1.line.undo"]);
    let Some(Effect::SendUndo(undo)) = bench.effects.last() else {
        panic!("{:?}", bench.effects);
    };
    assert_eq!(undo.request.action, Action::Delete);
    assert_eq!(undo.request.service.as_deref(), Some("s-o1.1.line"));
    assert_eq!(undo.request.reverses.as_deref(), Some("o1.1.line"));
    bench.done("line");
    let ops: Vec<InternalOp> = bench
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Internal(internal) => Some(internal.op),
            _ => None,
        })
        .collect();
    assert_eq!(ops, [InternalOp::ReleaseNumber]);
    assert_eq!(bench.run.status(), Status::Cancelled);
}

#[test]
fn what_completes_while_it_is_taken_back_is_undone() {
    let mut bench = Bench::started(chain());
    bench.report("line", Status::InProgress);
    bench.cancel(None);
    bench.done("line");
    assert_eq!(bench.phase("line"), Phase::UndoSending);
    bench.done("line");
    assert_eq!(bench.run.status(), Status::Cancelled);
}

#[test]
fn a_sending_in_doubt_is_searched_for_before_it_is_forgotten() {
    let mut bench = Bench::started(chain());
    bench.cancel(None);
    assert_eq!(bench.phase("line"), Phase::Sending);
    bench.fails("line", Fault::Unknown);
    assert!(matches!(
        bench.effects.last(),
        Some(Effect::Poll {
            remote_id: None,
            ..
        })
    ));
    assert_eq!(bench.run.status(), Status::PendingCancellation);
    let unknown = Input::NotFound {
        external_id: "o1.1.line".into(),
    };
    bench.apply(unknown.clone());
    bench.later(2);
    bench.apply(unknown);
    assert_eq!(bench.run.status(), Status::Cancelled);
    bench.done("line");
    assert_eq!(
        bench.phase("line"),
        Phase::UndoSending,
        "it came after all, and is undone"
    );
    bench.done("line");
    assert_eq!(bench.phase("line"), Phase::Undone);
    assert_eq!(bench.run.status(), Status::Cancelled);
}

#[test]
fn a_refused_recall_waits_for_the_end() {
    let mut bench = Bench::started(chain());
    bench.report("line", Status::InProgress);
    bench.cancel(None);
    for _ in 0..2 {
        bench.apply(Input::CancelFailed {
            external_id: "o1.1.line".into(),
            fault: Fault::Transient,
            message: "busy".into(),
            wait: None,
        });
        bench.later(10);
    }
    let recalls = bench.effects.iter();
    let recalls = recalls.filter(|effect| matches!(effect, Effect::CancelRemote { .. }));
    assert_eq!(recalls.count(), 3);
    bench.apply(Input::CancelFailed {
        external_id: "o1.1.line".into(),
        fault: Fault::Business,
        message: "too late".into(),
        wait: None,
    });
    assert_eq!(bench.run.status(), Status::PendingCancellation);
    bench.later(3600);
    assert_eq!(
        bench.run.view().fallouts[0].cause,
        Cause::Timeout,
        "never silence"
    );
    bench.report("line", Status::Failed);
    assert_eq!(bench.run.status(), Status::Cancelled);
}

fn with_point(hard: bool) -> Bench {
    let point = service("dig");
    let point = if hard { point.hard() } else { point.soft() };
    let made = vec![point, service("next").after(&["dig"])];
    Bench::started(plan(1, vec![item("1", None)], made))
}

#[test]
fn a_hard_point_of_no_return_refuses() {
    let mut bench = with_point(true);
    let outcome = bench.cancel(None).clone();
    let refused = outcome.refused.expect("a refusal");
    assert_eq!(refused.code, RefusalCode::PointOfNoReturn);
    assert!(refused.message.contains("`dig`"));
    let states: Vec<&str> = outcome.notes.iter().map(|note| note.to).collect();
    assert_eq!(states, ["assessingCancellation", "inProgress"]);
    assert_eq!(bench.run.status(), Status::InProgress);
    assert_eq!(
        bench.run.view().cancellations[0].stage,
        CancelStage::Refused
    );
    bench.all_done(&["dig", "next"]);
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn a_soft_point_of_no_return_needs_consent() {
    let decide = |consent| Act::Decide {
        task: "cancel-all".into(),
        consent,
    };
    let mut bench = with_point(false);
    bench.cancel(None);
    assert_eq!(bench.run.status(), Status::AssessingCancellation);
    bench.done("dig");
    assert_eq!(
        bench.phase("next"),
        Phase::Ready,
        "nothing begins meanwhile"
    );
    bench.act(decide(false));
    assert_eq!(bench.run.status(), Status::InProgress);
    assert_eq!(bench.phase("next"), Phase::Sending);

    let mut bench = with_point(false);
    bench.cancel(None);
    bench.act(decide(true));
    assert_eq!(bench.run.status(), Status::PendingCancellation);
    bench.act(decide(true));
    assert!(bench.last.refused.is_none());
    assert!(bench.act(decide(false)).refused.is_some());

    let mut bench = with_point(false);
    bench.act(Act::Cancel {
        task: "t".into(),
        item: None,
        force: true,
        dependants: false,
    });
    assert_eq!(bench.run.status(), Status::PendingCancellation);
}

#[test]
fn a_cancel_that_waited_too_long_is_refused_by_the_end() {
    let made = vec![service("dig").soft()];
    let mut bench = Bench::started(plan(1, vec![item("1", None)], made));
    bench.cancel(None);
    bench.done("dig");
    assert_eq!(bench.run.status(), Status::Completed);
    assert_eq!(
        bench.run.view().cancellations[0].stage,
        CancelStage::Refused
    );
}

#[test]
fn one_item_is_cancelled_and_the_rest_goes_on() {
    let mut bench = Bench::started(three_items());
    bench.done("c");
    bench.effects.clear();
    bench.cancel(Some("3"));
    assert_eq!(bench.item("3"), Status::PendingCancellation);
    assert_eq!(bench.run.status(), Status::InProgress);
    bench.done("c");
    assert_eq!(bench.item("3"), Status::Cancelled);
    assert_eq!(bench.run.view().cancellations[0].stage, CancelStage::Done);
    bench.all_done(&["a", "b"]);
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn an_item_that_others_rely_on_stays_unless_they_go_too() {
    let mut bench = Bench::started(three_items());
    let refused = bench.cancel(Some("1")).refused.clone().expect("a refusal");
    assert_eq!(refused.code, RefusalCode::Dependants);
    assert!(
        refused.message.contains("item `2` relies"),
        "{}",
        refused.message
    );
    bench.act(Act::Cancel {
        task: "both".into(),
        item: Some("1".into()),
        force: false,
        dependants: true,
    });
    bench.report("a", Status::Cancelled);
    assert_eq!(bench.item("2"), Status::Cancelled);
    bench.done("c");
    assert_eq!(bench.run.status(), Status::Completed);
    assert!(bench.cancel(Some("9")).refused.is_some());
}

#[test]
fn a_part_leaves_its_bundle() {
    let mut bench = Bench::started(bundle());
    bench.cancel(Some("2"));
    bench.report("access", Status::Cancelled);
    bench.act(Act::Complete {
        node: "router".into(),
        results: Vec::new(),
    });
    assert_eq!(bench.phase("whole"), Phase::Completed);
    assert_eq!(bench.item("2"), Status::Cancelled);
    assert_eq!(bench.item("1"), Status::Completed);
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn all_items_cancelled_is_an_order_cancelled() {
    let made = vec![service("a"), service("b").item(1)];
    let mut bench = Bench::started(plan(1, vec![item("1", None), item("2", None)], made));
    bench.cancel(Some("1"));
    bench.cancel(Some("2"));
    bench.report("a", Status::Cancelled);
    bench.report("b", Status::Cancelled);
    assert_eq!(bench.run.status(), Status::Cancelled);
}

#[test]
fn a_failing_compensation_is_fallout() {
    let mut bench = Bench::started(chain());
    bench.done("line");
    bench.report("data", Status::InProgress);
    bench.cancel(None);
    bench.report("data", Status::Cancelled);
    bench.report("line", Status::Failed);
    assert_eq!(bench.phase("line"), Phase::UndoFailed);
    assert_eq!(
        bench.run.view().fallouts[0].cause,
        Cause::CompensationFailed
    );
    assert_eq!(bench.run.status(), Status::PendingCancellation);
    assert_eq!(bench.phase("number"), Phase::Completed, "the rest waits");
    bench.retry("line");
    assert_eq!(
        bench.sent().last().map(String::as_str),
        Some("o1.1.line.undo.2")
    );
    bench.done("line");
    assert_eq!(bench.run.status(), Status::Cancelled);
}

#[test]
fn a_compensation_can_be_done_by_hand_or_left() {
    for act in [
        Act::Complete {
            node: "line".into(),
            results: Vec::new(),
        },
        Act::Skip {
            node: "line".into(),
            force: false,
        },
    ] {
        let mut bench = Bench::started(chain());
        bench.done("line");
        bench.cancel(None);
        bench.report("data", Status::Failed);
        bench.fails("line", Fault::Business);
        assert_eq!(bench.phase("line"), Phase::UndoFailed);
        bench.act(act);
        assert_eq!(bench.run.status(), Status::Cancelled);
    }
}

#[test]
fn compensations_of_all_kinds() {
    let mut bench = Bench::started(bundle());
    bench.done("access");
    for task in ["router", "visit"] {
        bench.act(Act::Complete {
            node: task.into(),
            results: Vec::new(),
        });
    }
    bench.report("tv", Status::InProgress);
    bench.cancel(None);
    bench.done("tv");
    assert_eq!(bench.phase("tv"), Phase::Undoing);
    assert!(matches!(
        bench.effects.last(),
        Some(Effect::OpenTask(task)) if task.undo && task.text == "Take the box back"
    ));
    let by_hand = |bench: &mut Bench, node: &str| {
        bench.act(Act::Complete {
            node: node.into(),
            results: Vec::new(),
        });
    };
    by_hand(&mut bench, "tv");
    assert_eq!(bench.phase("visit"), Phase::Undone, "nothing need be done");
    assert_eq!(bench.phase("router"), Phase::Undoing);
    assert_eq!(bench.phase("access"), Phase::UndoSending);
    by_hand(&mut bench, "router");
    bench.done("access");
    assert_eq!(bench.run.status(), Status::Cancelled);
}

#[test]
fn changes_are_set_back() {
    let mut bench = Bench::started(changes());
    let mut made = changes();
    made.nodes.push(service("slow").0);
    bench = Bench::started({
        drop(bench);
        made
    });
    bench.all_done(&["speed", "end"]);
    bench.effects.clear();
    bench.cancel(None);
    bench.report("slow", Status::Cancelled);
    let undos: Vec<(String, Action, Option<String>)> = bench
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::SendUndo(undo) => Some((
                undo.node.clone(),
                undo.request.action,
                undo.request.service.clone(),
            )),
            _ => None,
        })
        .collect();
    assert_eq!(undos.len(), 2);
    assert_eq!(undos[0].0, "speed");
    assert_eq!(undos[0].1, Action::Modify);
    assert_eq!(undos[1].1, Action::Add, "what was ended is set up again");
    let ops: Vec<InternalOp> = bench
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Internal(internal) => Some(internal.op),
            _ => None,
        })
        .collect();
    assert_eq!(
        ops,
        [InternalOp::RestoreProduct, InternalOp::RestoreProduct]
    );
}

#[test]
fn a_cancel_comes_once() {
    let mut bench = Bench::started(chain());
    bench.cancel(None);
    let before = bench.run.clone();
    let outcome = bench.cancel(None);
    assert!(outcome.effects.is_empty() && outcome.refused.is_none());
    assert_eq!(bench.run, before);
}

#[test]
fn tasks_of_people_are_closed() {
    let made = vec![of("post", NodeKind::Shipment).undo(Compensation::Nothing)];
    let mut bench = Bench::started(plan(1, vec![item("1", None)], made));
    bench.cancel(None);
    assert!(matches!(bench.effects.last(), Some(Effect::CloseTask(_))));
    assert_eq!(bench.run.status(), Status::Cancelled);
}

#[test]
fn a_suspended_order_undoes_nothing_until_it_goes_on() {
    let mut bench = Bench::started(chain());
    bench.report("line", Status::InProgress);
    bench.act(Act::Suspend);
    bench.effects.clear();
    bench.cancel(None);
    assert!(bench.effects.is_empty());
    bench.act(Act::Resume);
    assert!(matches!(
        bench.effects.last(),
        Some(Effect::CancelRemote { .. })
    ));
}
