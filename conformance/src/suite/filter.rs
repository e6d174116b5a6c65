//! Attribute filters and JSONPath filters on lists.

use super::Run;
use super::batch::Batch;
use super::fields;
use super::paging::total_is;
use crate::check::{Check, Mismatch, mismatch};
use crate::expect;
use crate::http::encode;
use crate::json;
use crate::profile::Facet;

const RULE: &str = "TMF630 part 1, 4.4";
const JSONPATH: &str = "TMF630 part 6";

/// The filter that narrows the list to the batch: all other checks of lists build on it.
pub const EQUALITY: Check =
    Check::must("filter.equality", RULE, "attribute=value finds the matches");
const TOTAL: Check = Check::must(
    "filter.total",
    "TMF630 part 1, 4.5",
    "X-Total-Count counts the filtered set",
);
const NOTHING: Check = Check::must(
    "filter.nothing",
    RULE,
    "No match answers 200 with an empty list",
);
const OR_COMMA: Check = Check::must("filter.or-comma", RULE, "attribute=a,b finds both");
const OR_REPEAT: Check = Check::must(
    "filter.or-repeat",
    RULE,
    "attribute=a&attribute=b finds both",
);
const OR_SEMICOLON: Check = Check::should(
    "filter.or-semicolon",
    RULE,
    "attribute=a;attribute=b finds both",
);
const AND: Check = Check::must(
    "filter.and",
    RULE,
    "Different attributes are combined by AND",
);
const NESTED: Check = Check::must(
    "filter.nested",
    RULE,
    "A dotted path filters a nested attribute",
);
const QUOTED: Check = Check::should(
    "filter.quoted",
    RULE,
    "A value in double quotes is unquoted",
);
const SUFFIX: Check = Check::must("filter.suffix", RULE, "The operator suffixes work");
const ENCODED: Check = Check::should("filter.encoded", RULE, "The encoded operators work");
const REGEX: Check = Check::should("filter.regex", RULE, "attribute.regex matches a pattern");
const REGEX_ENCODED: Check = Check::should(
    "filter.regex-encoded",
    RULE,
    "The encoded regex operator works",
);
const FIELDS: Check = Check::must(
    "filter.fields",
    "TMF630 part 1, 4.3",
    "fields shapes the elements of a filtered list",
);
const TYPE: Check = Check::should(
    "filter.type",
    "TMF630 part 2, polymorphism",
    "@type filters by the concrete class",
);
const UNKNOWN: Check = Check::may("filter.unknown", RULE, "An unknown attribute answers 400");
const PATH: Check = Check::may(
    "filter.jsonpath",
    JSONPATH,
    "filter with a JSONPath finds the matches (or answers 501)",
);
const BAD_PATH: Check = Check::may(
    "filter.jsonpath-invalid",
    JSONPATH,
    "An invalid JSONPath answers 400 (or 501)",
);

/// All checks of this group but [`EQUALITY`], for skipping.
pub const ALL: [Check; 17] = [
    TOTAL,
    NOTHING,
    OR_COMMA,
    OR_REPEAT,
    OR_SEMICOLON,
    AND,
    NESTED,
    QUOTED,
    SUFFIX,
    ENCODED,
    REGEX,
    REGEX_ENCODED,
    FIELDS,
    TYPE,
    UNKNOWN,
    PATH,
    BAD_PATH,
];

/// Suffix, encoded form, and the positions of five ascending values that compare so with the
/// middle one.
const OPERATORS: [(&str, &str, &[usize]); 5] = [
    ("gt", "%3E", &[3, 4]),
    ("gte", "%3E%3D", &[2, 3, 4]),
    ("lt", "%3C", &[0, 1]),
    ("lte", "%3C%3D", &[0, 1, 2]),
    ("eq", "%3D%3D", &[2]),
];

/// Whether the batch can be told from everything else on the server.
pub async fn equality(run: &mut Run<'_>, batch: &Batch) -> bool {
    let exchange = batch.query(run, "").await;
    let kept = run.recorder.judge(
        EQUALITY,
        &exchange,
        batch.exactly(&exchange, &[0, 1, 2, 3, 4]),
    );
    if kept {
        run.recorder.judge(TOTAL, &exchange, total_is(&exchange, 5));
    }
    kept
}

