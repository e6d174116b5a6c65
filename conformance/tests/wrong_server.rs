//! The runner against a server that is right, and against servers that are wrong in one way each:
//! a check that cannot fail is no check.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on should stop"
)]

mod support;

use conformance::{Level, Options, RunError, run};
use support::{Fault, report};

const LEVELS: [Level; 3] = [Level::Must, Level::Should, Level::May];

#[tokio::test(flavor = "multi_thread")]
async fn a_right_server_passes_everything() {
    let report = report(Fault::None).await;
    let failures: Vec<String> = LEVELS
        .iter()
        .flat_map(|level| report.failures(*level))
        .collect();
    assert!(failures.is_empty(), "{}", report.text());
    assert!(report.conforms(true));
    let api = &report.apis[0];
    let passed: usize = LEVELS.iter().map(|level| api.counts(*level).passed).sum();
    assert!(
        passed > 150,
        "only {passed} checks were made\n{}",
        report.text()
    );
    let skipped: Vec<&str> = api
        .checks()
        .filter(|check| matches!(check.result, conformance::check::Outcome::Skipped { .. }))
        .map(|check| check.id.as_str())
        .collect();
    assert_eq!(
        skipped,
        ["resource.present"],
        "an optional resource that is not there is skipped"
    );
    assert!(api.cleanup.left.is_empty(), "{:?}", api.cleanup.left);
    assert!(api.cleanup.deleted > 5);
}

/// Each fault and the check that must notice it. Other checks may notice it as well.
const CASES: [(Fault, &str); 28] = [
    (Fault::NoLocation, "create.location"),
    (Fault::NoErrorBody, "error.body"),
    (Fault::ErrorWithoutType, "error.body"),
    (Fault::WrongTotal, "paging.total"),
    (Fault::NoResultCount, "list.result-count"),
    (Fault::IgnoresLimit, "paging.size"),
    (Fault::IgnoresFields, "fields.one"),
    (Fault::IgnoresSort, "sort.descending"),
    (Fault::IgnoresFilter, "filter.equality"),
    (Fault::ComparesAsText, "filter.suffix"),
    (Fault::NoNextLink, "paging.link-next"),
    (Fault::AcceptsMissingName, "create.required"),
    (Fault::AcceptsAnyMedia, "create.unsupported-media"),
    (Fault::KeepsNulls, "patch.null"),
    (Fault::AppendsArrays, "patch.array"),
    (Fault::PatchIsPartial, "patch.full"),
    (Fault::ForgetsExtensions, "create.extension"),
    (Fault::NotAtomic, "json-patch.test"),
    (Fault::IgnoresIfMatch, "patch.if-match-stale"),
    (Fault::AnyMove, "state.refused"),
    (Fault::NoAllow, "method.allow"),
    (Fault::DeleteKeeps, "delete.gone"),
    (Fault::NoEvents, "event.delivered"),
    (Fault::EventsTwice, "event.once"),
    (Fault::IgnoresHubQuery, "event.query"),
    (Fault::NeverUnsubscribes, "hub.silence"),
    (Fault::HubAnswers200, "hub.status"),
    (Fault::UnknownPathIs200, "path.unknown"),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_is_noticed() {
    for (fault, check) in CASES {
        let report = report(fault).await;
        let failed: Vec<&str> = report
            .checks()
            .filter(|(_, _, result)| result.failed())
            .map(|(_, _, result)| result.id.as_str())
            .collect();
        assert!(
            failed.contains(&check),
            "{fault:?}: {check} did not fail, but {failed:?}"
        );
        assert!(!report.conforms(true), "{fault:?}");
    }
}

#[tokio::test]
async fn what_depends_on_a_failed_check_is_skipped_with_the_reason() {
    let report = report(Fault::IgnoresFilter).await;
    let text = report.text();
    assert!(
        text.contains("sort.ascending  (the list cannot be narrowed: equality filtering failed)"),
        "{text}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    // A port that was free a moment ago; nothing listens on it.
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    let error = run(&Options::new(url)).await.unwrap_err();
    assert!(matches!(error, RunError::Unreachable(_)), "{error}");
}

#[tokio::test]
async fn unknown_names_are_usage_errors() {
    let mut options = Options::new("http://127.0.0.1:1");
    options.api = Some("TMF000".to_owned());
    assert!(matches!(run(&options).await, Err(RunError::Usage(_))));
    let mut options = Options::new("http://127.0.0.1:1");
    options.resources = vec!["nothing".to_owned()];
    assert!(matches!(run(&options).await, Err(RunError::Usage(_))));
}

#[tokio::test]
async fn a_run_can_be_spawned() {
    let options = Options::new("http://127.0.0.1:1");
    let task = tokio::spawn(async move { run(&options).await.is_err() });
    assert!(task.await.unwrap());
}
