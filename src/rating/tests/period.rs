//! The end of a period: maximum spend and minimum commitment.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::domain::money::Amount;
use crate::rating::exact::Ratio;
use crate::rating::library::Library;
use crate::rating::period::{Charged, Commitment, Difference, Kind, close, compile};
use crate::rating::tariff::Tariff;
use crate::rating::tax::TaxRate;
use crate::rating::tier::Scope;

fn amount(text: &str) -> Amount {
    Amount::of(text.parse().unwrap()).unwrap()
}

fn rate(percent: u32) -> TaxRate {
    TaxRate::of(percent.into()).unwrap()
}

fn charged(price: &str, net: &str, percent: u32) -> Charged {
    let (net, tax) = (amount(net), rate(percent));
    Charged {
        price: price.into(),
        net,
        gross: tax.gross(net, Default::default()).unwrap(),
        tax,
    }
}

fn commitment(kind: &str, value: u32, more: Value) -> Commitment {
    let mut document = json!({"priceType": kind, "price": {"unit": "EUR", "value": value}, "tax": [{"taxRate": 20}]});
    for (name, value) in more.as_object().unwrap() {
        document[name] = value.clone();
    }
    compile("c", &document).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn about(prices: &[&str]) -> Value {
    let relations = prices
        .iter()
        .map(|id| json!({"id": id, "relationshipType": "appliesTo"}));
    json!({"popRelationship": relations.collect::<Vec<Value>>()})
}

fn closed(commitments: &[Commitment], charges: &[Charged]) -> Vec<(Option<usize>, String, String)> {
    let shown = |own: &Difference| {
        let text = |amount: Amount| amount.decimal(0).to_string();
        (own.charge, text(own.net), text(own.gross))
    };
    let of = |own: &Commitment| own.tax.rate.unwrap_or(TaxRate::NONE);
    let differences = close(commitments, charges, of).unwrap();
    differences.iter().map(shown).collect()
}

fn line(charge: Option<usize>, net: &str, gross: &str) -> (Option<usize>, String, String) {
    (charge, net.to_owned(), gross.to_owned())
}

#[test]
fn a_maximum_takes_off_in_proportion() {
    // 30 of 90 are too much: 20 of 60 at 20 %, 10 of 30 at 10 %.
    let most = commitment("maximumSpend", 60, json!({}));
    let charges = [charged("voice", "60", 20), charged("data", "30", 10)];
    let expected = [line(Some(0), "-20", "-24"), line(Some(1), "-10", "-11")];
    assert_eq!(closed(std::slice::from_ref(&most), &charges), expected);
    assert_eq!(closed(&[most], &[charged("voice", "60", 20)]), []);
}

#[test]
fn parts_that_do_not_divide_sum_to_what_is_taken_off() {
    let most = commitment("maximumSpend", 2, json!({}));
    let charges = ["a", "b", "c"].map(|price| charged(price, "1", 0));
    let expected = [
        line(Some(0), "-0.333334", "-0.333334"),
        line(Some(1), "-0.333333", "-0.333333"),
        line(Some(2), "-0.333333", "-0.333333"),
    ];
    assert_eq!(closed(&[most], &charges), expected);
}

#[test]
fn only_covered_prices_count() {
    let most = commitment("maximumSpend", 50, about(&["voice"]));
    let least = commitment("minimumCommitment", 50, about(&["data"]));
    let charges = [charged("voice", "60", 20), charged("data", "30", 10)];
    let expected = [line(Some(0), "-10", "-12"), line(None, "20", "24")];
    assert_eq!(closed(&[least, most], &charges), expected);
}

#[test]
fn the_maximum_comes_before_the_minimum() {
    // 90 become 60 and then miss 10 of 70, whatever the order they are given in.
    let most = commitment("maximumSpend", 60, json!({}));
    let least = commitment("minimumCommitment", 70, json!({}));
    let expected = [line(Some(0), "-30", "-30"), line(None, "10", "12")];
    assert_eq!(
        closed(&[least, most], &[charged("voice", "90", 0)]),
        expected
    );
}

#[test]
fn a_minimum_for_all_counts_what_a_minimum_for_some_has_added() {
    let of_voice = commitment("minimumCommitment", 30, about(&["voice"]));
    let of_all = commitment("minimumCommitment", 100, json!({}));
    let charges = [charged("voice", "10", 0), charged("data", "50", 0)];
    let expected = [line(None, "20", "24"), line(None, "20", "24")];
    assert_eq!(closed(&[of_voice, of_all], &charges), expected);
}

#[test]
fn amounts_can_hold_the_tax() {
    let gross = |kind: &str| json!({"pricingLogicAlgorithm": [{"plaSpecId": kind, "characteristic": [{"name": "taxMode", "value": "gross"}]}]});
    let most = commitment("maximumSpend", 60, gross("maximumSpend"));
    // 72 with tax are 12 too many, which are 10 without it.
    assert_eq!(
        closed(&[most], &[charged("voice", "60", 20)]),
        [line(Some(0), "-10", "-12")]
    );
    let least = commitment("minimumCommitment", 84, gross("minimumCommitment"));
    assert_eq!(
        closed(&[least], &[charged("voice", "60", 20)]),
        [line(None, "10", "12")]
    );
}

#[test]
fn nothing_used_is_the_whole_commitment() {
    let least = commitment("minimumCommitment", 25, json!({}));
    assert_eq!(
        closed(std::slice::from_ref(&least), &[]),
        [line(None, "25", "30")]
    );
    let part = least.prorated(Ratio::new(10, 31).unwrap()).unwrap();
    assert_eq!(part.amount, amount("8.064516"));
}

#[test]
fn prices_name_their_commitments_or_are_named() {
    let prices = json!([
        {"id": "voice", "priceType": "usage", "price": {"unit": "EUR", "value": 1}, "unitOfMeasure": {"amount": 1, "units": "s"},
            "popRelationship": [{"id": "most", "relationshipType": "maximumSpend"}]},
        {"id": "data", "priceType": "usage", "price": {"unit": "EUR", "value": 1}, "unitOfMeasure": {"amount": 1, "units": "B"}},
        {"id": "most", "priceType": "maximumSpend", "price": {"unit": "EUR", "value": 60}, "recurringChargePeriodType": "month"},
        {"id": "least", "priceType": "minimumCommitment", "price": {"unit": "EUR", "value": 10},
            "pricingLogicAlgorithm": [{"plaSpecId": "minimumCommitment", "characteristic": [{"name": "scope", "value": "account"}]}]}]);
    let prices: Vec<(&str, &Value)> = prices
        .as_array()
        .unwrap()
        .iter()
        .map(|own| (own["id"].as_str().unwrap(), own))
        .collect();
    let tariff = Tariff::compile(&prices, &Library::default()).unwrap();
    let [least, most] = tariff.commitments.as_slice() else {
        panic!("{:?}", tariff.commitments)
    };
    assert_eq!(
        (least.kind, least.scope),
        (Kind::MinimumCommitment, Scope::Account)
    );
    assert!(least.covers("voice") && least.covers("data"));
    assert_eq!(
        (most.kind, most.scope),
        (Kind::MaximumSpend, Scope::Product)
    );
    assert!(most.covers("voice") && !most.covers("data"));
}

#[test]
fn what_is_wrong_is_pointed_at() {
    let pointers = |document: Value| -> Vec<String> {
        compile("c", &document)
            .unwrap_err()
            .into_iter()
            .map(|fault| fault.pointer)
            .collect()
    };
    assert_eq!(pointers(json!({"priceType": "maximumSpend"})), ["/price"]);
    let wrong = json!({"priceType": "maximumSpend", "price": {"unit": "EUR", "value": 1}, "percentage": 5,
        "recurringChargePeriodType": "often",
        "pricingLogicAlgorithm": [{"plaSpecId": "minimumCommitment", "characteristic": [{"name": "cap", "value": 1}]}]});
    let expected = [
        "/percentage",
        "/recurringChargePeriodType",
        "/pricingLogicAlgorithm/0/plaSpecId",
        "/pricingLogicAlgorithm/0/characteristic/0/name",
    ];
    assert_eq!(pointers(wrong), expected);
}

fn notifying(characteristics: Value) -> Value {
    json!({"pricingLogicAlgorithm": [{"plaSpecId": "maximumSpend", "characteristic": characteristics}]})
}

#[test]
fn a_maximum_says_at_which_amounts_the_customer_is_told() {
    let notify = json!({"name": "notify",
        "value": [{"percentage": 80}, {"amount": 12.5}, {"percentage": 120}]});
    let most = commitment("maximumSpend", 60, notifying(json!([notify])));
    let notices = most.notices.iter();
    let notices: Vec<(Amount, Option<u16>)> = notices.map(|own| (own.amount, own.share)).collect();
    let expected = [("12.5", None), ("48", Some(80)), ("72", Some(120))];
    assert_eq!(notices, expected.map(|(text, share)| (amount(text), share)));
    let charges = [charged("voice", "90", 0)];
    assert_eq!(closed(&[most], &charges), [line(Some(0), "-30", "-30")]);
    // One that only tells takes nothing off.
    let only = json!({"name": "notifyOnly", "value": true});
    let told = commitment("maximumSpend", 60, notifying(json!([notify, only])));
    assert_eq!(closed(&[told], &charges), []);
}

#[test]
fn notices_that_cannot_be_are_pointed_at() {
    let pointers = |kind: &str, characteristics: Value| -> Vec<String> {
        let document = json!({"priceType": kind, "price": {"unit": "EUR", "value": 60},
            "pricingLogicAlgorithm": [{"plaSpecId": kind, "characteristic": characteristics}]});
        let faults = compile("c", &document).unwrap_err().into_iter();
        let start = "/pricingLogicAlgorithm/0/characteristic/0";
        faults
            .map(|fault| fault.pointer.replace(start, "~"))
            .collect()
    };
    let notices = json!([{"amount": 48}, {"percentage": 80}, {"amount": 0}, {"percentage": 0},
        {"amount": 1, "percentage": 1}, {"amount": 0.0000001}, {"share": 50}, 50]);
    let expected = [
        "~/value/1",
        "~/value/2",
        "~/value/3/percentage",
        "~/value/4",
        "~/value/5/amount",
        "~/value/6/share",
        "~/value/6",
        "~/value/7",
    ];
    let notify = json!([{"name": "notify", "value": notices}]);
    assert_eq!(pointers("maximumSpend", notify.clone()), expected);
    assert_eq!(pointers("minimumCommitment", notify), ["~/name"]);
    let only = json!([{"name": "notifyOnly", "value": true}]);
    assert_eq!(pointers("maximumSpend", only), ["~"]);
}

proptest! {
    /// After a maximum the charges come to it exactly, none changes its sign, and closing again
    /// with the differences booked changes nothing.
    #[test]
    fn a_closed_period_is_closed(
        nets in prop::collection::vec((0_i64..100_000_000, 0_u32..30), 1..8),
        most in 0_i64..200_000_000,
        least in 0_i64..200_000_000,
    ) {
        let charges: Vec<Charged> = nets.iter().enumerate().map(|(place, (net, percent))| {
            charged(&format!("p{place}"), &Amount::from_millionths(*net).decimal(0).to_string(), *percent)
        }).collect();
        let mut maximum = commitment("maximumSpend", 1, json!({}));
        maximum.amount = Amount::from_millionths(most);
        let mut minimum = commitment("minimumCommitment", 1, json!({}));
        minimum.amount = Amount::from_millionths(least.min(most));
        let both = [maximum, minimum];
        let of = |own: &Commitment| own.tax.rate.unwrap_or(TaxRate::NONE);
        let differences = close(&both, &charges, of).unwrap();
        let mut after = charges.clone();
        for own in &differences {
            match own.charge {
                Some(place) => {
                    let charge = &mut after[place];
                    charge.net = charge.net.plus(own.net).unwrap();
                    charge.gross = charge.gross.plus(own.gross).unwrap();
                    prop_assert!(charge.net >= Amount::ZERO);
                }
                None => after.push(Charged { price: "c".into(), net: own.net, gross: own.gross, tax: own.tax }),
            }
        }
        let before: i64 = charges.iter().map(|own| own.net.millionths()).sum();
        let sum: i64 = after.iter().map(|own| own.net.millionths()).sum();
        prop_assert_eq!(sum, before.min(most).max(least.min(most)));
        for own in &after {
            prop_assert_eq!(own.tax.gross(own.net, Default::default()), Some(own.gross));
        }
        prop_assert_eq!(close(&both, &after, of).unwrap(), []);
    }
}
