//! The client against the simulated OSS, which knows nothing of it but the standard.

use serde_json::Value;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::{FaultKind, RemoteState, Report, Southbound, Subject, Subscribed, TaskState};
use super::{HttpSouthbound, Version, characteristic, client, full, small};
use crate::ordering::order::Action;
use crate::oss_sim::{Deed, Duplicates, OrderState, OssSim, Product, Script, Settings};

const VERSIONS: [(Version, &str); 2] = [(Version::V4, "v4"), (Version::V5, "v5")];

/// An OSS, a client of it and someone who listens.
struct Scene {
    sim: OssSim,
    oss: HttpSouthbound,
    listener: MockServer,
}

impl Scene {
    async fn new(version: (Version, &str), settings: Settings) -> Self {
        let sim = OssSim::start(settings).await.expect("the OSS starts");
        let oss = client(&sim.ordering(version.1), version.0);
        let listener = MockServer::start().await;
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(204))
            .mount(&listener)
            .await;
        let subscribed = oss.subscribe("net", &listener.uri()).await.expect("a hub");
        assert!(matches!(subscribed, Subscribed::New(Some(_))));
        Scene { sim, oss, listener }
    }

    /// What was called back so far, once nothing is under way.
    async fn heard(&self) -> Vec<Report> {
        self.sim.idle().await;
        let requests = self.listener.received_requests().await.expect("recorded");
        requests
            .iter()
            .map(|request| {
                let body: Value = request.body_json().expect("JSON");
                Report::from_event(&body).unwrap_or_else(|| panic!("not read: {body}"))
            })
            .collect()
    }

    async fn states_heard(&self) -> Vec<String> {
        let states = self.heard().await.into_iter();
        states
            .map(|report| report.state.map(|s| s.to_string()).unwrap_or_default())
            .collect()
    }
}

#[tokio::test]
async fn an_order_is_placed_done_and_found() {
    for version in VERSIONS {
        let settings = Settings {
            products: vec![Product::parse("mobile-line:imsi=26201####").expect("a product")],
            ..Settings::default()
        };
        let scene = Scene::new(version, settings).await;
        let again = scene.oss.subscribe("net", &scene.listener.uri()).await;
        assert_eq!(again, Ok(Subscribed::Already));
        let answer = scene.oss.submit("net", &full()).await.expect("placed");
        assert_eq!(answer.external_id.as_deref(), Some("7.1.sim"));
        assert_eq!(answer.state, Some(RemoteState::Acknowledged));
        let remote_id = answer.remote_id.expect("an id");

        let heard = scene.heard().await;
        let states: Vec<_> = heard.iter().filter_map(|r| r.state.clone()).collect();
        assert_eq!(states, [RemoteState::InProgress, RemoteState::Completed]);
        let last = heard.last().expect("an end");
        assert_eq!(last.external_id.as_deref(), Some("7.1.sim"));
        assert_eq!(last.remote_id.as_deref(), Some(remote_id.as_str()));
        let [service] = last.services.as_slice() else {
            panic!("one service: {:?}", last.services);
        };
        let imsi = service.characteristics.iter().find(|c| c.name == "imsi");
        let imsi = imsi
            .and_then(|c| c.value.as_str())
            .expect("found by the OSS");
        assert!(imsi.len() == 9 && imsi.starts_with("26201"), "{imsi}");
        assert!(service.characteristics.contains(&full().characteristics[2]));

        let found = scene.oss.find("net", "7.1.sim").await.expect("an answer");
        let fetched = scene.oss.fetch("net", &remote_id).await.expect("an answer");
        assert_eq!(found, fetched);
        assert_eq!(found.map(|r| r.state), Some(Some(RemoteState::Completed)));
        assert_eq!(scene.oss.find("net", "7.1.si").await, Ok(None));
        assert_eq!(scene.oss.fetch("net", "nothing").await, Ok(None));

        let mut change = small("7.2.sim");
        change.action = Action::Modify;
        change.service.clone_from(&service.id);
        change.characteristics = vec![characteristic("apn", "corporate")];
        scene.oss.submit("net", &change).await.expect("placed");
        scene.sim.idle().await;
        let mut end = small("7.3.sim");
        end.action = Action::Delete;
        end.service.clone_from(&service.id);
        scene.oss.submit("net", &end).await.expect("placed");
        scene.sim.idle().await;
        let services = scene.sim.services();
        assert_eq!(services.len(), 1);
        assert!(!services[0].active);
        let apn = ("apn".to_owned(), Value::from("corporate"));
        assert!(services[0].characteristics.contains(&apn));
        scene.sim.stop().await;
    }
}

