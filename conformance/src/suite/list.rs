//! GET on a collection: what holds for every list.

use serde_json::Value;

use super::Run;
use super::batch::listed;
use super::session::Created;
use crate::check::{Check, PROFILE, Verdict, mismatch};
use crate::expect;
use crate::http::{Exchange, encode};
use crate::json;
use crate::profile::Operation;

const RULE: &str = "TMF630 part 1, 4.5";
const STATUS: Check = Check::must(
    "list.status",
    RULE,
    "GET on the collection answers 200 (206 for a part)",
);
const MEDIA: Check = Check::must(
    "list.media",
    "TMF630 part 1, 1.7",
    "The answer is a JSON list",
);
const MANDATORY: Check = Check::must(
    "list.mandatory",
    PROFILE,
    "Each element has all mandatory attributes",
);
const TOTAL: Check = Check::must("list.total-count", RULE, "X-Total-Count is a number");
const RESULT: Check = Check::must(
    "list.result-count",
    RULE,
    "X-Result-Count is the number of elements answered",
);
const LIMIT: Check = Check::must("list.limit", RULE, "limit bounds the number of elements");
const BY_ID: Check = Check::must(
    "list.by-id",
    "TMF630 part 1, 4.4",
    "id=x finds exactly the resource",
);
const BAD_LIMIT: Check = Check::must(
    "list.bad-limit",
    RULE,
    "A limit that is no count answers 400",
);
const BAD_OFFSET: Check = Check::must(
    "list.bad-offset",
    RULE,
    "An offset that is no count answers 400",
);

/// Checks the list as such; paging and filtering have groups of their own.
pub async fn checks(run: &mut Run<'_>, created: Option<&Created>) {
    if !run.resource.has(Operation::List) {
        return;
    }
    let url = run.session.collection(run.resource);
    let exchange = run.session.get(&format!("{url}?limit=3")).await;
    run.recorder
        .judge(STATUS, &exchange, expect::status(&exchange, &[200, 206]));
    run.recorder.judge(MEDIA, &exchange, is_list(&exchange));
    run.recorder.judge(TOTAL, &exchange, counted(&exchange));
    run.recorder
        .judge(RESULT, &exchange, result_count(&exchange));
    run.recorder.judge(LIMIT, &exchange, bounded(&exchange, 3));
    by_id(run, created, &url).await;
    let typed = run.session.profile.typed;
    for (check, query) in [
        (BAD_LIMIT, "limit=many"),
        (BAD_LIMIT, "limit=-1"),
        (BAD_OFFSET, "offset=far"),
        (BAD_OFFSET, "offset=-1"),
    ] {
        let exchange = run.session.get(&format!("{url}?{query}")).await;
        expect::refused(&mut run.recorder, check, query, &exchange, &[400], typed);
    }
}

async fn by_id(run: &mut Run<'_>, created: Option<&Created>, url: &str) {
    let Some(created) = created else {
        run.recorder
            .skip_all(&[BY_ID, MANDATORY], "there is no resource to look for");
        return;
    };
    let exchange = run
        .session
        .get(&format!("{url}?id={}", encode(&created.id)))
        .await;
    let verdict = listed(&exchange).and_then(|ids| {
        if ids == [created.id.clone()] {
            return Ok(());
        }
        mismatch("one element", format!("{} elements", ids.len()))
    });
    if !run.recorder.judge(BY_ID, &exchange, verdict) {
        run.recorder.skip(MANDATORY, "filtering by id failed");
        return;
    }
    let body = exchange.json().unwrap_or_default();
    let element = body.get(0).cloned().unwrap_or_default();
    let missing: Vec<&str> = run
        .resource
        .mandatory
        .iter()
        .map(String::as_str)
        .filter(|name| !json::present(&element, name))
        .collect();
    let verdict = if missing.is_empty() {
        Ok(())
    } else {
        mismatch(
            run.resource.mandatory.join(", "),
            format!("without {}", missing.join(", ")),
        )
    };
    run.recorder.judge(MANDATORY, &exchange, verdict);
}

fn is_list(exchange: &Exchange) -> Verdict {
    expect::json_media(exchange)?;
    match exchange.json() {
        Some(Value::Array(_)) => Ok(()),
        Some(other) => mismatch("a JSON list", json::brief(&other)),
        None => mismatch("a JSON list", exchange.summary()),
    }
}

fn counted(exchange: &Exchange) -> Verdict {
    let total = exchange.header("x-total-count");
    match total.and_then(|text| text.trim().parse::<u64>().ok()) {
        Some(_) => Ok(()),
        None => mismatch("X-Total-Count with a number", total.unwrap_or("no header")),
    }
}

/// `X-Result-Count` equals the number of elements in the body.
pub fn result_count(exchange: &Exchange) -> Verdict {
    let length = listed(exchange)?.len().to_string();
    let count = exchange.header("x-result-count").unwrap_or("no header");
    if count.trim() == length {
        return Ok(());
    }
    mismatch(format!("X-Result-Count {length}"), count)
}

fn bounded(exchange: &Exchange, limit: usize) -> Verdict {
    let length = listed(exchange)?.len();
    if length <= limit {
        return Ok(());
    }
    mismatch(
        format!("at most {limit} elements"),
        format!("{length} elements"),
    )
}
