//! Records read by their form are what they would be, read the long way.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Accepted, Content, Forms, Intake, Sent};
use crate::behaviour::tests::fixture::Catalog;
use crate::domain::descriptor::ApiVersion;
use crate::domain::identifier::of_usage;
use crate::domain::json::Limits;
use crate::domain::packed::{Packed, Packing};
use crate::domain::usage_facts::{UsageFacts, source_of};
use crate::domain::usage_status::UsageStatus;
use crate::engine::Core;
use crate::rating::record::Record;
use crate::store::usage::{UsageFrame, pack_usage};

/// Made once: it reads all schemas.
static CORE: LazyLock<Arc<Core>> = LazyLock::new(|| Arc::clone(&Catalog::strict().core));

fn core() -> Arc<Core> {
    Arc::clone(&CORE)
}

fn accept(core: &Core, forms: &Forms, version: ApiVersion, text: &str) -> Accepted {
    let limits = Limits::default();
    let mut intake = Intake::new(core, forms, &limits, version).expect("there is usage");
    let accepted = intake.accept(Sent::Text(text.as_bytes().to_vec()));
    accepted.unwrap_or_else(|problem| panic!("{text}: {problem:?}"))
}

/// A call. The values are written as they are.
fn call(number: &str, seconds: &str, share: &str, note: &str) -> String {
    format!(
        r#"{{"usageDate":"2026-03-02T09:00:00Z", "usageType":"voice","description":{note},
        "usageSpecification":{{"id":"voice","name":"Voice"}},"usageCharacteristic":[
        {{"name":"source","value":"msc"}},{{"name":"recordId","value":"r1"}},{{"name":"callingNumber","value":{number}}},
        {{"name":"duration","value":{seconds}}},{{"name":"share","value":{share}}},{{"name":"roaming","value":true}}]}}"#
    )
}

/// Reads a record by the form of others, which must be the same as to read it the long way.
fn same(version: ApiVersion, first: &str, text: &str) -> bool {
    let core = core();
    let forms = Forms::default();
    for _ in 0..2 {
        let long = accept(&core, &forms, version, first);
        assert!(matches!(long.content, Content::Whole(_)));
    }
    let read = accept(&core, &forms, version, text);
    let long = accept(&core, &Forms::default(), version, text);
    let doc = long.content.doc();
    assert_eq!(*read.content.doc(), *doc);
    assert_eq!(read.facts, long.facts);
    assert_eq!(read.facts, UsageFacts::of(&doc));
    assert_eq!(*read.source, *source_of(&doc));
    assert_eq!(read.content.identifiers(), of_usage(&doc));
    assert_eq!(read.content.product(), long.content.product());
    let of = |record: &Result<Record<'_>, _>| format!("{record:?}");
    assert_eq!(of(&read.content.record()), of(&Record::read(&doc)));
    let Content::Formed(formed) = &read.content else {
        return false;
    };
    let mut rated = doc.into_owned();
    UsageStatus::Rated.write(rated.as_object_mut().expect("an object"));
    let (mut one, mut other) = (Packed::default(), Packed::default());
    pack_usage(&rated, &mut one);
    let mut packing = Packing::begin(&UsageFrame, &mut other);
    formed.pack(&mut packing);
    packing.shape("}");
    assert_eq!(one, other);
    true
}

#[test]
fn alike_records_are_read_by_their_form() {
    let first = call("\"+49171\"", "61", "0.5", "\"\"");
    assert!(same(ApiVersion::V4, &first, &first));
    let other = call("\"0049 30 123456\"", "-7", "12.250", "\"a note: ü\"");
    assert!(same(ApiVersion::V4, &first, &other));
}

