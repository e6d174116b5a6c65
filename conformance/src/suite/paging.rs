//! `offset`, `limit`, counts and links, walked over five known resources two at a time.

use std::collections::BTreeMap;

use super::Run;
use super::batch::{Batch, listed};
use super::list::result_count;
use crate::check::{Check, Verdict, mismatch};
use crate::expect;
use crate::http::{Exchange, resolve};

const RULE: &str = "TMF630 part 1, 4.5";
const STATUS: Check = Check::must("paging.status", RULE, "A page answers 200 or 206");
const SIZE: Check = Check::must(
    "paging.size",
    RULE,
    "A page has limit elements, the last the rest",
);
const TOTAL: Check = Check::must(
    "paging.total",
    RULE,
    "X-Total-Count counts all matches, not the page",
);
const RESULT: Check = Check::must("paging.result", RULE, "X-Result-Count counts the page");
const COMPLETE: Check = Check::must(
    "paging.complete",
    RULE,
    "The pages are disjoint and together complete",
);
const WHOLE: Check = Check::must("paging.whole", RULE, "A complete answer has status 200");
const BEYOND: Check = Check::should(
    "paging.beyond",
    RULE,
    "An offset beyond the end answers an empty list or 416",
);
const NEXT: Check = Check::should(
    "paging.link-next",
    RULE,
    "Link rel=next leads to the next page",
);
const PREV: Check = Check::should(
    "paging.link-prev",
    RULE,
    "Link rel=prev leads to the previous page",
);
const FIRST: Check = Check::should(
    "paging.link-first",
    RULE,
    "Link rel=first leads to the start",
);
const LAST: Check = Check::should(
    "paging.link-last",
    RULE,
    "Link rel=last leads to the last page",
);
const NO_NEXT: Check = Check::should(
    "paging.link-end",
    RULE,
    "The last page has no Link rel=next",
);

/// All checks of this group, for skipping.
pub const ALL: [Check; 12] = [
    STATUS, SIZE, TOTAL, RESULT, COMPLETE, WHOLE, BEYOND, NEXT, PREV, FIRST, LAST, NO_NEXT,
];

const LIMIT: usize = 2;

/// Walks the pages.
pub async fn checks(run: &mut Run<'_>, batch: &Batch) {
    let total = batch.ids.len();
    let mut pages = Vec::new();
    for offset in (0..total).step_by(LIMIT) {
        pages.push(
            batch
                .query(run, &format!("offset={offset}&limit={LIMIT}"))
                .await,
        );
    }
    for (index, page) in pages.iter().enumerate() {
        let subject = format!("page {}", index + 1);
        let expected = LIMIT.min(total - index * LIMIT);
        run.recorder
            .judge_on(STATUS, &subject, page, expect::status(page, &[200, 206]));
        run.recorder
            .judge_on(SIZE, &subject, page, size(page, expected));
        run.recorder
            .judge_on(TOTAL, &subject, page, total_is(page, total));
        run.recorder
            .judge_on(RESULT, &subject, page, result_count(page));
    }
    if let Some(last) = pages.last() {
        run.recorder.judge(COMPLETE, last, complete(batch, &pages));
    }
    let whole = batch.query(run, "").await;
    run.recorder
        .judge(WHOLE, &whole, expect::status(&whole, &[200]));
    beyond(run, batch).await;
    links(run, &pages).await;
}

fn size(page: &Exchange, expected: usize) -> Verdict {
    let found = listed(page)?.len();
    if found == expected {
        return Ok(());
    }
    mismatch(format!("{expected} elements"), format!("{found} elements"))
}

/// `X-Total-Count` has this value.
pub fn total_is(page: &Exchange, total: usize) -> Verdict {
    let found = page.header("x-total-count").unwrap_or("no header");
    if found.trim() == total.to_string() {
        return Ok(());
    }
    mismatch(format!("X-Total-Count {total}"), found)
}

fn complete(batch: &Batch, pages: &[Exchange]) -> Verdict {
    let mut found = Vec::new();
    for page in pages {
        found.extend(listed(page)?);
    }
    let mut sorted = found.clone();
    sorted.sort();
    sorted.dedup();
    let mut expected = batch.ids.clone();
    expected.sort();
    if sorted == expected && found.len() == expected.len() {
        return Ok(());
    }
    mismatch(
        format!("each of {} resources once", expected.len()),
        format!("{} elements, {} different", found.len(), sorted.len()),
    )
}

async fn beyond(run: &mut Run<'_>, batch: &Batch) {
    let exchange = batch.query(run, "offset=100&limit=2").await;
    let verdict = if exchange.is(&[416]) {
        Ok(())
    } else {
        size(&exchange, 0)
    };
    run.recorder.judge(BEYOND, &exchange, verdict);
}

async fn links(run: &mut Run<'_>, pages: &[Exchange]) {
    let [first, second, .., last] = pages else {
        return;
    };
    let cases = [
        (NEXT, first, "next", second),
        (PREV, second, "prev", first),
        (FIRST, second, "first", first),
        (LAST, first, "last", last),
    ];
    for (check, page, rel, target) in cases {
        let links = parse(&page.header_list("link"));
        let Some(url) = links.get(rel) else {
            let verdict = mismatch(format!("Link with rel=\"{rel}\""), page.header_list("link"));
            run.recorder.judge(check, page, verdict);
            continue;
        };
        let followed = run.session.get(&resolve(&page.request.url, url)).await;
        let verdict = match (listed(&followed), listed(target)) {
            (Ok(found), Ok(expected)) if found == expected => Ok(()),
            (Err(mismatch), _) => Err(mismatch),
            _ => mismatch("the elements of that page", format!("others at {url}")),
        };
        run.recorder.judge(check, &followed, verdict);
    }
    let next = parse(&last.header_list("link")).remove("next");
    let verdict = match next {
        None => Ok(()),
        Some(url) => mismatch("no rel=next", url),
    };
    run.recorder.judge(NO_NEXT, last, verdict);
}

/// URLs of a Link header by relation (RFC 8288). URLs may hold commas, so the brackets delimit.
fn parse(header: &str) -> BTreeMap<String, String> {
    let mut links = BTreeMap::new();
    for part in header.split('<').skip(1) {
        let Some((url, parameters)) = part.split_once('>') else {
            continue;
        };
        for parameter in parameters.split(';') {
            let Some((name, value)) = parameter.split_once('=') else {
                continue;
            };
            if !name.trim().eq_ignore_ascii_case("rel") {
                continue;
            }
            let value = value.trim().trim_end_matches(',').trim().trim_matches('"');
            for rel in value.split_whitespace() {
                links.insert(rel.to_ascii_lowercase(), url.to_owned());
            }
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn links_are_told_apart_by_brackets() {
        let links =
            parse(r#"<http://h/a?fields=x,y&offset=2>; rel="next", </a>; rel=first; title="a""#);
        assert_eq!(links["next"], "http://h/a?fields=x,y&offset=2");
        assert_eq!(links["first"], "/a");
    }
}
