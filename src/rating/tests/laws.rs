//! Laws that hold for all prices and all usage. Charges are compared with a model that looks at each
//! second by itself and counts with fractions of any size; it shares nothing with the code.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::arithmetic;
use super::world::World;
use crate::rating::bucket::BucketMove;
use crate::rating::exact::{Ratio, allotted_into, settled_into};
use crate::rating::rated::Rated;

/// A price with everything in it, in numbers that the model reads too.
#[derive(Clone, Debug)]
struct Plan {
    /// Millionths for each `per` seconds.
    price: u64,
    per: u64,
    first: u64,
    next: u64,
    /// End of the first tier, and what a unit beyond costs, in hundredths of a per cent.
    tier: u64,
    beyond: u64,
    /// What the night costs, in hundredths of a per cent.
    night: u64,
    setup: u64,
    minimum: u64,
    cap: u64,
    /// Per cent that a discount leaves.
    remains: u64,
    granted: u64,
}

fn plan() -> impl Strategy<Value = Plan> {
    let prices = (
        0_u64..5_000_000,
        prop::sample::select(vec![1_u64, 7, 60, 3_600]),
    );
    let steps = (1_u64..70, prop::sample::select(vec![1_u64, 6, 60]));
    let tiers = (1_u64..400, 0_u64..20_000, 0_u64..20_000);
    let bounds = (0_u64..200_000, 0_u64..900_000, 900_000_u64..9_000_000);
    (prices, steps, tiers, bounds, 0_u64..=100, 0_u64..300).prop_map(
        |(price, steps, tiers, bounds, remains, granted)| Plan {
            price: price.0,
            per: price.1,
            first: steps.0,
            next: steps.1,
            tier: tiers.0,
            beyond: tiers.1,
            night: tiers.2,
            setup: bounds.0,
            minimum: bounds.1,
            cap: bounds.2,
            remains,
            granted,
        },
    )
}

/// A number of parts as a decimal of JSON.
fn parts(units: u64, digits: u32) -> Value {
    let one = 10_u64.pow(digits);
    let width = usize::try_from(digits).unwrap();
    let text = format!("{}.{:0width$}", units / one, units % one);
    serde_json::from_str(&text).unwrap()
}

