//! Many sessions on one allowance, rated by several processes at once: not a unit is lost or given twice.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tollgate::charging::Owner;

use super::plan::{call, line, offer, stream};
use crate::support::{Setup, TestServer, each_database};

const SESSIONS: u64 = 64;
const ROUNDS: u64 = 100;
/// Threads of each of two servers.
const THREADS: usize = 4;

/// A part of a session of ten seconds.
fn part(session: u64, round: u64) -> Value {
    let mut usage = call(
        &format!("s{session}"),
        &format!("49170{session:03}"),
        "2026-03-02T09:00:00Z",
        10,
    );
    let list = usage["usageCharacteristic"].as_array_mut().expect("a list");
    list.push(json!({ "name": "partialSequence", "value": round + 1 }));
    list.push(json!({ "name": "lastPartial", "value": round + 1 == ROUNDS }));
    usage
}

#[test]
fn a_shared_allowance_is_exact_to_the_last_unit() {
    each_database(async |database| {
        let mut servers = Vec::new();
        for _ in 0..2 {
            let mut setup = Setup::new(database);
            setup.config.rating.threads = THREADS;
            servers.push(TestServer::with(setup).await);
        }
        let first = &servers[0];
        offer(first).await;
        let price = json!({ "@type": "ProductOfferingPrice", "unitOfMeasure": { "amount": 10_000_000, "units": "s" } });
        first
            .v5()
            .patch("productOfferingPrice/included", &price)
            .await
            .must_be(200);
        for session in 0..SESSIONS {
            line(
                first,
                &format!("p{session}"),
                &format!("49170{session:03}"),
                Some("acme"),
            )
            .await;
        }
        for server in &servers {
            server.parts().book.look().expect("prices are seen");
        }
        for round in 0..ROUNDS {
            // Each session sends its part to one of the two, one time here and one time there.
            let parts = |half: u64| -> Vec<Value> {
                let own = (0..SESSIONS).filter(move |session| (session + round) % 2 == half);
                own.map(|session| part(session, round)).collect()
            };
            let (ours, theirs) = (parts(0), parts(1));
            let streams = [(first, &ours), (&servers[1], &theirs)];
            let answers = join_all(streams.map(|(server, parts)| stream(server, parts))).await;
            for answer in answers {
                assert_eq!(answer["rated"], SESSIONS / 2, "round {round}: {answer}");
            }
            // Whole minutes of each session are taken.
            let used = SESSIONS * ((round + 1) * 10).next_multiple_of(60);
            let states = first
                .parts()
                .engine
                .store
                .read_blocking(|session| session.charging_states(1, &["a:acme".to_owned()]));
            let owner = Owner::read(&states.expect("a state")[0].2).expect("an owner");
            let taken: u64 = owner.buckets.iter().map(|held| held.used).sum();
            assert_eq!(taken, used, "round {round}");
        }
        for server in servers {
            server.stop().await;
        }
    });
}
