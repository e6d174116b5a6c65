//! Addresses and marks.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{API_V4, API_V5, CATALOG_R4, CATEGORY_R5, OFFERING_R4, OFFERING_R5};
use crate::domain::adapt::href::{Links, mark, read_mark};
use crate::domain::descriptor::ApiVersion;

fn links() -> Links {
    Links::new("https://bss.example.com/", &[&API_V4, &API_V5])
}

const V4: &str = "https://bss.example.com/tmf-api/productCatalogManagement/v4";
const V5: &str = "https://bss.example.com/tmf-api/productCatalogManagement/v5";

#[test]
fn own_addresses() {
    let links = links();
    assert_eq!(links.href_of(&CATALOG_R4, "42"), format!("{V4}/catalog/42"));
    assert_eq!(
        links.href_of(&OFFERING_R5, "a b/ü:1"),
        format!("{V5}/productOffering/a%20b%2F%C3%BC%3A1")
    );
    assert_eq!(
        links.href_of_version(&OFFERING_R5, "42", Some("2.0 b")),
        format!("{V5}/productOffering/42:(version=2.0%20b)")
    );
}

#[test]
fn a_stored_text_is_rendered_for_each_version() {
    let links = links();
    let stored = r#"{"name":"x","category":[{"id":"1","href":"tollgate:productCatalog/1"},{"href":"http://else/1"}],"productSpecification":{"href":"tollgate:old/a%20b"},"u":{"href":"tollgate:nope/1"},"note":"\"href\":\"tollgate:category/1\""}"#;
    assert_eq!(
        links.render_text(&OFFERING_R4, "42", None, stored),
        format!(
            r#"{{"id":"42","href":"{V4}/productOffering/42","name":"x","category":[{{"id":"1","href":"{V4}/catalog/1"}},{{"href":"http://else/1"}}],"productSpecification":{{"href":"{V4}/old/a%20b"}},"u":{{"href":"tollgate:nope/1"}},"note":"\"href\":\"tollgate:category/1\""}}"#
        )
    );
    let v5 = links.render_text(&OFFERING_R5, "42", Some("1.0"), stored);
    assert!(v5.contains(&format!("{V5}/productCatalog/1")), "{v5}");
    assert!(
        v5.contains(&format!("{V5}/productOffering/42:(version=1.0)")),
        "{v5}"
    );
    assert_eq!(
        links.render_text(&CATEGORY_R5, "q\"\\\n", None, "{}"),
        format!(r#"{{"id":"q\"\\\n","href":"{V5}/category/q%22%5C%0A"}}"#)
    );
    assert_eq!(links.render_text(&CATEGORY_R5, "1", None, "null"), "null");
}

#[test]
fn addresses_that_are_ours() {
    let links = links();
    let rows = [
        (format!("{V4}/catalog/1"), Some(("productCatalog", "1"))),
        (
            format!("{V5}/productOffering/a%20b"),
            Some(("productOffering", "a b")),
        ),
        (
            format!("{V5}/productOffering/42:(version=2.0)"),
            Some(("productOffering", "42")),
        ),
        (
            format!("{V5}/productOfferingPrice/1"),
            Some(("productOfferingPrice", "1")),
        ),
        (
            "/tmf-api/productCatalogManagement/v5/category/1".to_owned(),
            Some(("category", "1")),
        ),
        ("/alias/v5/category/1".to_owned(), Some(("category", "1"))),
        (
            "https://bss.example.com/alias/v5/category/1".to_owned(),
            Some(("category", "1")),
        ),
        ("tollgate:category/1".to_owned(), Some(("category", "1"))),
        ("tollgate:nope/1".to_owned(), None),
        (
            "https://elsewhere.example.com/alias/v5/category/1".to_owned(),
            None,
        ),
        (
            "https://bss.example.com.evil.com/alias/v5/category/1".to_owned(),
            None,
        ),
        (format!("{V5}/category/"), None),
        (format!("{V5}/category"), None),
        (format!("{V5}/category/1/sub"), None),
        (format!("{V5}/category/1?fields=name"), None),
        (format!("{V5}/category/%F"), None),
        (format!("{V5}/category/%FF"), None),
        ("category/1".to_owned(), None),
        (String::new(), None),
    ];
    for (href, expected) in rows {
        let mark = links.mark_of(&href);
        let actual = mark.as_deref().and_then(read_mark);
        let expected = expected.map(|(kind, id)| (kind, id.to_owned()));
        assert_eq!(actual, expected, "{href}");
    }
    assert_eq!(
        links.mark_of(&format!("{V5}/productOffering/42:(version=2.0)")),
        Some("tollgate:productOffering/42:(version=2.0)".to_owned())
    );
    assert_eq!(
        read_mark("tollgate:category/a%20b"),
        Some(("category", "a b".to_owned()))
    );
    assert_eq!(read_mark("https://x/1"), None);
}

#[test]
fn what_is_stored_does_not_depend_on_host_and_version() {
    let links = links();
    let mut sent = json!({
        "href": format!("{V4}/catalog/9"), "hrefs": format!("{V4}/catalog/9"),
        "list": [{"href": format!("{V5}/category/1")}, {"href": "http://else"}, {"href": 5}],
        "deep": {"href": {"href": "/alias/v5/category/2"}}
    });
    links.store_marks(&mut sent);
    assert_eq!(
        sent,
        json!({
            "href": "tollgate:productCatalog/9", "hrefs": format!("{V4}/catalog/9"),
            "list": [{"href": "tollgate:category/1"}, {"href": "http://else"}, {"href": 5}],
            "deep": {"href": {"href": "tollgate:category/2"}}
        })
    );
    links.render_marks(ApiVersion::V5, &mut sent);
    assert_eq!(sent["list"][0]["href"], format!("{V5}/category/1"));
}

#[test]
fn many_unfinished_marks_take_linear_time() {
    let text = format!(
        "{{\"a\":[{}null]}}",
        "{\"href\":\"tollgate:x\"},".repeat(100_000)
    );
    let rendered = links().render_text(&CATEGORY_R5, "1", None, &text);
    assert!(rendered.ends_with("null]}"));
}

fn href() -> impl Strategy<Value = String> {
    prop_oneof![
        (
            "(category|productCatalog|nope|old)",
            "[a-zü/\"\\\\ %:]{0,5}"
        )
            .prop_map(|(kind, id)| format!("tollgate:{kind}/{id}")),
        ("(category|productCatalog)", "\\PC{1,4}").prop_map(|(kind, id)| mark(&kind, &id)),
        "\\PC{0,12}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        href().prop_map(|h| json!({"href": h})),
        href().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            (href(), inner).prop_map(|(h, v)| json!({"href": h, "x\"href\":\"tollgate:": v})),
        ]
    })
}

proptest! {
    #[test]
    fn text_and_value_are_rendered_alike(inner in value(), id in "\\PC{1,6}") {
        let links = links();
        let stored = json!({"name": "n", "v": inner});
        let text = links.render_text(&OFFERING_R4, &id, None, &stored.to_string());
        let value = links.render_value(&OFFERING_R4, &id, None, stored);
        prop_assert_eq!(text, value.to_string());
    }

    #[test]
    fn an_address_leads_back_to_its_resource(id in "\\PC{1,8}") {
        let links = links();
        let href = links.href_of(&CATALOG_R4, &id);
        let mark = links.mark_of(&href).expect("ours");
        prop_assert_eq!(read_mark(&mark), Some(("productCatalog", id.clone())));
        let mut value = json!({"href": mark});
        links.render_marks(ApiVersion::V4, &mut value);
        prop_assert_eq!(value["href"].as_str(), Some(href.as_str()));
    }
}