#[test]
fn v5_has_forms_too() {
    let call = |seconds: u64| {
        json!({"@type": "ProductUsage", "usageDate": "2026-03-02T09:00:00Z", "usageType": "voice",
            "product": {"@type": "ProductRef", "@referredType": "Product", "id": format!("line {seconds}")},
            "usageSpecification": {"@type": "ProductUsageSpecificationRef", "id": "voice", "name": "voice"},
            "usageCharacteristic": [
                {"@type": "StringCharacteristic", "name": "servedMsisdn", "value": "491711234567"},
                {"@type": "IntegerCharacteristic", "name": "duration", "value": seconds}]})
        .to_string()
    };
    assert!(same(ApiVersion::V5, &call(1), &call(3600)));
}

#[test]
fn what_is_not_alike_is_read_the_long_way() {
    let first = call("\"+49171\"", "61", "0.5", "\"\"");
    for other in [
        call("491", "61", "0.5", "\"\""),
        call("\"+49171\"", "61.0", "0.5", "\"\""),
        call("\"+49171\"", "61", "5", "\"\""),
        call("\"+49171\"", "61", "5e1", "\"\""),
        call("\"+49171\"", "61", "0.5", "\"a \\\"note\\\"\""),
        call("\"+49171\"", "61", "0.5", "\"\"").replace("true", "false"),
        call("\"+49171\"", "61", "0.5", "\"\"").replace(", ", ","),
        call("\"+49171\"", "61", "0.5", "\"\"")
            .replace("\"usageType\"", "\"more\":1,\"usageType\""),
    ] {
        assert!(!same(ApiVersion::V4, &first, &other), "{other}");
    }
}

#[test]
fn what_is_refused_stays_refused() {
    let core = core();
    let (forms, limits) = (Forms::default(), Limits::default());
    let good = call("\"+49171\"", "61", "0.5", "\"\"");
    for _ in 0..3 {
        accept(&core, &forms, ApiVersion::V4, &good);
    }
    for bad in [
        good.replace("2026-03-02T09:00:00Z", "yesterday"),
        good.replace("+49171", "+49\u{0}171"),
        good.replace("+49171", &"1".repeat(limits.string_bytes + 1)),
        good.replace("61", "061"),
        good.replace("}]}", "}]"),
        good.replace("\"msc\"", "\"m\u{1}sc\""),
    ] {
        let mut intake = Intake::new(&core, &forms, &limits, ApiVersion::V4).unwrap();
        let problem = intake.accept(Sent::Text(bad.clone().into_bytes()));
        assert!(problem.is_err(), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_value_is_read_as_it_is(
        number in "\\PC{0,20}", seconds in any::<i64>(), share in "(0|[1-9][0-9]{0,9})\\.[0-9]{1,8}",
        note in any::<String>().prop_filter("NUL is refused", |text| !text.contains('\0')),
    ) {
        let quoted = |text: &str| Value::from(text).to_string();
        let first = call("\"+49171\"", "61", "0.5", "\"\"");
        same(ApiVersion::V4, &first, &call(&quoted(&number), &seconds.to_string(), &share, &quoted(&note)));
    }
}

#[test]
fn what_the_load_tool_sends_has_a_form() {
    let call = |day: u32, number: u64| {
        format!(
            "{{\"usageDate\":\"2026-03-{day:02}T00:00:00Z\",\"usageType\":\"voice\",\
             \"usageSpecification\":{{\"id\":\"voice\",\"name\":\"voice\"}},\"usageCharacteristic\":[\
             {{\"name\":\"source\",\"value\":\"msc-1\"}},{{\"name\":\"recordId\",\"value\":\"{number:010}\"}},\
             {{\"name\":\"callingNumber\",\"value\":\"491700000001\"}},{{\"name\":\"calledNumber\",\"value\":\"100000{number:05}\"}},\
             {{\"name\":\"duration\",\"value\":{number}}},{{\"name\":\"direction\",\"value\":\"outgoing\"}}]}}"
        )
    };
    assert!(same(ApiVersion::V4, &call(1, 1), &call(2, 77)));
}
