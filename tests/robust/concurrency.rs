//! Many clients at once: nothing is lost, nothing is done twice, nobody waits for ever.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use tollgate::store::Target;

use crate::support::{Answer, Database, Setup, TestServer, each_api, each_database, id};

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
        let posts = join_all((0..30).map(|_| api.post("category", &body)));
        let release = async {
            // Reads go on meanwhile, and are what tells that the posts are under way.
            for _ in 0..20 {
                api.get("category").await.must_be(200);
            }
            hold.release();
        };
        let both = async { tokio::join!(posts, release).0 };
        let answers = tokio::time::timeout(Duration::from_secs(20), both)
            .await
            .expect("a hang");
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
