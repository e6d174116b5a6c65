//! Random orders against a misbehaving OSS, with people, amendments, cancels and crashes: a short round.
//! `tollgate order simulate` runs long ones.

use tollgate::cli::simulate::{Findings, Scenario, simulate};

use crate::support::{Database, Setup, System, each_database, within};

const SCENARIO: Scenario = Scenario {
    orders: 8,
    seed: 39,
    crashes: 2,
    faults: 0.05,
    at_once: 1,
};

async fn simulated(database: &Database) -> Findings {
    let config = Setup::new(database).config;
    let found = simulate(&config, SCENARIO, &|_| {}).await;
    found.expect("a simulation")
}

#[test]
fn whatever_happens_orders_end_and_nothing_is_left_over() {
    each_database(async |database| {
        let found = simulated(database).await;
        assert!(found.broken.is_empty(), "{SCENARIO:?}: {:#?}", found.broken);
        assert_eq!(found.crashes, 2);
        assert!(found.cut_off > 0, "no crash found a call under way");
        let completed = found.states.get("completed");
        assert!(completed.is_some_and(|count| *count > 2), "{found:?}");
        let deeds = [
            "amendments",
            "cancels",
            "cancels of items",
            "suspended",
            "decisions",
        ];
        for deed in deeds {
            assert!(found.deeds.contains_key(deed), "no {deed}: {found:?}");
        }
    });
}

/// Between two databases ties may be broken otherwise, so it is the same one twice.
#[test]
fn a_seed_does_the_same_again() {
    let digests = [(); 2].map(|()| {
        let database = Database::fresh(System::Sqlite).expect("a database");
        within(simulated(&database)).digest
    });
    assert_eq!(digests[0], digests[1]);
}
