//! A short round of the simulated year of an operator, with runs that are cut off and repeated. `tollgate bill
//! simulate` runs long ones.

use tollgate::cli::bill::simulate::{Findings, Scenario, simulate};

use crate::support::{Database, Setup, System, each_database, within};

const SCENARIO: Scenario = Scenario {
    subscribers: 30,
    months: 3,
    seed: 1,
    cuts: 1,
};

async fn simulated(database: &Database, scenario: Scenario) -> Findings {
    let config = Setup::new(database).config;
    let found = simulate(&config, scenario, &|_| {}).await;
    found.expect("a simulation")
}

#[test]
fn what_must_hold_does_whatever_happens() {
    each_database(async |database| {
        let found = simulated(database, SCENARIO).await;
        assert!(found.broken.is_empty(), "{SCENARIO:?}: {:#?}", found.broken);
        let deeds = [
            "plan changes",
            "suspensions",
            "resumptions",
            "ends",
            "ends of the past",
            "new products",
            "usage",
            "late usage",
            "accounts rated again",
            "bills on demand",
            "held bills",
            "exact payments",
            "partial payments",
            "payments of too much",
            "disputes",
            "credit notes",
            "cuts",
        ];
        for deed in deeds {
            let count = found.deeds.get(deed).copied().unwrap_or(0);
            assert!(count > 0, "no {deed}: {found:?}");
        }
    });
}

/// Whichever database it is, and wherever runs are cut off.
#[test]
fn a_seed_gives_the_same_bills() {
    let scenario = Scenario {
        subscribers: 12,
        months: 2,
        ..SCENARIO
    };
    let elsewhere = Scenario {
        cuts: 99,
        ..scenario
    };
    let database = Database::fresh(System::Sqlite).expect("a database");
    let first = within(simulated(&database, elsewhere));
    assert_eq!(first.broken, [""; 0]);
    each_database(async |database| {
        let found = simulated(database, scenario).await;
        assert_eq!(found.digest, first.digest);
        assert_eq!(found.deeds.get("bills"), first.deeds.get("bills"));
        assert_ne!(found.deeds.get("cuts"), first.deeds.get("cuts"));
    });
}
