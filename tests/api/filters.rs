//! Attribute filters and JSONPath (TMF630 part 1, 4.4, and part 6), compared with a choice made
//! here, by plain code over the documents.

use serde_json::{Value, json};

use crate::support::{Api, TestServer, each_server, encode, names};

const PATH: &str = "productOfferingPrice";

/// A name longer than an index key; two of them differ only at the end.
fn long(end: &str) -> String {
    format!("{}{end}", "long ".repeat(60))
}

fn term(name: &str, amount: u32) -> Value {
    json!({"@type": "ProductOfferingTerm", "name": name, "duration": {"amount": amount, "units": "month"}})
}

/// What is looked for: values that quoting, encoding, order or typing could get wrong.
fn prices() -> Vec<Value> {
    let price = |value: &str| {
        let value: Value = serde_json::from_str(value).unwrap();
        json!({"unit": "EUR", "value": value})
    };
    vec![
        json!({"name": "alpha", "priceType": "recurring", "isBundle": false, "price": price("10"),
            "description": "first, with comma", "recurringChargePeriodLength": 1,
            "validFor": {"startDateTime": "2030-01-01T00:00:00Z"}}),
        json!({"name": "Alpha", "priceType": "recurring", "isBundle": true, "price": price("9.50"),
            "validFor": {"startDateTime": "2030-01-01T00:30:00+01:00"}}),
        json!({"name": "beta", "priceType": "recurring", "price": price("9.5"), "description": "x;y",
            "recurringChargePeriodLength": 12}),
        json!({"name": "O'Hara\"; DROP TABLE resource; --", "priceType": "oneTime", "price": price("-3")}),
        json!({"name": "100%", "priceType": "usage", "isBundle": false, "price": price("1000000000000000000000.1"),
            "description": "50% off_all *"}),
        json!({"name": "Zoë & Co", "priceType": "usage", "description": "a+b=c"}),
        json!({"name": "a,b", "priceType": "discount", "percentage": 12.5}),
        json!({"name": long("1"), "priceType": "discount", "percentage": 7}),
        json!({"name": long("2"), "priceType": "discount", "description": "last"}),
        json!({"name": "terms", "priceType": "recurring", "price": price("0.00"),
            "productOfferingTerm": [term("short", 12), term("long", 24)]}),
        json!({"name": "other terms", "priceType": "recurring", "price": price("1"),
            "productOfferingTerm": [term("short", 24)]}),
        json!({"name": "5", "priceType": "recurring", "isBundle": false, "price": price("5"),
            "validFor": {"startDateTime": "2031-01-01T00:00:00-08:00"}}),
    ]
}

fn text<'p>(price: &'p Value, name: &str) -> Option<&'p str> {
    price[name].as_str()
}

fn amount(price: &Value) -> Option<rust_decimal::Decimal> {
    price["price"]["value"]
        .as_number()
        .map(|n| n.as_str().parse().unwrap())
}

fn start(price: &Value) -> Option<chrono::DateTime<chrono::FixedOffset>> {
    let text = price["validFor"]["startDateTime"].as_str()?;
    Some(chrono::DateTime::parse_from_rfc3339(text).unwrap())
}

fn at(instant: &str) -> chrono::DateTime<chrono::FixedOffset> {
    chrono::DateTime::parse_from_rfc3339(instant).unwrap()
}

fn dec(text: &str) -> rust_decimal::Decimal {
    text.parse().unwrap()
}

