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

/// On whichever database.
#[test]
fn a_seed_does_the_same_again() {
    let digests = std::cell::RefCell::new(Vec::new());
    let again = Database::fresh(System::Sqlite).expect("a database");
    digests.borrow_mut().push(within(simulated(&again)).digest);
    each_database(async |database| {
        let found = simulated(database).await;
        digests.borrow_mut().push(found.digest);
    });
    let digests = digests.into_inner();
    assert!(digests.len() > 1, "{digests:?}");
    assert!(digests.iter().all(|one| *one == digests[0]), "{digests:?}");
}
