//! Random orders against a misbehaving OSS, with people, amendments, cancels and crashes: a short round.
//! `tollgate order simulate` runs long ones.

use std::sync::Mutex;

use tollgate::cli::simulate::{Scenario, simulate};

use crate::support::{Setup, each_database};

#[test]
fn whatever_happens_orders_end_and_nothing_is_left_over() {
    let digests: Mutex<Vec<String>> = Mutex::default();
    each_database(async |database| {
        let scenario = Scenario {
            orders: 8,
            seed: 39,
            crashes: 2,
            faults: 0.05,
            at_once: 1,
        };
        let config = Setup::new(database).config;
        let found = simulate(&config, scenario, &|_| {}).await;
        let found = found.expect("a simulation");
        assert!(found.broken.is_empty(), "{scenario:?}: {:#?}", found.broken);
        assert_eq!(found.crashes, 2);
        assert!(found.cut_off > 0, "no crash found a call under way");
        let completed = found.states.get("completed");
        assert!(completed.is_some_and(|count| *count > 2), "{found:?}");
        for deed in [
            "amendments",
            "cancels",
            "cancels of items",
            "suspended",
            "decisions",
        ] {
            assert!(found.deeds.contains_key(deed), "no {deed}: {found:?}");
        }
        digests.lock().expect("nobody panicked").push(found.digest);
    });
    // A seed does the same again, whatever the database.
    let digests = digests.into_inner().expect("nobody panicked");
    assert!(
        digests.windows(2).all(|two| two[0] == two[1]),
        "{digests:?}"
    );
}
