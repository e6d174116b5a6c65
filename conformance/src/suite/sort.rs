//! `sort=` on lists.

use super::Run;
use super::batch::Batch;
use crate::check::Check;
use crate::profile::Facet;

const RULE: &str = "TMF630 part 1, 4.7";
const ASCENDING: Check = Check::must("sort.ascending", RULE, "sort=a orders ascending");
const DESCENDING: Check = Check::must("sort.descending", RULE, "sort=-a orders descending");
const ENCODED_PLUS: Check = Check::must("sort.encoded-plus", RULE, "sort=%2Ba orders ascending");
const LITERAL_PLUS: Check = Check::must("sort.literal-plus", RULE, "sort=+a orders ascending");
const SEVERAL: Check = Check::must(
    "sort.several",
    RULE,
    "The second key orders where the first ties",
);
const TYPED: Check = Check::should(
    "sort.typed",
    RULE,
    "Numbers and dates are ordered by value, also when nested",
);
const PAGED: Check = Check::must("sort.paged", RULE, "Sorting combines with paging");

/// All checks of this group, for skipping.
pub const ALL: [Check; 7] = [
    ASCENDING,
    DESCENDING,
    ENCODED_PLUS,
    LITERAL_PLUS,
    SEVERAL,
    TYPED,
    PAGED,
];

const UP: [usize; 5] = [0, 1, 2, 3, 4];
const DOWN: [usize; 5] = [4, 3, 2, 1, 0];

/// Checks the order of the batch.
pub async fn checks(run: &mut Run<'_>, batch: &Batch) {
    let label = &batch.label;
    // The marker is the same for all five, so as first key it leaves everything to the second.
    let marker = run.resource.marker.clone().unwrap_or_default();
    let cases: [(Check, String, &[usize]); 6] = [
        (ASCENDING, format!("sort={label}"), &UP),
        (DESCENDING, format!("sort=-{label}"), &DOWN),
        (ENCODED_PLUS, format!("sort=%2B{label}"), &UP),
        (LITERAL_PLUS, format!("sort=+{label}"), &UP),
        (SEVERAL, format!("sort={marker},-{label}"), &DOWN),
        (PAGED, format!("sort=-{label}&offset=1&limit=3"), &[3, 2, 1]),
    ];
    for (check, query, positions) in cases {
        let exchange = batch.query(run, &query).await;
        run.recorder
            .judge(check, &exchange, batch.in_order(&exchange, positions));
    }
    let scalar = |facet: &&Facet| !facet.fragment.to_string().contains('[');
    let attributes: Vec<String> = run
        .resource
        .facets
        .iter()
        .filter(scalar)
        .map(|facet| facet.attribute.clone())
        .collect();
    for attribute in attributes {
        let exchange = batch.query(run, &format!("sort=-{attribute}")).await;
        run.recorder.judge_on(
            TYPED,
            &attribute,
            &exchange,
            batch.in_order(&exchange, &DOWN),
        );
    }
}
