//! Random orders against a misbehaving OSS, with people, amendments, cancels and crashes: a short round.
//! `tollgate order simulate` runs long ones.

use tollgate::cli::simulate::{Scenario, simulate};

use crate::support::{Setup, System, each_database};

#[test]
fn whatever_happens_orders_end_and_nothing_is_left_over() {
    each_database(async |database| {
        let scenario = Scenario {
            orders: match database.system {
                System::Sqlite => 60,
                System::Postgres => 30,
            },
            seed: 1,
            crashes: 3,
            faults: 0.05,
        };
        let config = Setup::new(database).config;
        let found = simulate(&config, scenario, &|_, _| {}).await;
        let found = found.expect("a simulation");
        assert!(found.broken.is_empty(), "{scenario:?}: {:#?}", found.broken);
        assert_eq!(found.crashes, 3);
        assert!(
            found
                .states
                .get("completed")
                .is_some_and(|count| *count > 5)
        );
        assert!(found.cancels > 0 && found.acts > 0, "{found:?}");
    });
}
