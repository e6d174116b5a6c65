//! Properties that must hold for any input.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;
use crate::domain::descriptor::Scalar;

fn parse_everything(text: &str) {
    let doc = offering();
    if let Ok(request) = parse_list(text, &model::OFFERING) {
        if let Some(filter) = &request.filter {
            filter.matches(&doc);
            filter.mentions("id");
        }
        for key in &request.sort {
            key.key(&doc);
        }
        request.fields.apply(doc.clone());
    }
    let _ = parse_list(text, &model::OFFERING_V4);
    let _ = parse_single(text, &model::OFFERING);
    if let Ok(query) = parse_event_query(text, &[&model::EVENT]) {
        query.selects(&doc);
        query.shape(doc);
    }
    let paging = Paging::Offset {
        offset: 3,
        limit: 2,
        total: Some(9),
        more: true,
    };
    let links = page_links("/x", text, &paging);
    assert!(
        links.bytes().all(|b| b.is_ascii_graphic() || b == b' '),
        "{links}"
    );
}

fn date() -> impl Strategy<Value = String> {
    (
        1970..2100,
        1..13,
        1..29,
        0..24,
        0..60,
        0..1_000_000,
        -14..15,
    )
        .prop_map(
            |(year, month, day, hour, minute, micros, offset): (
                i32,
                i32,
                i32,
                i32,
                i32,
                i32,
                i32,
            )| {
                let sign = if offset < 0 { '-' } else { '+' };
                format!(
                    "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00.{micros:06}{sign}{:02}:00",
                    offset.abs()
                )
            },
        )
}

proptest! {
    #[test]
    fn never_panics(text in any::<String>()) {
        parse_everything(&text);
    }

    #[test]
    fn never_panics_near_the_grammar(
        text in "(name|limit|note|filter|sort|fields|category\\.id|[;&,.=<>!~*%\"'+-]|\\$|@|\\[\\?\\(|\\)\\]|==|&&|\\|\\||%2C|%22|%3E|[a-zé0-9 ]){0,24}"
    ) {
        parse_everything(&text);
    }

    #[test]
    fn never_panics_on_expressions(
        text in "filter=(\\$|@|\\.|name|note|limit|\\[\\?\\(|\\[|\\]|\\(|\\)|==|!=|=~|<|>|%26%26|\\|\\||!|'x'|/a/i|5|1e9|true|null|length|min|\\*|,|\\\\|\"| ){0,24}"
    ) {
        parse_everything(&text);
    }

    #[test]
    fn number_keys_sort_as_numbers(a in any::<i64>(), b in any::<i64>(), scale in 0_u32..20) {
        let exact = |n: i64| rust_decimal::Decimal::from_i128_with_scale(i128::from(n), scale);
        let key = |n: i64| {
            let value: Value = serde_json::from_str(&exact(n).to_string()).unwrap();
            index_key(Scalar::Number, &value)
        };
        prop_assert_eq!(key(a).cmp(&key(b)), exact(a).cmp(&exact(b)));
    }

    #[test]
    fn date_keys_sort_as_instants(a in date(), b in date()) {
        let micros = |t: &str| crate::domain::clock::Micros::parse(t).unwrap();
        let key = |t: &str| index_key(Scalar::DateTime, &json!(t));
        prop_assert!(key(&a).is_some());
        prop_assert_eq!(key(&a).cmp(&key(&b)), micros(&a).cmp(&micros(&b)));
    }

    #[test]
    fn string_keys_keep_equality(a in "[a\\x00]{0,4}|(xy){98,104}", b in "[a\\x00]{0,4}|(xy){98,104}") {
        let key = |t: &str| index_key(Scalar::String, &json!(t));
        prop_assert_eq!(key(&a) == key(&b), a == b);
    }

    #[test]
    fn index_and_evaluation_agree(met in "-?[0-9]{1,3}(\\.[0-9]{1,2})?", asked in "-?[0-9]{1,3}(\\.[0-9]{1,2})?") {
        let number: serde_json::Number = met.trim_start_matches('0').parse().or_else(|_| "0".parse()).unwrap();
        let doc = json!({"weight": number});
        let key = index_key(Scalar::Float, &doc["weight"]);
        for (op, test) in [("eq", Ordering::is_eq as fn(Ordering) -> bool), ("gt", Ordering::is_gt), ("lte", Ordering::is_le)] {
            let Filter::Test(t) = filter(&format!("weight.{op}={asked}")) else { panic!("a test") };
            let by_key = test(key.cmp(&t.values[0].index_key(Scalar::Float)));
            prop_assert_eq!(t.matches(&doc), by_key);
        }
    }

    #[test]
    fn fields_keep_identification(names in proptest::collection::vec("[a-z]{1,3}(\\.[a-z]{1,3})?", 0..5)) {
        let query = format!("fields=none&fields={}", names.join(","));
        let shaped = parse_single(&query, &model::OFFERING).unwrap().fields.apply(json!({
            "id": "1", "href": "h", "@type": "t", "other0": 1
        }));
        prop_assert_eq!(shaped, json!({"id": "1", "href": "h", "@type": "t"}));
    }

    #[test]
    fn quoted_values_come_back_whole(value in "[a-zA-Z,;&=%+ é]{1,20}") {
        let encoded: String = value.bytes().map(|b| format!("%{b:02X}")).collect();
        let doc = json!({"name": value});
        let plain = filter(&format!("name={encoded}")).matches(&doc);
        let quoted = filter(&format!("name=%22{encoded}%22,zzz")).matches(&doc);
        prop_assert!(plain);
        prop_assert!(quoted);
    }
}