impl Plan {
    fn world(&self, scope: &str) -> World {
        let mut parameters = vec![
            json!({"name": "increment", "value": [{"from": 0, "step": self.first}, {"from": self.first, "step": self.next}]}),
            json!({"name": "tier", "value": [{"to": self.tier}, {"percentage": parts(self.beyond, 2)}]}),
            json!({"name": "tierMode", "value": "graduated"}),
            json!({"name": "tierScope", "value": scope}),
            json!({"name": "calendar", "value": "utc"}),
            json!({"name": "bandMode", "value": "split"}),
            json!({"name": "bandPrice", "value": [{"band": "night", "percentage": parts(self.night, 2)}]}),
            json!({"name": "setupFee", "value": parts(self.setup, 6)}),
            json!({"name": "minimum", "value": parts(self.minimum, 6)}),
            json!({"name": "cap", "value": {"amount": parts(self.cap, 6), "then": "free"}}),
        ];
        if scope != "event" {
            parameters.push(json!({"name": "tierPeriod", "value": "month"}));
        }
        let given = json!({
            "calendar": [{"id": "utc", "timeZone": "Etc/UTC", "default": "day",
                "hours": [{"band": "night", "from": "20:00", "to": "24:00"}]}],
            "price": [
                {"id": "p", "priceType": "usage", "price": {"unit": "EUR", "value": parts(self.price, 6)},
                    "unitOfMeasure": {"amount": self.per, "units": "s"}, "tax": [{"taxRate": 19}],
                    "pricingLogicAlgorithm": [{"plaSpecId": "perUnit", "characteristic": parameters}]},
                {"id": "d", "priceType": "discount", "percentage": 100 - self.remains,
                    "popRelationship": [{"id": "p", "relationshipType": "discounts"}]},
                {"id": "a", "priceType": "allowance", "unitOfMeasure": {"amount": 1, "units": "s"},
                    "popRelationship": [{"id": "p", "relationshipType": "allowance"}]}],
            "bucket": [{"id": "b", "allowance": "a", "granted": self.granted}]
        });
        World::of(&given).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    /// The seconds that are charged.
    fn stepped(&self, measured: u64) -> u64 {
        let mut charged = 0;
        while charged < measured {
            charged += if charged < self.first {
                self.first
            } else {
                self.next
            };
        }
        charged
    }

    /// What a call costs, second by second. `until_night` are the seconds before the night.
    fn model(&self, measured: u64, until_night: u64, left: u64, mut position: u64) -> BigRational {
        let number = |value: u64| BigRational::from_integer(BigInt::from(value));
        let millionths = |value: u64| number(value) / number(1_000_000);
        let hundredths = |value: u64| number(value) / number(10_000);
        let unit = millionths(self.price) / number(self.per);
        let mut sum = number(0);
        let mut is_paid = false;
        for second in 0..self.stepped(measured) {
            if second < left {
                continue;
            }
            is_paid = true;
            position += 1;
            let mut price = unit.clone();
            // What the last step adds is in the band in which the usage ended.
            if second.min(measured - 1) >= until_night {
                price *= hundredths(self.night);
            }
            if position > self.tier {
                price *= hundredths(self.beyond);
            }
            sum += price;
        }
        if !is_paid {
            return number(0);
        }
        sum += millionths(self.setup);
        let sum = sum.max(millionths(self.minimum)).min(millionths(self.cap));
        sum * number(self.remains) / number(100)
    }
}

/// A call that begins so many seconds before the night.
fn call(seconds: u64, until_night: u64) -> Value {
    let start = 20 * 3_600 - until_night;
    let (hour, minute, second) = (start / 3_600, start / 60 % 60, start % 60);
    json!({"seconds": seconds, "start": format!("{hour:02}:{minute:02}:{second:02}")})
}

/// What holds of every answer.
fn sound(rated: &Rated) {
    let sum = |amount: fn(&crate::rating::rated::Line) -> i64| -> i64 {
        rated.lines.iter().map(amount).sum()
    };
    assert_eq!(sum(|line| line.net.millionths()), rated.net.millionths());
    assert_eq!(
        sum(|line| line.gross.millionths()),
        rated.gross.millionths()
    );
}

fn fraction(ratio: Ratio) -> BigRational {
    BigRational::new(ratio.numerator().into(), ratio.denominator().into())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn charges_are_those_of_the_model(plan in plan(), seconds in 1_u64..900, until_night in 0_u64..600) {
        let mut world = plan.world("event");
        let rated = world.rate(&call(seconds, until_night)).unwrap();
        sound(&rated);
        let model = plan.model(seconds, until_night, plan.granted, 0);
        prop_assert_eq!(fraction(rated.exact), model.clone());
        prop_assert_eq!(rated.net.decimal(0).to_string(), arithmetic::rounded(&model, 6));
    }

    #[test]
    fn parts_of_a_session_cost_what_the_whole_costs(
        plan in plan(),
        scope in prop::sample::select(vec!["event", "product"]),
        cuts in prop::collection::vec(0_u64..300, 1..6),
        until_night in 0_u64..600,
    ) {
        let total: u64 = cuts.iter().sum();
        let mut whole = plan.world(scope);
        let one = whole.rate(&call(total, until_night)).unwrap();
        let mut world = plan.world(scope);
        let (mut net, mut gross, mut tier) = (0, 0, 0);
        for (place, seconds) in cuts.iter().enumerate() {
            let mut event = call(*seconds, until_night);
            event["sequence"] = json!(place + 1);
            let rated = world.rate(&event).unwrap();
            sound(&rated);
            net += rated.net.millionths();
            gross += rated.gross.millionths();
            tier += rated.tier;
        }
        prop_assert_eq!(net, one.net.millionths());
        prop_assert_eq!(gross, one.gross.millionths());
        prop_assert_eq!(tier, one.tier);
        prop_assert_eq!(world.buckets.list()[0].used, whole.buckets.list()[0].used);
    }

    #[test]
    fn more_never_costs_less(plan in plan(), seconds in 0_u64..600, more in 0_u64..300, until_night in 0_u64..600) {
        let less = plan.world("event").rate(&call(seconds, until_night)).unwrap();
        let more = plan.world("event").rate(&call(seconds + more, until_night)).unwrap();
        prop_assert!(less.net <= more.net, "{:?} {:?}", less.net, more.net);
    }

    #[test]
    fn the_order_of_usage_changes_no_total(
        mode in prop::sample::select(vec!["graduated", "volume", "stairstep"]),
        calls in prop::collection::vec(1_u64..200, 1..8),
        granted in 0_u64..300,
        turned in 0_usize..8,
    ) {
        let other: Vec<u64> = {
            let mut other = calls.clone();
            other.rotate_left(turned % calls.len());
            other.reverse();
            other
        };
        let total = |calls: &[u64]| {
            let mut world = by_total(mode, granted);
            let mut sum = BigRational::from_integer(0.into());
            for seconds in calls {
                let rated = world.rate(&json!({"seconds": seconds})).unwrap();
                sound(&rated);
                sum += fraction(rated.exact);
            }
            (sum, world.buckets.list()[0].used, world.tiers.0)
        };
        prop_assert_eq!(total(&calls), total(&other));
    }

    #[test]
    fn what_is_given_back_is_there_again(plan in plan(), seconds in 1_u64..900, until_night in 0_u64..600) {
        let mut world = plan.world("product");
        let first = world.rate(&call(seconds, until_night)).unwrap();
        let back: Vec<BucketMove> = first.buckets.iter().map(|one| BucketMove {
            bucket: one.bucket,
            taken: -one.taken,
            covered: -one.covered,
        }).collect();
        world.buckets.apply(&back).unwrap();
        if first.tier != 0 {
            world.tiers.apply("p", super::world::instant("10:00:00"), -first.tier).unwrap();
        }
        let again = world.rate(&call(seconds, until_night)).unwrap();
        prop_assert_eq!(again.lines, first.lines);
        prop_assert_eq!(again.buckets, first.buckets);
        prop_assert_eq!(again.tier, first.tier);
    }

    #[test]
    fn buckets_hold_what_is_granted(plan in plan(), calls in prop::collection::vec(1_u64..200, 1..8)) {
        let mut world = plan.world("product");
        let mut taken = 0;
        for seconds in &calls {
            let rated = world.rate(&call(*seconds, 600)).unwrap();
            taken += rated.buckets.iter().map(|one| one.taken).sum::<i64>();
        }
        let bucket = &world.buckets.list()[0];
        prop_assert_eq!(bucket.used + bucket.remaining(), plan.granted);
        prop_assert_eq!(i64::try_from(bucket.used).unwrap(), taken);
    }

    #[test]
    fn parts_of_a_total_sum_to_it(
        total in -1_000_000_000_i128..1_000_000_000,
        weights in prop::collection::vec(0_i128..1_000_000_000_000_000, 1..9),
    ) {
        let mut parts = weights.clone();
        let sum: i128 = weights.iter().sum();
        prop_assume!(sum > 0);
        allotted_into(total, &mut parts).unwrap();
        prop_assert_eq!(parts.iter().sum::<i128>(), total);
        for (part, weight) in parts.iter().zip(&weights) {
            // No part is a whole unit away from its share.
            prop_assert!((part * sum - weight * total).abs() < sum);
        }
    }

    #[test]
    fn rounded_parts_sum_to_the_rounded_sum(numerators in prop::collection::vec(-10_000_i128..10_000, 1..9), unit in 1_i128..1_000) {
        let sum: i128 = numerators.iter().sum();
        let total = crate::rating::exact::divided(sum, unit, Default::default());
        let mut parts = numerators.clone();
        settled_into(total, &mut parts, unit);
        prop_assert_eq!(parts.iter().sum::<i128>(), total);
        for (part, numerator) in parts.iter().zip(&numerators) {
            prop_assert!((part * unit - numerator).abs() <= unit);
        }
    }
}

/// A price whose tiers count over a month, without fees and bands.
fn by_total(mode: &str, granted: u64) -> World {
    let is_step = mode == "stairstep";
    let tiers = match is_step {
        true => json!([{"to": 100, "flat": 3}, {"to": 500, "flat": 7}, {"flat": 9}]),
        false => {
            json!([{"to": 100, "flat": 1}, {"to": 500, "percentage": 33.3}, {"percentage": 1}])
        }
    };
    let given = json!({
        "price": [
            {"id": "p", "priceType": "usage", "price": {"unit": "EUR", "value": if is_step { 0 } else { 7 }},
                "unitOfMeasure": {"amount": 60, "units": "s"},
                "pricingLogicAlgorithm": [{"plaSpecId": mode, "characteristic": [
                    {"name": "tier", "value": tiers}, {"name": "tierScope", "value": "product"},
                    {"name": "tierPeriod", "value": "month"}]}]},
            {"id": "a", "priceType": "allowance", "unitOfMeasure": {"amount": 1, "units": "s"},
                "popRelationship": [{"id": "p", "relationshipType": "allowance"}]}],
        "bucket": [{"id": "b", "allowance": "a", "granted": granted}]
    });
    World::of(&given).unwrap_or_else(|faults| panic!("{faults:?}"))
}
