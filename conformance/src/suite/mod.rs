//! The checks, grouped by operation. Each group is independent: it makes what it needs, and a
//! failure in one does not stop the others. What cannot be checked is skipped with the reason.

mod batch;
mod create;
mod delete;
mod event;
mod fields;
mod filter;
mod hub;
mod list;
mod method;
mod paging;
mod patch;
mod patch_document;
mod read;
pub mod session;
mod sort;
mod state;

use reqwest::Method;

use crate::check::{Check, CheckResult, PROFILE, Recorder};
use crate::expect;
use crate::http::Call;
use crate::profile::{Operation, Resource};

use session::Session;

const PRESENT: Check = Check::must("resource.present", PROFILE, "The server has the resource");
const UNKNOWN_PATH: Check = Check::must(
    "path.unknown",
    "TMF630 part 1, 3.3",
    "An unknown resource path answers 404",
);

/// Statuses that say that a server does not have a resource or operation at all.
const ABSENT: [u16; 3] = [404, 405, 501];

/// One resource under test.
struct Run<'s> {
    session: &'s Session,
    resource: &'s Resource,
    recorder: Recorder,
}

/// Makes all checks of one resource.
pub async fn resource(session: &Session, resource: &Resource) -> Vec<CheckResult> {
    let recorder = Recorder::new(&session.profile.source);
    let mut run = Run {
        session,
        resource,
        recorder,
    };
    if !present(&mut run).await {
        return run.recorder.into_results();
    }
    let created = create::checks(&mut run).await;
    read::checks(&mut run, created.as_ref()).await;
    fields::checks(&mut run, created.as_ref()).await;
    list::checks(&mut run, created.as_ref()).await;
    batch_checks(&mut run).await;
    patch::checks(&mut run).await;
    patch_document::checks(&mut run).await;
    state::checks(&mut run).await;
    method::checks(&mut run, created.as_ref()).await;
    event::checks(&mut run).await;
    delete::checks(&mut run, created).await;
    run.recorder.into_results()
}

/// Paging, filtering and sorting, on five resources that only these checks know.
async fn batch_checks(run: &mut Run<'_>) {
    if !run.resource.has(Operation::List) || !run.resource.has(Operation::Create) {
        return;
    }
    let (Some(label), Some(marker)) = (&run.resource.label, &run.resource.marker) else {
        return;
    };
    let made = batch::make(run, label, marker).await;
    match made {
        Ok(batch) => {
            if !filter::equality(run, &batch).await {
                let because = "the list cannot be narrowed: equality filtering failed";
                run.recorder.skip_all(&paging::ALL, because);
                run.recorder.skip_all(&filter::ALL, because);
                run.recorder.skip_all(&sort::ALL, because);
                return;
            }
            paging::checks(run, &batch).await;
            filter::checks(run, &batch).await;
            sort::checks(run, &batch).await;
        }
        Err(because) => {
            run.recorder.skip(filter::EQUALITY, &because);
            run.recorder.skip_all(&paging::ALL, &because);
            run.recorder.skip_all(&filter::ALL, &because);
            run.recorder.skip_all(&sort::ALL, &because);
        }
    }
}

/// An optional resource that the server does not have is no failure.
async fn present(run: &mut Run<'_>) -> bool {
    if !run.resource.has(Operation::List) {
        return true;
    }
    let url = format!("{}?limit=1", run.session.collection(run.resource));
    let exchange = run.session.send(Call::new(Method::GET, url)).await;
    if !exchange.is(&ABSENT) {
        return true;
    }
    if run.resource.mandatory_resource {
        run.recorder
            .judge(PRESENT, &exchange, expect::status(&exchange, &[200]));
    } else {
        let because = "the resource is optional and the server does not have it";
        run.recorder.skip(PRESENT, because);
    }
    false
}

/// Checks of the API as a whole.
pub async fn api(session: &Session) -> Vec<CheckResult> {
    let mut recorder = Recorder::new(&session.profile.source);
    let url = format!("{}/conformanceNoSuchResource", session.base);
    let exchange = session.send(Call::new(Method::GET, url)).await;
    let typed = session.profile.typed;
    expect::refused(&mut recorder, UNKNOWN_PATH, "", &exchange, &[404], typed);
    recorder.into_results()
}

/// Checks of the hub itself.
pub async fn hub(session: &Session) -> Vec<CheckResult> {
    hub::checks(session).await
}
