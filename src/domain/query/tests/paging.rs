//! Order, offsets and links.

use super::*;

fn keys(query: &str) -> Vec<(String, bool)> {
    parse_list(query, &model::OFFERING)
        .expect(query)
        .sort
        .into_iter()
        .map(|k| (k.path.dotted().to_owned(), k.descending))
        .collect()
}

#[test]
fn sort_signs() {
    for (query, expected) in [
        ("sort=name", vec![("name", false)]),
        ("sort=+name", vec![("name", false)]),
        ("sort=%2Bname", vec![("name", false)]),
        ("sort=%20name", vec![("name", false)]),
        ("sort=-name", vec![("name", true)]),
        (
            "sort=-name,+lastUpdate,validFor.startDateTime",
            vec![
                ("name", true),
                ("lastUpdate", false),
                ("validFor.startDateTime", false),
            ],
        ),
        (
            "sort=-name%2C-lastUpdate",
            vec![("name", true), ("lastUpdate", true)],
        ),
        (
            "sort=name&sort=-limit",
            vec![("name", false), ("limit", true)],
        ),
        ("sort=name,-name", vec![("name", false)]),
        ("sort=", vec![]),
        ("sort=extra.deep", vec![("extra.deep", false)]),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(n, d)| (n.to_owned(), d))
            .collect();
        assert_eq!(keys(query), expected, "{query}");
    }
    let v4 = parse_list("sort=party.name", &model::OFFERING_V4).expect("good");
    assert_eq!(
        v4.sort[0].path.dotted(),
        "relatedParty.partyOrPartyRole.name"
    );
}

#[test]
fn sort_keys_order_documents() {
    let sorted = |query: &str, docs: &[Value]| {
        let key = parse_list(query, &model::OFFERING)
            .expect(query)
            .sort
            .remove(0);
        let mut docs = docs.to_vec();
        docs.sort_by_key(|d| key.key(d));
        docs
    };
    let limits = [
        json!({"limit": -5}),
        json!({"limit": 9}),
        json!({"limit": 10}),
    ];
    let shuffled = [
        limits[2].clone(),
        json!({}),
        limits[0].clone(),
        limits[1].clone(),
    ];
    assert_eq!(sorted("sort=limit", &shuffled)[1..], limits);
    assert_eq!(sorted("sort=limit", &shuffled)[0], json!({}));
    let dates = [
        json!({"lastUpdate": "2024-05-01T10:00:00+05:00"}),
        json!({"lastUpdate": "2024-05-01T06:00:00Z"}),
    ];
    assert_eq!(
        sorted("sort=lastUpdate", &[dates[1].clone(), dates[0].clone()]),
        dates
    );
    let arrays = [json!({"tag": ["z", "a"]}), json!({"tag": ["b"]})];
    assert_eq!(
        sorted("sort=tag", &[arrays[1].clone(), arrays[0].clone()]),
        arrays
    );
    let mixed = [
        json!({"extra": {"a": false}}),
        json!({"extra": {"a": 10}}),
        json!({"extra": {"a": "1"}}),
    ];
    assert_eq!(
        sorted(
            "sort=extra.a",
            &[mixed[2].clone(), mixed[1].clone(), mixed[0].clone()]
        ),
        mixed
    );
}

#[test]
fn offset_links() {
    let links = |offset, limit, total, raw: &str| {
        let paging = Paging::Offset {
            offset,
            limit,
            total,
            more: true,
        };
        page_links("/o", raw, &paging)
    };
    assert_eq!(
        links(20, 10, Some(45), "a=%3E1&limit=10&sort=-x;b=2&offset=20"),
        "</o?a=%3E1&limit=10&sort=-x;b=2&offset=20>; rel=\"self\", \
         </o?a=%3E1&sort=-x;b=2&offset=0&limit=10>; rel=\"first\", \
         </o?a=%3E1&sort=-x;b=2&offset=30&limit=10>; rel=\"next\", \
         </o?a=%3E1&sort=-x;b=2&offset=10&limit=10>; rel=\"prev\", \
         </o?a=%3E1&sort=-x;b=2&offset=40&limit=10>; rel=\"last\""
    );
    let first = links(0, 10, Some(5), "");
    assert!(
        first.starts_with("</o>; rel=\"self\", </o?offset=0&limit=10>; rel=\"first\""),
        "{first}"
    );
    assert!(
        !first.contains("next") && !first.contains("prev"),
        "{first}"
    );
    let beyond = links(100, 10, Some(45), "");
    assert!(
        beyond.contains("</o?offset=40&limit=10>; rel=\"prev\""),
        "{beyond}"
    );
    let unknown = links(5, 10, None, "");
    assert!(
        unknown.contains("offset=15&limit=10>; rel=\"next\""),
        "{unknown}"
    );
    assert!(
        unknown.contains("offset=0&limit=10>; rel=\"prev\"") && !unknown.contains("last"),
        "{unknown}"
    );
    assert_eq!(
        links(0, 0, Some(5), "limit=0"),
        "</o?limit=0>; rel=\"self\""
    );
    let end = links(u64::MAX, u64::MAX, Some(u64::MAX), "");
    assert!(end.contains("prev"), "{end}");
}

#[test]
fn cursor_links() {
    let paging = Paging::Cursor {
        limit: Some(5),
        next: Some("a/b=="),
        prev: Some("c"),
    };
    assert_eq!(
        page_links("/o", "after=x&limit.eq=5&limit=5&%6Fffset=1", &paging),
        "</o?after=x&limit.eq=5&limit=5&%6Fffset=1>; rel=\"self\", \
         </o?limit.eq=5&limit=5>; rel=\"first\", \
         </o?limit.eq=5&limit=5&after=a%2Fb%3D%3D>; rel=\"next\", \
         </o?limit.eq=5&limit=5&before=c>; rel=\"prev\""
    );
    let bare = Paging::Cursor {
        limit: None,
        next: None,
        prev: None,
    };
    assert_eq!(
        page_links("/o", "", &bare),
        "</o>; rel=\"self\", </o>; rel=\"first\""
    );
}

#[test]
fn links_cannot_be_broken_by_the_query() {
    let paging = Paging::Cursor {
        limit: None,
        next: Some("n"),
        prev: None,
    };
    let links = page_links("/o", "a>1&b=\"x\">; rel=\"evil\"&c=é\r\nX: y", &paging);
    assert!(links.is_ascii() && !links.contains(['\r', '\n']), "{links}");
    assert_eq!(links.matches('>').count(), 3, "{links}");
    assert_eq!(links.matches('"').count(), 6, "{links}");
}
