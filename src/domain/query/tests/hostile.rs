//! Input made to hurt: each is refused or answered quickly, never by a panic.

use super::*;
use crate::domain::problem::Code;

#[test]
fn deep_nesting_is_refused() {
    let encoded = |text: &str| format!("filter={text}");
    for text in [
        format!("$[?{}@.name{}]", "(".repeat(4_000), ")".repeat(4_000)),
        format!("$[?{}", "(".repeat(8_000)),
        format!("$[?{}@.name]", "!".repeat(8_000)),
        format!("$[?({}", "@.extra[?(".repeat(700)),
        "[".repeat(8_000),
        format!("$[?({}", "!(".repeat(4_000)),
    ] {
        let problem = refused(&encoded(&text));
        assert_eq!(
            problem.code,
            Code::InvalidQuery,
            "{}",
            text.chars().take(20).collect::<String>()
        );
        assert!(problem.message.len() < 300, "{problem}");
    }
    let ten_thousand = format!(
        "filter=$[?{}@.name{}]",
        "(".repeat(10_000),
        ")".repeat(10_000)
    );
    assert_eq!(refused(&ten_thousand).code, Code::InvalidQuery);
}

#[test]
fn large_queries_are_refused() {
    let long = format!("name={}", "x".repeat(40_000));
    assert!(refused(&long).message.contains("longer"), "long");
    let many = format!("limit.in={}", "1,".repeat(1_001));
    assert!(refused(&many).message.contains("values"), "many values");
    let patterns = "name.regex=a&".repeat(21);
    assert!(refused(&patterns).message.contains("patterns"), "patterns");
    let fields = format!("fields={}", "a,".repeat(201));
    assert_eq!(refused(&fields).violations[0].path, "fields");
    let deep = format!("fields={}x", "a.".repeat(20));
    assert_eq!(refused(&deep).violations[0].path, "fields");
    let sort = "sort=name,limit,in,version,weight,id,href,description,tag";
    assert_eq!(refused(sort).violations[0].path, "sort");
    let name = format!("{}=x", "é".repeat(5_000));
    assert!(refused(&name).message.len() < 600, "names are shortened");
}

#[test]
fn costly_expressions_are_refused() {
    for pattern in [
        "a{1000}{1000}".to_owned(),
        "(((a{100}){100}){100})".to_owned(),
        "\\w{1000}{100}".to_owned(),
        "(".repeat(200) + &")".repeat(200),
        "a".repeat(1_001),
        "(?=look)".to_owned(),
        "[".to_owned(),
    ] {
        let encoded: String = pattern.bytes().map(|b| format!("%{b:02X}")).collect();
        let problem = refused(&format!("name.regex={encoded}"));
        assert_eq!(problem.code, Code::InvalidQuery, "{problem}");
        assert!(problem.message.len() < 500, "{problem}");
    }
}

#[test]
fn backtracking_bombs_are_linear() {
    let doc = json!({"name": "a".repeat(100_000)});
    assert!(!filter("name.regex=%5E(a%2B)%2B%24b").matches(&doc));
    assert!(!filter("name.like=%25a%25a%25a%25a%25a%25a%25b").matches(&doc));
}

#[test]
fn text_is_only_ever_a_value() {
    let doc = offering();
    for query in [
        "name='%20OR%20'1'='1",
        "name=%27;DROP%20TABLE%20resource;--",
        "name=%00",
    ] {
        if let Ok(request) = parse_list(query, &model::OFFERING) {
            assert!(!request.filter.expect("a filter").matches(&doc), "{query}");
        }
    }
}
