//! Paging by offset and by cursor (TMF630 part 1, 4.5).

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{Answer, Api, Setup, TestServer, each_api, each_database, id, names};

async fn fill(api: Api<'_>, count: usize) {
    for n in 0..count {
        let body =
            json!({"name": format!("n{n:02}"), "description": format!("d{:02}", n * 7 % count)});
        api.make("productOffering", body).await;
    }
}

/// Status, total, number of items.
fn shape(answer: &Answer) -> (u16, &str, &str) {
    (
        answer.status,
        answer.said("X-Total-Count"),
        answer.said("X-Result-Count"),
    )
}

#[test]
fn a_part_is_206_and_says_how_much_there_is() {
    each_api(async |api| {
        fill(api, 25).await;
        for (query, status, count, relations) in [
            ("", 200, "25", ""),
            ("?limit=10", 206, "10", "first next last"),
            ("?offset=10&limit=10", 206, "10", "first next prev last"),
            ("?offset=20&limit=10", 206, "5", "first prev last"),
            ("?offset=3", 206, "22", "first prev last"),
            ("?limit=25", 200, "25", "first last"),
            ("?limit=1000", 200, "25", "first last"),
            ("?limit=0", 206, "0", ""),
            ("?offset=100&limit=10", 206, "0", "first prev last"),
            ("?offset=100", 206, "0", "first prev last"),
        ] {
            let answer = api.get(&format!("productOffering{query}")).await;
            assert_eq!(shape(&answer), (status, "25", count), "{query}");
            for relation in ["first", "next", "prev", "last"] {
                let expected = relations.contains(relation);
                assert_eq!(
                    answer.link(relation).is_some(),
                    expected,
                    "{query}: {relation}"
                );
            }
        }
        for query in [
            "limit=-1",
            "offset=x",
            "limit=1.5",
            "limit=99999999999999999999",
            "limit=1&limit=2",
        ] {
            api.get(&format!("productOffering?{query}"))
                .await
                .must_fail(400);
        }
    });
}

/// Follows `next` from a URL to the end; all names in order.
async fn follow(api: Api<'_>, first: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut url = Some(api.url(first));
    while let Some(at) = url {
        let page = get(api, &at).await;
        found.extend(names(&page.json()));
        url = page.link("next");
    }
    found
}

async fn get(api: Api<'_>, url: &str) -> Answer {
    let rest = url
        .strip_prefix(&api.url(""))
        .expect("a link to this server");
    let answer = api.get(rest).await;
    assert!(
        [200, 206].contains(&answer.status),
        "{url}: {}",
        answer.body
    );
    answer
}

#[test]
fn links_keep_the_query_and_lead_through_the_whole_list() {
    each_api(async |api| {
        fill(api, 25).await;
        let query = "productOffering?name.startswith=n1&fields=name&limit=4";
        assert_eq!(
            follow(api, query).await,
            (10..20).map(|n| format!("n{n}")).collect::<Vec<_>>()
        );
        let page = api.get(query).await;
        for relation in ["first", "next", "last"] {
            let link = page.link(relation).unwrap();
            assert!(
                link.contains("name.startswith=n1") && link.contains("fields=name"),
                "{link}"
            );
        }
        let last = get(api, &page.link("last").unwrap()).await;
        assert_eq!(names(&last.json()), ["n18", "n19"]);
        let before_last = get(api, &last.link("prev").unwrap()).await;
        assert_eq!(names(&before_last.json()), ["n14", "n15", "n16", "n17"]);

        for sort in ["-name", "description", "description,name"] {
            let all = names(
                &api.get(&format!("productOffering?sort={sort}"))
                    .await
                    .json(),
            );
            let walked = follow(api, &format!("productOffering?sort={sort}&limit=7")).await;
            assert_eq!(walked, all, "sort={sort}");
        }
    });
}

