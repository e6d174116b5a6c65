//! Many clients at once: nothing is lost, nothing is done twice, nobody waits for ever.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use reqwest::Method;
use serde_json::json;
use tollgate::store::Target;

use crate::support::{Answer, Database, Listener, Setup, TestServer, each_api, each_database, id};

/// Numbers of answers with each of the statuses; no others are allowed.
fn count<const N: usize>(answers: &[Answer], statuses: [u16; N]) -> [usize; N] {
    for answer in answers {
        assert!(statuses.contains(&answer.status), "{answer:?}");
    }
    statuses.map(|status| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    })
}

#[test]
fn of_fifty_conditional_patches_one_wins() {
    each_api(async |api| {
        let made = api
            .post(
                "category",
                &api.typed("category", json!({"name": "Mobile"})),
            )
            .await;
        let (at, tag) = (format!("category/{}", id(&made.json())), made.etag());
        let patches = (0..50).map(|n| {
            let at = at.clone();
            let tag = tag.clone();
            async move {
                let body = json!({"description": format!("by {n}")});
                api.with_header(Method::PATCH, &at, ("If-Match", &tag), &body)
                    .await
            }
        });
        let answers = join_all(patches).await;
        assert_eq!(count(&answers, [200, 412]), [1, 49]);
        let winner = answers
            .into_iter()
            .find(|answer| answer.status == 200)
            .unwrap();
        assert_eq!(api.get(&at).await.json(), winner.json());
    });
}

#[test]
fn patches_without_condition_are_all_applied() {
    each_api(async |api| {
        let at = format!(
            "category/{}",
            id(&api.make("category", json!({"name": "Mobile"})).await)
        );
        let patches = (0..20).map(|n| {
            let at = at.clone();
            async move { api.patch(&at, &json!({ format!("x{n}"): n })).await }
        });
        assert_eq!(count(&join_all(patches).await, [200]), [20]);
        let last = api.get(&at).await.json();
        for n in 0..20 {
            assert_eq!(last[format!("x{n}")], n, "a patch was lost: {last}");
        }
    });
}

#[test]
fn of_twenty_posts_with_one_id_one_wins() {
    each_database(async |database| {
        let server = TestServer::start(database).await;
        let api = server.v5();
        let body = api.typed("category", json!({"id": "mobile", "name": "Mobile"}));
        let answers = join_all((0..20).map(|_| api.post("category", &body))).await;
        assert_eq!(count(&answers, [201, 409]), [1, 19]);
        assert_eq!(api.get("category").await.said("X-Total-Count"), "1");
        server.stop().await;
    });
}

/// Keeps every writer of the server waiting until it is dropped.
enum Hold {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Hold {
    fn writers(database: &Database) -> Self {
        match database.target() {
            Target::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(&path).unwrap();
                conn.batch_execute("BEGIN IMMEDIATE").unwrap();
                Hold::Sqlite(conn)
            }
            Target::Postgres(url) => {
                let mut conn = PgConnection::establish(&url).unwrap();
                conn.batch_execute("BEGIN; LOCK TABLE resource IN SHARE ROW EXCLUSIVE MODE")
                    .unwrap();
                Hold::Postgres(conn)
            }
        }
    }

    fn release(self) {
        match self {
            Hold::Sqlite(mut conn) => conn.batch_execute("ROLLBACK").unwrap(),
            Hold::Postgres(mut conn) => conn.batch_execute("ROLLBACK").unwrap(),
        }
    }
}

#[test]
fn a_saturated_store_says_when_to_come_back() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.config.store.write_queue = 1;
        setup.config.store.batch_max = 1;
        setup.config.store.postgres_writers = 1;
        let server = TestServer::with(setup).await;
        let api = server.v5();
        api.make("category", json!({"name": "before"})).await;
        let body = api.typed("category", json!({"name": "Mobile"}));
        let hold = Hold::writers(database);
        let mut posts: FuturesUnordered<_> = (0..30).map(|_| api.post("category", &body)).collect();
        let answers = async {
            // Nobody can be answered but those who are sent away.
            let mut answers: Vec<Answer> = posts.next().await.into_iter().collect();
            api.get("category").await.must_be(200);
            hold.release();
            answers.extend(posts.collect::<Vec<Answer>>().await);
            answers
        };
        let answers = tokio::time::timeout(Duration::from_secs(30), answers).await;
        let answers = answers.expect("everybody is answered");
        let [made, refused] = count(&answers, [201, 503]);
        assert!(
            made >= 1 && refused >= 1,
            "{made} were made, {refused} were sent away"
        );
        for answer in answers.into_iter().filter(|answer| answer.status == 503) {
            let answer = answer.must_fail(503);
            assert!(answer.said("Retry-After").parse::<u32>().unwrap() >= 1);
        }
        api.post("category", &body).await.must_be(201);
        let total = (made + 2).to_string();
        assert_eq!(
            api.get("category").await.said("X-Total-Count"),
            total,
            "what was refused is not there"
        );
        server.stop().await;
    });
}

/// Nothing that one of several servers knows alone decides anything.
#[test]
fn two_servers_share_a_database() {
    each_database(async |database| {
        let servers = [
            TestServer::start(database).await,
            TestServer::start(database).await,
        ];
        let [one, other] = [servers[0].v5(), servers[1].v5()];
        let both = |n: usize| if n.is_multiple_of(2) { one } else { other };
        let listener = Listener::start().await;
        one.subscribe(&listener.url(), Some("eventType=CategoryCreateEvent"))
            .await;

        let body = one.typed("category", json!({"id": "mobile", "name": "Mobile"}));
        let answers = join_all((0..20).map(|n| both(n).post("category", &body))).await;
        assert_eq!(count(&answers, [201, 409]), [1, 19], "one id");

        let tag = other.get("category/mobile").await.must_be(200).etag();
        let answers = join_all((0..20).map(|n| {
            let body = json!({ "description": n.to_string() });
            let tag = &tag;
            async move {
                both(n)
                    .with_header(Method::PATCH, "category/mobile", ("If-Match", tag), &body)
                    .await
            }
        }));
        assert_eq!(count(&answers.await, [200, 412]), [1, 19], "one revision");

        let body = one.typed("category", json!({"name": "Fixed"}));
        let key = ("Idempotency-Key", "k");
        let answers =
            join_all((0..20).map(|n| both(n).with_header(Method::POST, "category", key, &body)));
        let made: BTreeSet<String> = answers
            .await
            .into_iter()
            .map(|answer| id(&answer.must_be(201).json()))
            .collect();
        assert_eq!(made.len(), 1, "one key");
        for api in [one, other] {
            assert_eq!(api.get("category").await.said("X-Total-Count"), "2");
        }
        tokio::join!(servers[0].drain(), servers[1].drain());
        let told: BTreeSet<String> = listener
            .events()
            .iter()
            .map(|event| id(&event["event"]["category"]))
            .collect();
        assert_eq!(told.len(), 2, "both creations were announced");
        let [first, second] = servers;
        first.stop().await;
        second.stop().await;
    });
}
