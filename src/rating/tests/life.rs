//! The life of allowances: grants, proration, rollover, expiry, thresholds.

use std::sync::Arc;

use chrono_tz::Tz;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::domain::billing_cycle::Cycle;
use crate::domain::clock::Micros;
use crate::rating::allowance::{Allowance, End, Grant, Renewal, compile};
use crate::rating::bucket::{Bucket, Buckets};
use crate::rating::library::Library;
use crate::rating::recurrence::Recurrence;

fn allowance(grant: u64, parameters: Value) -> Arc<Allowance> {
    let parameters: Vec<Value> = parameters
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let document = json!({"priceType": "allowance", "unitOfMeasure": {"amount": grant, "units": "s"},
        "recurringChargePeriodType": "month", "validFor": {"endDateTime": "2027-01-01T00:00:00Z"},
        "pricingLogicAlgorithm": [{"plaSpecId": "allowance", "characteristic": parameters}]});
    Arc::new(compile("a", &document, &Library::default()).unwrap())
}

fn monthly() -> Recurrence {
    Recurrence {
        cycle: Cycle::Months(1),
        anchor: "2026-01-01".parse().unwrap(),
        zone: Tz::UTC,
    }
}

fn at(text: &str) -> Micros {
    Micros::parse(&format!("{text}T00:00:00Z")).unwrap()
}

fn bucket(allowance: &Arc<Allowance>, grant: &Grant, used: u64) -> Bucket {
    Bucket {
        id: grant.key().into(),
        allowance: Arc::clone(allowance),
        granted: grant.quantity,
        used,
        valid: grant.valid,
        carried: grant.carried,
    }
}

#[test]
fn the_first_period_can_grant_in_proportion() {
    let prorated = allowance(1_000, json!({"prorateFirst": true}));
    let whole = allowance(1_000, json!({}));
    // From the 15th on there are 17 of the 31 days of March: 548.4, and a started second counts.
    let grant = |own: &Allowance, day: &str| own.first_grant(Some(&monthly()), at(day), 1).unwrap();
    for (day, quantity) in [
        ("2026-03-01", 1_000),
        ("2026-03-15", 549),
        ("2026-03-31", 33),
        ("2026-02-15", 500),
    ] {
        assert_eq!(grant(&prorated, day).quantity, quantity, "{day}");
        assert_eq!(grant(&whole, day).quantity, 1_000);
    }
    let march = grant(&prorated, "2026-03-15");
    assert_eq!(march.valid.start, Some(at("2026-03-15")));
    assert_eq!(march.valid.end, Some(at("2026-04-01")));
    assert_eq!(march.key(), "2026-03-15T00:00:00.000Z");
    assert_eq!(
        prorated.first_grant(Some(&monthly()), at("2027-01-01"), 1),
        None
    );
}

#[test]
fn members_of_a_pool_add_their_grants() {
    let pooled = allowance(
        1_000,
        json!({"scope": "group", "sharing": "pooled", "prorateFirst": true}),
    );
    let shared = allowance(1_000, json!({"scope": "group", "sharing": "shared"}));
    let first = |own: &Allowance| {
        own.first_grant(Some(&monthly()), at("2026-03-01"), 4)
            .unwrap()
            .quantity
    };
    assert_eq!(first(&pooled), 4_000);
    assert_eq!(first(&shared), 1_000);
    assert_eq!(pooled.joined(&monthly(), at("2026-02-15")), Some(500));
    assert_eq!(shared.joined(&monthly(), at("2026-02-15")), Some(0));
}

/// Ends a month and begins the next.
fn renewed(allowance: &Arc<Allowance>, buckets: &[Bucket], day: &str) -> Renewal {
    let span = monthly().at(at(day)).unwrap();
    let ending: Vec<&Bucket> = buckets.iter().collect();
    allowance.renew(&monthly(), &span, &ending, 1).unwrap()
}

#[test]
fn without_rollover_all_that_is_left_expires() {
    let own = allowance(1_000, json!({}));
    let first = own
        .first_grant(Some(&monthly()), at("2026-03-01"), 1)
        .unwrap();
    let renewal = renewed(&own, &[bucket(&own, &first, 300)], "2026-03-01");
    assert_eq!(
        renewal.ends,
        [End {
            carried: 0,
            expired: 700
        }]
    );
    assert_eq!(renewal.grants.len(), 1);
    assert_eq!(renewal.grants[0].quantity, 1_000);
    assert_eq!(renewal.grants[0].valid.start, Some(at("2026-04-01")));
}

#[test]
fn a_price_that_is_withdrawn_grants_no_more_but_keeps_what_is_left() {
    let own = allowance(1_000, json!({"rollover": {"periods": 1}}));
    let december = own
        .first_grant(Some(&monthly()), at("2026-12-01"), 1)
        .unwrap();
    let renewal = renewed(&own, &[bucket(&own, &december, 300)], "2026-12-01");
    let carried: Vec<(u64, u32)> = renewal
        .grants
        .iter()
        .map(|own| (own.quantity, own.carried))
        .collect();
    assert_eq!(carried, [(700, 1)]);
}