#[test]
fn an_operator_limits_lists() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.config.limits.page_default = 10;
        setup.config.limits.page_max = 15;
        let server = TestServer::with(setup).await;
        let api = server.v5();
        fill(api, 20).await;
        // Nobody asked for a part, so it is 200; the link tells that there is more.
        let plain = api.get("productOffering").await;
        assert_eq!(shape(&plain), (200, "20", "10"));
        assert!(plain.link("next").is_some());
        assert_eq!(
            shape(&api.get("productOffering?limit=1000").await),
            (206, "20", "15")
        );
        assert_eq!(follow(api, "productOffering").await.len(), 20);
        server.stop().await;
    });
}

/// Walks by cursor while others write. Everything that was there all the time is met exactly once,
/// and nothing twice.
async fn walk_under_writes(api: Api<'_>, sort: &str) {
    let all = api.get("productOffering?fields=name").await.json();
    let ids: Vec<(String, String)> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|o| (o["name"].as_str().unwrap().to_owned(), id(o)))
        .collect();
    let mut stays: BTreeSet<String> = ids.iter().map(|(name, _)| name.clone()).collect();
    let mut url = Some(api.url(&format!("productOffering?limit=5&after=&sort={sort}")));
    let mut met: Vec<String> = Vec::new();
    let mut round = 0;
    while let Some(at) = url {
        let page = get(api, &at).await;
        met.extend(names(&page.json()));
        url = page.link("next");
        round += 1;
        assert!(round < 20, "the walk does not end");
        // One goes and one comes, at the begin of the order and at its end.
        let (name, gone) = &ids[round];
        api.delete(&format!("productOffering/{gone}"))
            .await
            .must_be(204);
        stays.remove(name);
        for edge in ["a", "z"] {
            let body = json!({"name": format!("{edge}{sort}{round}"), "description": edge});
            if round < 6 {
                api.make("productOffering", body).await;
            }
        }
    }
    let once: BTreeSet<String> = met.iter().cloned().collect();
    assert_eq!(
        once.len(),
        met.len(),
        "sort={sort}: something came twice in {met:?}"
    );
    let missed: Vec<_> = stays.difference(&once).collect();
    assert!(
        missed.is_empty(),
        "sort={sort}: {missed:?} was missed by {met:?}"
    );
}

#[test]
fn a_walk_by_cursor_is_not_disturbed_by_writes() {
    each_api(async |api| {
        fill(api, 24).await;
        for sort in ["", "name", "-name", "description"] {
            walk_under_writes(api, sort).await;
        }
    });
}

#[test]
fn a_walk_by_cursor_goes_back_too() {
    each_api(async |api| {
        fill(api, 12).await;
        for sort in ["", "name", "-name", "-description,name"] {
            let all = names(
                &api.get(&format!("productOffering?sort={sort}"))
                    .await
                    .json(),
            );
            let start = api.url(&format!("productOffering?sort={sort}&limit=5&after="));
            let second = get(api, &get(api, &start).await.link("next").unwrap()).await;
            let third = get(api, &second.link("next").unwrap()).await;
            assert_eq!(names(&third.json()), all[10..], "sort={sort}");
            assert!(third.link("next").is_none());
            let back = get(api, &third.link("prev").unwrap()).await;
            assert_eq!(names(&back.json()), all[5..10], "sort={sort}");
            let first = get(api, &back.link("prev").unwrap()).await;
            assert_eq!(names(&first.json()), all[..5], "sort={sort}");
            assert!(first.link("prev").is_none(), "sort={sort}");
        }
        for query in ["after=xyz", "before=", "after=&offset=3", "after=&before=x"] {
            api.get(&format!("productOffering?{query}"))
                .await
                .must_fail(400);
        }
        let page = api.get("productOffering?limit=5&after=&sort=name").await;
        let other_order = page
            .link("next")
            .unwrap()
            .replace("sort=name", "sort=-name");
        let rest = other_order.strip_prefix(&api.url("")).unwrap();
        api.get(rest).await.must_fail(400);
    });
}