#[tokio::test]
async fn an_order_that_was_taken_is_not_taken_twice() {
    for duplicates in [Duplicates::Answer, Duplicates::Conflict] {
        for version in VERSIONS {
            let settings = Settings {
                duplicates,
                ..Settings::default()
            };
            let scene = Scene::new(version, settings).await;
            scene.sim.script(Script::new("", Deed::Lose).times(1));
            let lost = scene.oss.submit("net", &small("a")).await;
            assert_eq!(lost.expect_err("no answer").kind, FaultKind::Unknown);
            let second = scene.oss.submit("net", &small("a")).await.expect("known");
            let found = scene.oss.find("net", "a").await.expect("an answer");
            assert_eq!(found.and_then(|r| r.remote_id), second.remote_id);
            assert_eq!(scene.sim.orders().len(), 1);
            assert_eq!(scene.sim.attempts("a"), 2);
            scene.sim.idle().await;
            assert_eq!(scene.sim.services().len(), 1);
            scene.sim.stop().await;
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_anything_was_done() {
    let scene = Scene::new(VERSIONS[0], Settings::default()).await;
    scene.sim.script(Script::new("", Deed::Drop).times(1));
    let lost = scene.oss.submit("net", &small("a")).await;
    assert_eq!(lost.expect_err("no answer").kind, FaultKind::Unknown);
    assert_eq!(scene.oss.find("net", "a").await, Ok(None));
    scene.oss.submit("net", &small("a")).await.expect("placed");
    scene.sim.stop().await;
}

#[tokio::test]
async fn refused_turned_away_and_failed() {
    let scene = Scene::new(VERSIONS[1], Settings::default()).await;
    let refusal = Script::new("bad", Deed::Reject).message("no such line");
    scene.sim.script(refusal);
    scene
        .sim
        .script(Script::new("busy", Deed::Unavailable).times(1));
    scene
        .sim
        .script(Script::new("broken", Deed::Fail).message("no port"));
    let fault = scene
        .oss
        .submit("net", &small("bad"))
        .await
        .expect_err("refused");
    assert_eq!((fault.kind, fault.status), (FaultKind::Business, Some(400)));
    assert!(fault.message.contains("no such line"), "{fault}");
    let fault = scene
        .oss
        .submit("net", &small("busy"))
        .await
        .expect_err("busy");
    assert_eq!(fault.kind, FaultKind::Transient);
    assert_eq!(fault.retry_after.map(|d| d.as_secs()), Some(1));
    scene
        .oss
        .submit("net", &small("busy"))
        .await
        .expect("placed");
    scene
        .oss
        .submit("net", &small("broken"))
        .await
        .expect("placed");
    let heard = scene.heard().await;
    let failed = heard.iter().find(|r| r.state == Some(RemoteState::Failed));
    let failed = failed.expect("it failed");
    assert_eq!(failed.external_id.as_deref(), Some("broken"));
    assert_eq!(failed.message.as_deref(), Some("no port"));
    scene.sim.stop().await;
}

#[tokio::test]
async fn an_order_is_cancelled_or_not() {
    for version in VERSIONS {
        let scene = Scene::new(version, Settings::default()).await;
        scene.sim.script(Script::new("held", Deed::Hold));
        scene
            .sim
            .script(Script::new("stubborn", Deed::RefuseCancel));
        let held = scene
            .oss
            .submit("net", &small("held"))
            .await
            .expect("placed");
        let held = held.remote_id.expect("an id");
        let stubborn = scene.oss.submit("net", &small("stubborn")).await;
        let stubborn = stubborn.expect("placed").remote_id.expect("an id");
        scene.sim.idle().await;
        let cancelled = scene.oss.cancel("net", &held, "moved").await.expect("done");
        assert_eq!(cancelled.state, TaskState::Done);
        let fault = scene.oss.cancel("net", &stubborn, "moved").await;
        let fault = fault.expect_err("refused");
        assert_eq!(fault.kind, FaultKind::Business);
        assert!(fault.message.contains("cannot be stopped"), "{fault}");
        let fault = scene.oss.cancel("net", "nothing", "moved").await;
        assert_eq!(fault.expect_err("unknown").kind, FaultKind::Business);

        let heard = scene.heard().await;
        let of_held = |r: &&Report| r.remote_id.as_deref() == Some(&held);
        let states: Vec<_> = heard
            .iter()
            .filter(of_held)
            .filter_map(|r| r.state.clone())
            .collect();
        assert_eq!(states, [RemoteState::InProgress, RemoteState::Cancelled]);
        let tasks = |state: TaskState| {
            let subject = Subject::Cancellation(state);
            heard.iter().filter(move |r| r.subject == subject)
        };
        let done = tasks(TaskState::Done).next().expect("told");
        assert_eq!(done.remote_id.as_deref(), Some(held.as_str()));
        assert_eq!(tasks(TaskState::TerminatedWithError).count(), 1);

        assert_eq!(scene.sim.release("stubborn"), 1);
        scene.sim.idle().await;
        let states: Vec<_> = scene.sim.orders().iter().map(|o| o.state).collect();
        assert_eq!(states, [OrderState::Cancelled, OrderState::Completed]);
        let too_late = scene.oss.cancel("net", &stubborn, "moved").await;
        assert_eq!(too_late.expect_err("ended").kind, FaultKind::Business);
        scene.sim.stop().await;
    }
}

#[tokio::test]
async fn information_milestones_and_alerts_are_read() {
    for version in VERSIONS {
        let scene = Scene::new(version, Settings::default()).await;
        scene.sim.script(Script::new("asks", Deed::Ask));
        scene.sim.script(Script::new("late", Deed::Alarm));
        scene
            .oss
            .submit("net", &small("asks"))
            .await
            .expect("placed");
        scene
            .oss
            .submit("net", &small("late"))
            .await
            .expect("placed");
        let heard = scene.heard().await;
        let asked: Vec<_> = heard.iter().filter(|r| r.information_required).collect();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].external_id.as_deref(), Some("asks"));
        assert!(heard.iter().any(|r| r.milestones.len() == 1));
        assert!(heard.iter().any(|r| r.jeopardies.len() == 1));
        assert_eq!(scene.sim.orders()[0].state, OrderState::Pending);
        scene.sim.release("asks");
        scene.sim.idle().await;
        assert_eq!(scene.sim.orders()[0].state, OrderState::Completed);
        scene.sim.stop().await;
    }
}

#[tokio::test]
async fn callbacks_that_are_early_repeated_reordered_or_missing() {
    for (deed, expected) in [
        (Deed::Early, &["inProgress", "completed"][..]),
        (Deed::Reorder, &["completed", "inProgress"]),
        (Deed::Silent, &[]),
        (
            Deed::Repeat,
            &[
                "inProgress",
                "inProgress",
                "inProgress",
                "completed",
                "completed",
                "completed",
            ],
        ),
        (Deed::LieAboutState, &["inProgress", "completed"]),
        (
            Deed::LieAboutOrder,
            &["inProgress", "completed", "completed"],
        ),
    ] {
        let scene = Scene::new(VERSIONS[0], Settings::default()).await;
        scene.sim.script(Script::new("", deed));
        let answer = scene.oss.submit("net", &small("a")).await.expect("placed");
        if deed == Deed::Early {
            // Everything was called back before the answer, which is as old as the order.
            let requests = scene.listener.received_requests().await;
            assert_eq!(requests.map(|r| r.len()), Some(2));
            assert_eq!(answer.state, Some(RemoteState::Acknowledged));
        }
        assert_eq!(scene.states_heard().await, expected, "{deed:?}");
        let truth = scene.oss.find("net", "a").await.expect("an answer");
        let truth = truth.and_then(|r| r.state);
        let expected = match deed {
            Deed::LieAboutState => RemoteState::Failed,
            _ => RemoteState::Completed,
        };
        assert_eq!(truth, Some(expected), "{deed:?}");
        if deed == Deed::LieAboutOrder {
            let heard = scene.heard().await;
            assert!(
                heard
                    .iter()
                    .any(|r| r.external_id.as_deref() == Some("nobodys.1.order"))
            );
        }
        scene.sim.stop().await;
    }
}
