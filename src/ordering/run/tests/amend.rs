//! Amending: keep, replace, change, redo, undo, add.

use super::fixture::{Bench, Made, chain, item, of, plan, service};
use crate::ordering::order::Action;
use crate::ordering::plan::{NodeKind, Plan};
use crate::ordering::run::{Act, Effect, Fault, InternalOp, Phase, RefusalCode, Status};

fn one(revision: u32, made: Vec<Made>) -> Plan {
    plan(revision, vec![item("1", None)], made)
}

fn amend(bench: &mut Bench, plan: Plan) {
    let outcome = bench.act(Act::Amend { plan, force: false });
    assert_eq!(outcome.refused, None);
}

fn first() -> Plan {
    one(
        1,
        vec![
            service("a"),
            service("b").after(&["a"]),
            service("c").after(&["b"]),
        ],
    )
}

#[test]
fn what_is_the_same_stays() {
    let mut bench = Bench::started(first());
    bench.done("a");
    let sent = bench.sent();
    let mut same = first();
    same.revision = 2;
    amend(&mut bench, same);
    assert_eq!(bench.sent(), sent);
    assert_eq!(bench.run.work().jobs.len(), 3);
    bench.all_done(&["b", "c"]);
    assert_eq!(bench.sent(), ["o1.1.a", "o1.1.b", "o1.1.c"]);
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn what_was_not_begun_is_replaced() {
    let mut bench = Bench::started(first());
    let new = one(
        2,
        vec![
            service("a"),
            service("b").setting("speed", "200").after(&["a"]),
            service("d").after(&["a"]),
        ],
    );
    amend(&mut bench, new);
    assert_eq!(bench.phase("c"), Phase::Cancelled, "gone");
    bench.done("a");
    assert_eq!(bench.sent(), ["o1.1.a", "o1.2.b", "o1.2.d"]);
    bench.all_done(&["b", "d"]);
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn done_work_is_changed_in_place() {
    let mut bench = Bench::started(first());
    bench.done("a");
    let new = one(
        2,
        vec![
            service("a").setting("speed", "200"),
            service("b").after(&["a"]),
            service("c").after(&["b"]),
        ],
    );
    amend(&mut bench, new);
    let Some(Effect::Send(sent)) = bench.effects.last() else {
        panic!("{:?}", bench.effects);
    };
    assert_eq!(sent.external_id, "o1.2.a");
    assert_eq!(sent.request.action, Action::Modify);
    assert_eq!(sent.request.service.as_deref(), Some("s-o1.1.a"));
    bench.done("a");
    bench.all_done(&["b", "c"]);
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn a_change_is_set_back_before_its_ground_is_undone() {
    let mut bench = Bench::started(first());
    bench.done("a");
    let new = one(
        2,
        vec![
            service("a").setting("speed", "200"),
            service("z").after(&["a"]),
        ],
    );
    amend(&mut bench, new);
    bench.report("b", Status::Cancelled);
    bench.done("a");
    bench.effects.clear();
    bench.cancel(None);
    bench.report("z", Status::Failed);
    let undo = |bench: &Bench| match bench.effects.last() {
        Some(Effect::SendUndo(undo)) => (**undo).clone(),
        other => panic!("{other:?}"),
    };
    let back = undo(&bench);
    assert_eq!(back.external_id, "o1.2.a.undo");
    assert_eq!(back.request.action, Action::Modify);
    assert_eq!(back.request.characteristics[0].value, "100");
    bench.apply(crate::ordering::run::Input::Report(super::fixture::said(
        "o1.2.a.undo",
        Status::Completed,
    )));
    let end = undo(&bench);
    assert_eq!(end.external_id, "o1.1.a.undo");
    assert_eq!(end.request.action, Action::Delete);
    bench.apply(crate::ordering::run::Input::Report(super::fixture::said(
        "o1.1.a.undo",
        Status::Completed,
    )));
    assert_eq!(bench.run.status(), Status::Cancelled);
}

#[test]
fn what_is_under_way_is_waited_for() {
    let mut bench = Bench::started(first());
    bench.report("a", Status::InProgress);
    amend(
        &mut bench,
        one(2, vec![service("a").setting("speed", "200")]),
    );
    assert_eq!(bench.sent(), ["o1.1.a"]);
    let said = |state| crate::ordering::run::Input::Report(super::fixture::said("o1.1.a", state));
    let mut failed = Bench {
        run: bench.run.clone(),
        now: bench.now,
        effects: Vec::new(),
        last: bench.last.clone(),
    };
    bench.apply(said(Status::Completed));
    let Some(Effect::Send(sent)) = bench.effects.last() else {
        panic!("not sent");
    };
    assert_eq!(sent.request.action, Action::Modify);
    bench.done("a");
    assert_eq!(bench.run.status(), Status::Completed);

    failed.apply(said(Status::Failed));
    let Some(Effect::Send(sent)) = failed.effects.last() else {
        panic!("not sent");
    };
    assert_eq!(
        sent.request.action,
        Action::Add,
        "there is nothing to change"
    );
    assert!(failed.run.view().fallouts.is_empty());
}

#[test]
fn work_for_another_system_is_undone_and_done_anew() {
    let mut bench = Bench::started(first());
    bench.done("a");
    bench.report("b", Status::Failed);
    let mut other = one(2, vec![service("a")]);
    other.nodes[0].target = Some("oss-2".to_owned());
    amend(&mut bench, other);
    assert_eq!(bench.sent().last().map(String::as_str), Some("o1.1.a.undo"));
    bench.apply(crate::ordering::run::Input::Report(super::fixture::said(
        "o1.1.a.undo",
        Status::Completed,
    )));
    assert_eq!(bench.sent().last().map(String::as_str), Some("o1.2.a"));
    bench.done("a");
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn what_took_a_result_that_changes_is_changed_too() {
    let made = |revision, pool: &str| {
        let mut plan = one(
            revision,
            vec![
                of("number", NodeKind::ReserveNumber).setting("pool", pool),
                service("line").after(&["number"]).takes("number", "number"),
                service("end").after(&["line"]),
            ],
        );
        plan.order = "o1".to_owned();
        plan
    };
    let mut bench = Bench::started(made(1, "gold"));
    bench.done("line");
    amend(&mut bench, made(2, "silver"));
    let ops: Vec<InternalOp> = bench
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Internal(internal) => Some(internal.op),
            _ => None,
        })
        .collect();
    use InternalOp::{ReleaseNumber, ReserveNumber};
    assert_eq!(ops, [ReserveNumber, ReleaseNumber, ReserveNumber]);
    assert_eq!(bench.sent().last().map(String::as_str), Some("o1.2.line"));
}

#[test]
fn an_item_can_be_taken_away_and_another_added() {
    let mut bench = Bench::started(plan(
        1,
        vec![item("1", None), item("2", None)],
        vec![service("a"), service("b").item(1)],
    ));
    bench.all_done(&["b"]);
    amend(
        &mut bench,
        plan(
            2,
            vec![item("3", None), item("1", None)],
            vec![service("x"), service("a").item(1)],
        ),
    );
    assert_eq!(bench.phase("b"), Phase::UndoSending);
    assert_eq!(bench.phase("x"), Phase::Sending);
    bench.all_done(&["b", "x", "a"]);
    assert_eq!(bench.item("1"), Status::Completed);
    assert_eq!(bench.item("2"), Status::Cancelled);
    assert_eq!(bench.item("3"), Status::Completed);
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn points_of_no_return_refuse() {
    for (made, force, refused) in [
        (service("a").hard(), true, true),
        (service("a").soft(), false, true),
        (service("a").soft(), true, false),
    ] {
        let mut bench = Bench::started(one(1, vec![made]));
        let before = bench.run.clone();
        let outcome = bench.act(Act::Amend {
            plan: one(2, vec![service("b")]),
            force,
        });
        let code = outcome.refused.as_ref().map(|refusal| refusal.code);
        assert_eq!(code == Some(RefusalCode::PointOfNoReturn), refused);
        assert_eq!(bench.run == before, refused);
    }
}

#[test]
fn a_point_of_no_return_that_is_kept_does_not_matter() {
    let mut bench = Bench::started(one(1, vec![service("a").hard()]));
    amend(
        &mut bench,
        one(2, vec![service("a").hard(), service("b").after(&["a"])]),
    );
    bench.all_done(&["a", "b"]);
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn an_amendment_resolves_fallout() {
    let mut bench = Bench::started(first());
    bench.fails("a", Fault::Business);
    assert_eq!(bench.run.status(), Status::Held);
    amend(
        &mut bench,
        one(2, vec![service("a").setting("speed", "200")]),
    );
    assert!(bench.run.view().fallouts.is_empty());
    assert_eq!(bench.sent(), ["o1.1.a", "o1.2.a"]);
    bench.done("a");
    assert_eq!(bench.run.status(), Status::Completed);
}

#[test]
fn the_same_amendment_comes_once_and_old_plans_never() {
    let mut bench = Bench::started(chain());
    let mut new = chain();
    new.revision = 2;
    amend(&mut bench, new.clone());
    let before = bench.run.clone();
    amend(&mut bench, new);
    assert_eq!(bench.run, before);
    let outcome = bench.act(Act::Amend {
        plan: chain(),
        force: true,
    });
    assert_eq!(
        outcome.refused.as_ref().map(|r| r.code),
        Some(RefusalCode::Plan)
    );
    bench.cancel(None);
    let mut third = chain();
    third.revision = 3;
    let outcome = bench.act(Act::Amend {
        plan: third,
        force: true,
    });
    assert_eq!(
        outcome.refused.as_ref().map(|r| r.code),
        Some(RefusalCode::State)
    );
}