#[test]
fn a_cap_cuts_what_would_expire_soonest() {
    let own = allowance(1_000, json!({"rollover": {"periods": 2, "cap": 800}}));
    let first = own
        .first_grant(Some(&monthly()), at("2026-03-01"), 1)
        .unwrap();
    let older = Grant {
        carried: 1,
        quantity: 500,
        ..first.clone()
    };
    let oldest = Grant {
        carried: 2,
        quantity: 400,
        ..first.clone()
    };
    let buckets = [
        bucket(&own, &oldest, 100),
        bucket(&own, &older, 0),
        bucket(&own, &first, 400),
    ];
    let renewal = renewed(&own, &buckets, "2026-03-01");
    // 600 of March and 200 of the 500 from before make 800; the oldest has had its two periods.
    let ends = [
        End {
            carried: 0,
            expired: 300,
        },
        End {
            carried: 200,
            expired: 300,
        },
        End {
            carried: 600,
            expired: 0,
        },
    ];
    assert_eq!(renewal.ends, ends);
    let grants: Vec<(u64, u32)> = renewal
        .grants
        .iter()
        .map(|own| (own.quantity, own.carried))
        .collect();
    assert_eq!(grants, [(1_000, 0), (600, 1), (200, 2)]);
    let keys: Vec<String> = renewal.grants.iter().map(Grant::key).collect();
    assert_eq!(keys[2], "2026-04-01T00:00:00.000Z+2");
}

#[test]
fn what_was_carried_over_is_used_first_or_last() {
    for (order, expected) in [("carriedFirst", [2, 1, 0]), ("grantFirst", [0, 1, 2])] {
        let own = allowance(1_000, json!({"rollover": {"periods": 2, "order": order}}));
        let first = own
            .first_grant(Some(&monthly()), at("2026-03-01"), 1)
            .unwrap();
        let made = [1, 0, 2].map(|carried| {
            bucket(
                &own,
                &Grant {
                    carried,
                    ..first.clone()
                },
                0,
            )
        });
        let buckets = Buckets::new(made.to_vec());
        let found: Vec<u32> = buckets.list().iter().map(|own| own.carried).collect();
        assert_eq!(found, expected, "{order}");
    }
}

#[test]
fn thresholds_are_those_of_the_allowance() {
    let due = |parameters: Value, told: u8, used: u64, carried: u32| -> Value {
        let own = allowance(1_000, parameters);
        let first = own
            .first_grant(Some(&monthly()), at("2026-03-01"), 1)
            .unwrap();
        let bucket = bucket(&own, &Grant { carried, ..first }, 0);
        bucket.shares_due(told, used).collect()
    };
    assert_eq!(due(json!({}), 0, 499, 0), json!([]));
    assert_eq!(due(json!({}), 0, 500, 0), json!([50]));
    assert_eq!(due(json!({}), 0, 1_000, 0), json!([50, 80, 100]));
    assert_eq!(due(json!({}), 50, 800, 0), json!([80]));
    // What was told is not told again, whatever was given back meanwhile.
    assert_eq!(due(json!({}), 80, 500, 0), json!([]));
    assert_eq!(due(json!({}), 0, 1_000, 1), json!([]));
    assert_eq!(due(json!({"threshold": [75]}), 0, 1_000, 0), json!([75]));
    assert_eq!(due(json!({"threshold": []}), 0, 1_000, 0), json!([]));
}

proptest! {
    /// Grant and rollover are what is used, expired or left; no second is carried more often than
    /// the rollover says, and never more than its cap.
    #[test]
    fn nothing_is_lost_from_one_period_to_the_next(
        grant in 1_u64..10_000,
        periods in 1_u32..4,
        cap in prop::option::of(0_u64..20_000),
        shares in prop::collection::vec(0_u64..=100, 1..24),
    ) {
        let mut rollover = json!({"periods": periods});
        if let Some(cap) = cap {
            rollover["cap"] = json!(cap);
        }
        let own = allowance(grant, json!({"rollover": rollover}));
        let recurrence = monthly();
        let mut span = recurrence.at(at("2024-01-01")).unwrap();
        let first = own.first_grant(Some(&recurrence), at("2024-01-01"), 1).unwrap();
        let mut buckets = vec![bucket(&own, &first, 0)];
        let (mut granted, mut used, mut expired) = (first.quantity, 0, 0);
        for share in shares {
            let mut want = grant * share / 50;
            for bucket in &mut buckets {
                let taken = want.min(bucket.remaining());
                bucket.used += taken;
                used += taken;
                want -= taken;
            }
            let ending: Vec<&Bucket> = buckets.iter().collect();
            let renewal = own.renew(&recurrence, &span, &ending, 1).unwrap();
            span = recurrence.after(&span).unwrap();
            expired += renewal.ends.iter().map(|end| end.expired).sum::<u64>();
            let carried: u64 = renewal.ends.iter().map(|end| end.carried).sum();
            prop_assert!(cap.is_none_or(|cap| carried <= cap));
            let (fresh, old): (Vec<&Grant>, Vec<&Grant>) = renewal.grants.iter().partition(|own| own.carried == 0);
            prop_assert_eq!(old.iter().map(|own| own.quantity).sum::<u64>(), carried);
            prop_assert!(old.iter().all(|own| own.carried <= periods));
            granted += fresh.iter().map(|own| own.quantity).sum::<u64>();
            buckets = renewal.grants.iter().map(|grant| bucket(&own, grant, 0)).collect();
            let left: u64 = buckets.iter().map(Bucket::remaining).sum();
            prop_assert_eq!(granted, used + expired + left);
        }
    }
}