fn terms(price: &Value) -> Vec<(&str, i64)> {
    let terms = price["productOfferingTerm"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    terms
        .iter()
        .map(|t| {
            (
                t["name"].as_str().unwrap(),
                t["duration"]["amount"].as_i64().unwrap(),
            )
        })
        .collect()
}

type Choice = fn(&Value) -> bool;

/// Queries as they are sent, and what they mean.
fn queries() -> Vec<(&'static str, Choice)> {
    vec![
        // Equality: indexed, tallied, not indexed, nested.
        ("name=alpha", |p| text(p, "name") == Some("alpha")),
        ("name.eq=alpha", |p| text(p, "name") == Some("alpha")),
        ("name=%22alpha%22", |p| text(p, "name") == Some("alpha")),
        ("name=5", |p| text(p, "name") == Some("5")),
        ("name=nothing", |_| false),
        ("priceType=recurring", |p| {
            text(p, "priceType") == Some("recurring")
        }),
        ("isBundle=false", |p| p["isBundle"] == false),
        ("isBundle=TRUE", |p| p["isBundle"] == true),
        ("description=last", |p| {
            text(p, "description") == Some("last")
        }),
        ("price.unit=EUR", |p| p["price"]["unit"] == "EUR"),
        ("price.value=9.5", |p| amount(p) == Some(dec("9.5"))),
        ("price.value=1e1", |p| amount(p) == Some(dec("10"))),
        ("recurringChargePeriodLength=12", |p| {
            p["recurringChargePeriodLength"] == 12
        }),
        ("productOfferingTerm.name=long", |p| {
            terms(p).iter().any(|t| t.0 == "long")
        }),
        // Several conditions.
        ("priceType=recurring&isBundle=false", |p| {
            text(p, "priceType") == Some("recurring") && p["isBundle"] == false
        }),
        ("priceType=recurring&price.value.lt=5&name.ne=terms", |p| {
            text(p, "priceType") == Some("recurring")
                && amount(p).is_some_and(|a| a < dec("5"))
                && text(p, "name") != Some("terms")
        }),
        // Different elements may satisfy attribute filters; JSONPath holds one element to both.
        (
            "productOfferingTerm.name=short&productOfferingTerm.duration.amount=24",
            |p| terms(p).iter().any(|t| t.0 == "short") && terms(p).iter().any(|t| t.1 == 24),
        ),
        // Alternatives.
        ("priceType=usage,oneTime", |p| {
            matches!(text(p, "priceType"), Some("usage" | "oneTime"))
        }),
        ("priceType=usage;priceType=oneTime", |p| {
            matches!(text(p, "priceType"), Some("usage" | "oneTime"))
        }),
        ("priceType=usage&priceType=oneTime", |p| {
            matches!(text(p, "priceType"), Some("usage" | "oneTime"))
        }),
        ("priceType.in=usage,oneTime,none", |p| {
            matches!(text(p, "priceType"), Some("usage" | "oneTime"))
        }),
        ("description=last,x%3By", |p| {
            matches!(text(p, "description"), Some("last" | "x;y"))
        }),
        ("priceType.nin=usage,oneTime", |p| {
            !matches!(text(p, "priceType"), Some("usage" | "oneTime"))
        }),
        ("priceType.ne=usage", |p| {
            text(p, "priceType") != Some("usage")
        }),
        ("priceType!=usage", |p| {
            text(p, "priceType") != Some("usage")
        }),
        ("description.ne=last", |p| {
            text(p, "description") != Some("last")
        }),
        // Characters that mean something elsewhere.
        ("name=O'Hara%22%3B%20DROP%20TABLE%20resource%3B%20--", |p| {
            text(p, "name").unwrap().starts_with("O'Hara")
        }),
        ("name=100%25", |p| text(p, "name") == Some("100%")),
        ("name=Zo%C3%AB%20%26%20Co", |p| {
            text(p, "name") == Some("Zoë & Co")
        }),
        ("name=Zo%C3%AB+%26+Co", |p| {
            text(p, "name") == Some("Zoë & Co")
        }),
        ("name=a%2Cb", |p| text(p, "name") == Some("a,b")),
        ("description=a%2Bb%3Dc", |p| {
            text(p, "description") == Some("a+b=c")
        }),
        ("name='%20OR%20'1'='1", |_| false),
        // Order: numbers by value, texts by bytes, dates by instant.
        ("price.value.gt=9", |p| {
            amount(p).is_some_and(|a| a > dec("9"))
        }),
        ("price.value.gte=9.50", |p| {
            amount(p).is_some_and(|a| a >= dec("9.5"))
        }),
        ("price.value.lt=9.5", |p| {
            amount(p).is_some_and(|a| a < dec("9.5"))
        }),
        ("price.value.lte=0", |p| {
            amount(p).is_some_and(|a| a <= dec("0"))
        }),
        ("price.value%3E9", |p| {
            amount(p).is_some_and(|a| a > dec("9"))
        }),
        ("price.value%3E%3D9.5", |p| {
            amount(p).is_some_and(|a| a >= dec("9.5"))
        }),
        ("price.value%3C9.5", |p| {
            amount(p).is_some_and(|a| a < dec("9.5"))
        }),
        ("price.value%3C%3D-3", |p| {
            amount(p).is_some_and(|a| a <= dec("-3"))
        }),
        ("price.value%3D%3D10", |p| amount(p) == Some(dec("10"))),
        ("price.value.gt=1000000000000000000000", |p| {
            amount(p).is_some_and(|a| a > dec("1000000000000000000000"))
        }),
        ("percentage.gte=7&percentage.lt=12.5", |p| {
            p["percentage"] == 7
        }),
        ("name.gt=a", |p| text(p, "name") > Some("a")),
        ("name.lte=alpha", |p| text(p, "name") <= Some("alpha")),
        ("validFor.startDateTime=2030-01-01", |p| {
            start(p) == Some(at("2030-01-01T00:00:00Z"))
        }),
        ("validFor.startDateTime.lt=2030-01-01T00:00:00Z", |p| {
            start(p).is_some_and(|s| s < at("2030-01-01T00:00:00Z"))
        }),
        (
            "validFor.startDateTime.gte=2031-01-01T09:00:00%2B01:00",
            |p| start(p).is_some_and(|s| s >= at("2031-01-01T08:00:00Z")),
        ),
        // Patterns, by letter case.
        ("name.like=al%25", |p| {
            text(p, "name").unwrap().starts_with("al")
        }),
        ("name.like=*terms", |p| {
            text(p, "name").unwrap().ends_with("terms")
        }),
        ("name.like=_eta", |p| text(p, "name") == Some("beta")),
        ("description.contains=%25%20off_", |p| {
            text(p, "description").is_some_and(|d| d.contains("% off_"))
        }),
        ("name.startswith=long%20", |p| {
            text(p, "name").unwrap().starts_with("long ")
        }),
        ("name.endswith=1", |p| {
            text(p, "name").unwrap().ends_with('1')
        }),
        ("name.regex=%5E[aA]l.*a%24", |p| {
            matches!(text(p, "name"), Some("alpha" | "Alpha"))
        }),
        ("name%3D~%5Elong", |p| {
            text(p, "name").unwrap().starts_with("long")
        }),
        // Being there.
        ("description.isnull=true", |p| {
            p.get("description").is_none()
        }),
        ("description.isnull=false", |p| {
            p.get("description").is_some()
        }),
        ("percentage", |p| p.get("percentage").is_some()),
        ("!percentage", |p| p.get("percentage").is_none()),
        ("productOfferingTerm.isnull=false", |p| !terms(p).is_empty()),
        // JSONPath.
        (
            "filter=$[?(@.priceType=='usage'%20||%20@.price.value%3E9.9)]",
            |p| text(p, "priceType") == Some("usage") || amount(p).is_some_and(|a| a > dec("9.9")),
        ),
        (
            "filter=$[?(@.productOfferingTerm[?(@.name=='short'%20%26%26%20@.duration.amount==24)])]",
            |p| terms(p).contains(&("short", 24)),
        ),
        (
            "filter=$[?(!(@.priceType=='recurring'))]&isBundle=false",
            |p| text(p, "priceType") != Some("recurring") && p["isBundle"] == false,
        ),
        ("filter=$[?(length(@.productOfferingTerm)==2)]", |p| {
            terms(p).len() == 2
        }),
    ]
}

async fn check(api: Api<'_>) {
    let all = api.get(PATH).await.must_be(200).json();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), prices().len());
    let mut hits = 0;
    for (query, choice) in queries() {
        let expected: Vec<&Value> = all.iter().filter(|price| choice(price)).collect();
        let answer = api.get(&format!("{PATH}?{query}")).await.must_be(200);
        let found = answer.json();
        let found: Vec<&Value> = found.as_array().unwrap().iter().collect();
        assert_eq!(found, expected, "{query}");
        assert_eq!(
            answer.said("X-Total-Count"),
            expected.len().to_string(),
            "{query}"
        );
        hits += usize::from(!expected.is_empty() && expected.len() < all.len());
    }
    assert!(hits > 50, "the queries decide too little: {hits}");
}

