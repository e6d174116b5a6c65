//! What clients see of a rated usage: the lines of TMF635 and the trace.

use serde_json::{Value, json};

use super::world::{World, characteristics, read_event};
use crate::domain::adapt;
use crate::domain::clock::Micros;
use crate::domain::document::ValueObject;
use crate::domain::packed::{Packed, PackedObject};
use crate::rating::Request;
use crate::rating::exact::Ratio;
use crate::rating::rated::Rated;
use crate::rating::trace::{Trace, render};
use crate::rating::usage::{COMPONENT, Entries, Form, TOTAL};
use crate::store::usage::{KIND, UsageFrame, pack_usage};

fn now() -> Micros {
    Micros::parse("2026-03-02T12:00:00Z").unwrap()
}

fn entries(request: &Request<'_>, rated: &Rated, form: Form, list: &str) -> Vec<Value> {
    let date = now().to_rfc3339();
    let entries = Entries::new(request, rated, form, &date).expect("an answer to the request");
    let written = ValueObject::of(|object| entries.write(object));
    written[list].as_array().expect("a list").clone()
}

/// Renders the answer to an event that has been booked.
fn shown(world: &World, event: &Value, rated: &Rated) -> (Vec<Value>, Value) {
    let characteristics = characteristics(event);
    let event = read_event(event, &characteristics);
    let request = world.request(&event);
    (
        entries(&request, rated, Form::V4, "ratedProductUsage"),
        render(&request, rated),
    )
}

/// What holds of all that is shown: one total, which is the charge and what the components come to,
/// and a trace in which the unrounded charge stands.
pub fn sound(world: &World, event: &Value, rated: &Rated) {
    let (entries, trace) = shown(world, event, rated);
    let of_type = |wanted: &'static str| {
        let entries = entries.iter();
        entries.filter(move |entry| entry["ratingAmountType"] == wanted)
    };
    let sum = |wanted: &'static str, name: &str| -> i64 {
        let amounts = of_type(wanted).map(|entry| {
            let money = crate::domain::money::Money::read(&entry[name]).expect("an amount");
            crate::domain::money::Amount::of(money.value)
                .expect("an amount of the books")
                .millionths()
        });
        amounts.sum()
    };
    assert_eq!(of_type(TOTAL).count(), 1, "{entries:?}");
    assert_eq!(entries[0]["ratingAmountType"], TOTAL);
    for (name, amount) in [
        ("taxExcludedRatingAmount", rated.net),
        ("taxIncludedRatingAmount", rated.gross),
    ] {
        assert_eq!(sum(TOTAL, name), amount.millionths(), "{name}");
        if entries.len() > 1 {
            assert_eq!(sum(COMPONENT, name), amount.millionths(), "{name}");
        }
    }
    assert_eq!(
        trace["step"].as_array().map(Vec::len),
        Some(rated.trace.len())
    );
    assert!(
        trace["cardHash"]
            .as_str()
            .is_some_and(|own| own.len() == 64)
    );
    stored_form(world, event, rated, &trace);
    let mut steps = trace["step"].as_array().into_iter().flatten();
    let rounding = steps.find(|step| step["rule"] == "rounding");
    let exact = rounding.expect("a charge is rounded")["exact"].clone();
    assert_eq!(exact, rated.exact.exact_text());
}

/// What is stored is what the adapter makes of what v4 shows, and is packed as its value would be.
fn stored_form(world: &World, event: &Value, rated: &Rated, trace: &Value) {
    let characteristics = characteristics(event);
    let event = read_event(event, &characteristics);
    let request = world.request(&event);
    let shown = entries(&request, rated, Form::V4, "ratedProductUsage");
    let stored = entries(&request, rated, Form::Stored, "usageProductPrice");
    let mut resources = crate::api::generated::APIS
        .iter()
        .flat_map(|api| api.resources);
    let resource = resources.find(|own| own.kind == KIND && !own.is_stored_form());
    let resource = resource.expect("usage of v4");
    let adapted = adapt::up(resource, json!({ "ratedProductUsage": shown }), None);
    assert_eq!(adapted["usageProductPrice"], Value::Array(stored));
    let (mut one, mut other) = (Packed::default(), Packed::default());
    pack_usage(trace, &mut one);
    let own = Trace::new(&request, rated).expect("an answer to the request");
    PackedObject::pack(&UsageFrame, &mut other, |object| own.write(object));
    assert_eq!(one, other);
}

