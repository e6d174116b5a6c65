//! Walking a collection to its end by cursor, and the first page against one near the end.

use std::time::{Duration, Instant};

use serde_json::json;

use super::super::Failure;
use super::args::Page;
use super::client::{Client, wait};
use super::connection::Connection;
use super::histogram::Histogram;
use super::report::{millis, per_second};
use super::request;
use super::scenario::OFFERINGS;
use super::target::Target;

/// What the walk found.
struct Walk {
    seen: u64,
    total: u64,
    pages: u64,
    took: Duration,
    complete: bool,
    /// Cursor of the last page that was followed by another one.
    near_end: Option<String>,
}

/// `load page`
///
/// # Errors
/// When the walk misses or repeats offerings, or the server refuses a page.
pub fn run(target: &Target, args: &Page) -> Result<(), Failure> {
    wait(async {
        let walk = walk(target, args).await?;
        if walk.complete && walk.seen != walk.total {
            let (seen, total) = (walk.seen, walk.total);
            return Err(Failure::new(format!(
                "the walk saw {seen} offerings of {total}"
            )));
        }
        let first = path(target, args, "");
        let near_end = path(target, args, walk.near_end.as_deref().unwrap_or(""));
        let (early, late) = compare(target, &first, &near_end, args.repeat).await?;
        show(args, &walk, &early, &late);
        Ok(())
    })
}

fn conditions(args: &Page) -> String {
    if args.query.is_empty() {
        String::new()
    } else {
        format!("{}&", args.query)
    }
}

fn path(target: &Target, args: &Page, after: &str) -> String {
    let query = format!("{}limit={}&after={after}", conditions(args), args.limit);
    format!(
        "{}?{}",
        target.collection(OFFERINGS),
        request::query(&query)
    )
}

async fn walk(target: &Target, args: &Page) -> Result<Walk, Failure> {
    let began = Instant::now();
    let mut client = Client::new(target);
    let mut walk = Walk {
        seen: 0,
        total: 0,
        pages: 0,
        took: Duration::ZERO,
        complete: false,
        near_end: None,
    };
    // An empty cursor starts paging by cursors at the first item.
    let mut after = String::new();
    while began.elapsed() < Duration::from_secs(args.seconds) {
        let query = format!(
            "{}fields=none&limit={}&after={after}",
            conditions(args),
            args.walk
        );
        let page = client.list(OFFERINGS, &query).await?;
        walk.pages += 1;
        walk.total = page.total;
        let got = u64::try_from(page.items.len()).unwrap_or_default();
        walk.seen += got;
        let next = page.after.filter(|_| got > 0 && walk.seen < walk.total);
        let Some(next) = next else {
            walk.complete = true;
            break;
        };
        walk.near_end = Some(next.clone());
        after = next;
    }
    walk.took = began.elapsed();
    Ok(walk)
}

/// Reads the two pages in turns, so that whatever disturbs the machine disturbs both.
async fn compare(
    target: &Target,
    first: &str,
    near_end: &str,
    repeat: u32,
) -> Result<(Histogram, Histogram), Failure> {
    let mut connection = Connection::new(target.address);
    let requests = [request::get(target, first), request::get(target, near_end)];
    let mut latencies = [Histogram::default(), Histogram::default()];
    for _ in 0..repeat {
        for (request, histogram) in requests.iter().zip(&mut latencies) {
            let sent = Instant::now();
            let answer = connection.call(request).await?;
            if !matches!(answer.status, 200 | 206) {
                return Err(Failure::new(format!(
                    "a page was answered with {}",
                    answer.status
                )));
            }
            histogram.record(sent.elapsed());
        }
    }
    let [early, late] = latencies;
    Ok((early, late))
}

fn show(args: &Page, walk: &Walk, early: &Histogram, late: &Histogram) {
    let rate = per_second(walk.seen, walk.took.as_micros());
    if args.json {
        let shown =
            |h: &Histogram| json!({"p50": h.quantile(500), "p99": h.quantile(990), "max": h.max()});
        println!(
            "{}",
            json!({
                "scenario": "page",
                "total": walk.total,
                "seen": walk.seen,
                "complete": walk.complete,
                "pages": walk.pages,
                "walkMicros": u64::try_from(walk.took.as_micros()).unwrap_or(u64::MAX),
                "offeringsPerSecond": rate,
                "limit": args.limit,
                "firstPageMicros": shown(early),
                "nearEndMicros": shown(late)
            })
        );
        return;
    }
    println!(
        "walk: {} of {} offerings in {} pages, {:.1} s, {rate} per second{}",
        walk.seen,
        walk.total,
        walk.pages,
        walk.took.as_secs_f64(),
        if walk.complete {
            ""
        } else {
            " (stopped before the end)"
        },
    );
    for (name, histogram) in [("first page", early), ("near the end", late)] {
        println!(
            "{name:<13} limit {}: p50 {} ms, p99 {} ms, max {} ms",
            args.limit,
            millis(histogram.quantile(500)),
            millis(histogram.quantile(990)),
            millis(histogram.max()),
        );
    }
}