#[test]
fn a_list_holds_what_fits_and_nothing_else() {
    each_server(async |server: &TestServer| {
        for price in prices() {
            server.v5().make(PATH, price).await;
        }
        for api in server.both() {
            check(api).await;
            for end in ["1", "2"] {
                let found = api
                    .query(PATH, &[("name", &long(end))])
                    .await
                    .must_be(200)
                    .json();
                assert_eq!(
                    names(&found),
                    [long(end)],
                    "equality is exact beyond an index key"
                );
            }
        }
    });
}

#[test]
fn identity_and_addresses_can_be_filtered() {
    each_server(async |server: &TestServer| {
        for price in prices() {
            server.v5().make(PATH, price).await;
        }
        for api in server.both() {
            let all = api.get(PATH).await.json();
            let id = |n: usize| all[n]["id"].as_str().unwrap();
            let one = api.query(PATH, &[("id", id(3))]).await.must_be(200).json();
            assert_eq!(one, json!([all[3]]));
            let two = format!("{PATH}?id={},{}&priceType=recurring", id(0), id(3));
            assert_eq!(api.get(&two).await.must_be(200).json(), json!([all[0]]));
            let href = all[5]["href"].as_str().unwrap();
            let by_href = api.query(PATH, &[("href", href)]).await.must_be(200).json();
            assert_eq!(by_href, json!([all[5]]));
        }
    });
}

#[test]
fn conditions_that_make_no_sense_name_their_parameter() {
    each_server(async |server: &TestServer| {
        for api in server.both() {
            for (query, parameter) in [
                ("colour=red", "colour"),
                ("price.colour=red", "price.colour"),
                ("price=5", "price"),
                ("price.value=cheap", "price.value"),
                ("price.value.gt=cheap", "price.value.gt"),
                ("isBundle=perhaps", "isBundle"),
                (
                    "validFor.startDateTime.gt=soon",
                    "validFor.startDateTime.gt",
                ),
                ("name.sounds=x", "name.sounds"),
                ("name.regex=(", "name.regex"),
                ("name.gt.lt=x", "name.gt.lt"),
                ("filter=$[?(@.name==)]", "filter"),
                ("filter=$[?(@.colour=='red')]", "filter"),
            ] {
                let answer = api.get(&format!("{PATH}?{query}")).await.must_fail(400);
                assert_eq!(answer.violations(), [parameter], "{query}: {}", answer.body);
            }
            for query in [
                "depth=2",
                "expand=price",
                &format!("filter={}", encode("$..name")),
            ] {
                api.get(&format!("{PATH}?{query}")).await.must_fail(501);
            }
        }
    });
}