/// Everything at once: zone, band, tier, bucket, fee, minimum, discount, a price that holds its tax.
fn world() -> World {
    let given = json!({
        "table": [{"id": "zones", "version": "7", "currency": "EUR", "row": [
            {"destination": "49", "zone": "DE", "price": 0.10},
            {"destination": "4915", "zone": "DE-mobile", "price": 0.20, "setupFee": 0.05, "firstStep": 60, "nextStep": 1}]}],
        "calendar": [{"id": "utc", "timeZone": "Etc/UTC", "default": "OffPeak",
            "hours": [{"band": "Peak", "from": "08:00", "to": "18:00"}]}],
        "price": [
            {"id": "voice", "version": "3", "priceType": "usage", "unitOfMeasure": {"amount": 1, "units": "minute"},
                "tax": [{"taxCategory": "VAT", "taxRate": 20}],
                "pricingLogicAlgorithm": [{"plaSpecId": "prefixTable", "id": "zones", "characteristic": [
                    {"name": "calendar", "value": "utc"}, {"name": "bandMode", "value": "split"},
                    {"name": "bandPrice", "value": [{"band": "Peak", "percentage": 150}]},
                    {"name": "tier", "value": [{"to": 60}, {"percentage": 50}]},
                    {"name": "tierMode", "value": "graduated"}, {"name": "tierScope", "value": "event"},
                    {"name": "taxMode", "value": "gross"}]}]},
            {"id": "loyal", "version": "1", "priceType": "discount", "percentage": 10,
                "popRelationship": [{"id": "voice", "relationshipType": "discounts"}]},
            {"id": "included", "version": "2", "priceType": "allowance", "unitOfMeasure": {"amount": 30, "units": "s"},
                "popRelationship": [{"id": "voice", "relationshipType": "allowance"}]}],
        "bucket": [{"id": "b1", "allowance": "included", "granted": 30}]
    });
    World::of(&given).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// From 17:59:30 for 150 s: 30 s of the bucket, in Peak; 120 s paid, all in OffPeak. The first
/// minute paid costs 0.20, the second half of it, the setup fee is 0.05: 0.35, less 10 %.
fn event() -> Value {
    json!({"seconds": 150, "start": "17:59:30", "calledNumber": "4915112345"})
}

#[test]
fn lines_are_those_of_the_standard() {
    let mut world = world();
    let rated = world.rate(&event()).unwrap();
    sound(&world, &event(), &rated);
    let (entries, _) = shown(&world, &event(), &rated);
    let line = |amount_type: &str, more: Value, list: Value, net: Value, gross: Value| {
        let mut entry = json!({
            "@type": "RatedProductUsage", "ratingDate": "2026-03-02T12:00:00.000Z",
            "ratingAmountType": amount_type, "isBilled": false,
            "productRef": {"@type": "ProductRef", "id": "product", "href": "tollgate:product/product"},
            "isTaxExempt": false, "taxRate": 20,
            "bucketValueConvertedInAmount": {"unit": "EUR", "value": list},
            "taxExcludedRatingAmount": {"unit": "EUR", "value": net},
            "taxIncludedRatingAmount": {"unit": "EUR", "value": gross},
        });
        for (name, value) in more.as_object().unwrap() {
            entry[name] = value.clone();
        }
        entry
    };
    let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    // 0.315 of the total are 0.27 for the usage and 0.045 for the fee.
    let expected = json!([
        line(
            "Total",
            json!({}),
            number("0.15"),
            number("0.2625"),
            number("0.315")
        ),
        line(
            "Component",
            json!({"usageRatingTag": "included usage", "offerTariffType": "Peak:DE-mobile"}),
            number("0.15"),
            number("0.00"),
            number("0.00")
        ),
        line(
            "Component",
            json!({"usageRatingTag": "non included usage", "offerTariffType": "OffPeak:DE-mobile"}),
            number("0.00"),
            number("0.225"),
            number("0.27")
        ),
        line(
            "Component",
            json!({"usageRatingTag": "usage", "offerTariffType": "setupFee:DE-mobile"}),
            number("0.00"),
            number("0.0375"),
            number("0.045")
        ),
    ]);
    assert_eq!(Value::Array(entries), expected);
}

#[test]
fn the_trace_says_why() {
    let mut world = world();
    let rated = world.rate(&event()).unwrap();
    let (_, trace) = shown(&world, &event(), &rated);
    assert_eq!(trace["price"], json!({"id": "voice", "version": "3"}));
    assert_eq!(trace["cardHash"], world.card(&rated).hash.to_string());
    assert_eq!(trace["usageDate"], "2026-03-02T17:59:30.000Z");
    assert_eq!(
        [&trace["unit"], &trace["currency"], &trace["taxMode"]],
        ["s", "EUR", "gross"]
    );
    let steps = json!([
        {"rule": "table", "tariffTable": {"id": "zones", "version": "7"}, "row": 1, "zone": "DE-mobile"},
        {"rule": "increment", "measured": 150, "charged": 150},
        {"rule": "band", "band": "Peak", "from": 0, "to": 30},
        {"rule": "band", "band": "OffPeak", "from": 30, "to": 150},
        {"rule": "allowance", "bucket": "b1", "price": {"id": "included", "version": "2"}, "covered": 30, "taken": 30},
        {"rule": "tier", "tier": 0, "position": 0, "quantity": 60, "charge": "0.2"},
        {"rule": "tier", "tier": 1, "position": 60, "quantity": 60, "charge": "0.1"},
        {"rule": "setupFee", "charge": "0.05"},
        {"rule": "discount", "from": "0.35", "to": "0.315", "price": {"id": "loyal", "version": "1"}},
        {"rule": "rounding", "level": "record", "mode": "halfUp", "scale": 6, "exact": "0.315",
            "amount": {"unit": "EUR", "value": serde_json::from_str::<Value>("0.315").unwrap()}},
    ]);
    assert_eq!(trace["step"], steps);
    assert_eq!(trace["tax"]["category"], "VAT");
    assert_eq!(trace["tax"]["rate"], 20);
    assert_eq!(trace["tax"]["isExempt"], false);
    assert_eq!(trace["tax"]["unroundedNet"], "0.2625");
    let net = serde_json::from_str::<Value>("0.2625").unwrap();
    assert_eq!(trace["tax"]["net"]["value"], net);
}

#[test]
fn a_price_without_end_is_shown_as_a_fraction() {
    let given = json!({"price": [{"id": "p", "priceType": "usage", "price": {"unit": "EUR", "value": 1},
        "unitOfMeasure": {"amount": 3, "units": "s"}}]});
    let mut world = World::of(&given).unwrap();
    let event = json!({"seconds": 10});
    let rated = world.rate(&event).unwrap();
    let (entries, trace) = shown(&world, &event, &rated);
    assert_eq!(trace["tax"]["unroundedNet"], "10/3");
    let amount = serde_json::from_str::<Value>("3.333333").unwrap();
    assert_eq!(entries[0]["taxExcludedRatingAmount"]["value"], amount);
    assert_eq!(entries[0]["ratingAmountType"], TOTAL);
    assert_eq!(entries[0]["usageRatingTag"], "usage");
    assert_eq!(entries[0].get("offerTariffType"), None);
    assert_eq!(
        rated.exact.compare(Ratio::new(10, 3).unwrap()),
        Some(std::cmp::Ordering::Equal)
    );
}