/// All other filters, within the batch.
pub async fn checks(run: &mut Run<'_>, batch: &Batch) {
    let label = &batch.label;
    let value = |index: usize| {
        batch
            .labels
            .get(index)
            .map(|text| encode(text))
            .unwrap_or_default()
    };
    let (one, three) = (value(1), value(3));
    let cases: Vec<(Check, String, &[usize])> = vec![
        (AND, format!("{label}={one}"), &[1]),
        (NOTHING, format!("{label}=conformance-no-such-value"), &[]),
        (OR_COMMA, format!("{label}={one},{three}"), &[1, 3]),
        (OR_REPEAT, format!("{label}={one}&{label}={three}"), &[1, 3]),
        (
            OR_SEMICOLON,
            format!("{label}={one};{label}={three}"),
            &[1, 3],
        ),
        (QUOTED, format!("{label}=%22{one}%22"), &[1]),
        (
            REGEX,
            format!("{label}.regex={}", encode(".*-(2|4)$")),
            &[2, 4],
        ),
        (
            REGEX_ENCODED,
            format!("{label}%3D~{}", encode(".*-(2|4)$")),
            &[2, 4],
        ),
    ];
    for (check, condition, positions) in cases {
        let exchange = batch.query(run, &condition).await;
        run.recorder
            .judge(check, &exchange, batch.exactly(&exchange, positions));
    }
    for facet in &run.resource.facets {
        operators(run, batch, facet).await;
    }
    selected(run, batch).await;
    by_type(run, batch).await;
    json_path(run, batch).await;
    let exchange = batch.query(run, "conformanceNoSuchAttribute=1").await;
    let typed = run.session.profile.typed;
    expect::refused(&mut run.recorder, UNKNOWN, "", &exchange, &[400], typed);
}

/// Equality and each operator on a facet, against its middle value.
async fn operators(run: &mut Run<'_>, batch: &Batch, facet: &Facet) {
    let attribute = &facet.attribute;
    let middle = facet.values.get(2).map(json::plain).unwrap_or_default();
    let middle = encode(&middle);
    if attribute.contains('.') {
        let exchange = batch.query(run, &format!("{attribute}={middle}")).await;
        run.recorder
            .judge_on(NESTED, attribute, &exchange, batch.exactly(&exchange, &[2]));
    }
    for (suffix, encoded, positions) in OPERATORS {
        let exchange = batch
            .query(run, &format!("{attribute}.{suffix}={middle}"))
            .await;
        let subject = format!("{attribute}.{suffix}");
        run.recorder.judge_on(
            SUFFIX,
            &subject,
            &exchange,
            batch.exactly(&exchange, positions),
        );
        let exchange = batch
            .query(run, &format!("{attribute}{encoded}{middle}"))
            .await;
        let subject = format!("{attribute}{encoded}");
        run.recorder.judge_on(
            ENCODED,
            &subject,
            &exchange,
            batch.exactly(&exchange, positions),
        );
    }
}

async fn selected(run: &mut Run<'_>, batch: &Batch) {
    let exchange = batch.query(run, &format!("fields={}", batch.label)).await;
    let verdict = batch.exactly(&exchange, &[0, 1, 2, 3, 4]).and_then(|()| {
        let body = exchange.json().unwrap_or_default();
        let elements = body.as_array().cloned().unwrap_or_default();
        elements
            .iter()
            .try_for_each(|element| fields::only(run, element, &[&batch.label]))
    });
    run.recorder.judge(FIELDS, &exchange, verdict);
}

async fn by_type(run: &mut Run<'_>, batch: &Batch) {
    if !run.session.profile.typed {
        run.recorder.skip(TYPE, "@type is optional in this version");
        return;
    }
    let kind = run.resource.kind.clone();
    let exchange = batch.query(run, &format!("@type={kind}")).await;
    let verdict = batch.exactly(&exchange, &[0, 1, 2, 3, 4]);
    run.recorder.judge_on(TYPE, &kind, &exchange, verdict);
    let exchange = batch.query(run, "@type=ConformanceNoSuchType").await;
    run.recorder.judge_on(
        TYPE,
        "another class",
        &exchange,
        batch.exactly(&exchange, &[]),
    );
}

/// Not supporting JSONPath is legal, but must be said with 501.
async fn json_path(run: &mut Run<'_>, batch: &Batch) {
    let label = &batch.label;
    let first = batch.labels.get(1).map(String::as_str).unwrap_or_default();
    let path = format!("$[?(@.{label}=='{first}')]");
    let exchange = batch.query(run, &format!("filter={}", encode(&path))).await;
    if exchange.is(&[501]) {
        run.recorder.skip_all(
            &[PATH, BAD_PATH],
            "the server says 501: JSONPath is not supported",
        );
        return;
    }
    run.recorder
        .judge(PATH, &exchange, batch.exactly(&exchange, &[1]));
    let exchange = batch
        .query(run, &format!("filter={}", encode("$[?(@.x==")))
        .await;
    let verdict = expect::status(&exchange, &[400]).or_else(|Mismatch { got, .. }| {
        mismatch("status 400 for an expression that ends in the middle", got)
    });
    run.recorder.judge(BAD_PATH, &exchange, verdict);
}
