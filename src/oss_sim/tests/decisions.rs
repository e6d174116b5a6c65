//! The same seed does the same, and rates are kept.

use super::super::fate::{Door, End, Fate, Reply};
use super::super::{Deed, Rates, Script, Settings};

fn settings(seed: u64, share: f64) -> Settings {
    Settings {
        seed,
        delay_ms: 5..=20,
        rates: Rates::all(share),
        ..Settings::default()
    }
}

fn drawn(settings: &Settings, n: usize) -> Fate {
    Fate::drawn(settings, &format!("{n}.1.node"), 0)
}

#[test]
fn the_same_seed_decides_the_same() {
    let (one, two) = (settings(1, 0.3), settings(2, 0.3));
    let all = |settings: &Settings| (0..200).map(|n| drawn(settings, n)).collect::<Vec<_>>();
    assert_eq!(all(&one), all(&one));
    assert_ne!(all(&one), all(&two));
}

#[test]
fn rates_are_kept() {
    let settings = settings(7, 0.2);
    let share =
        |is: &dyn Fn(&Fate) -> bool| (0..5_000).filter(|n| is(&drawn(&settings, *n))).count();
    let about = |count: usize, expected: usize| {
        assert!(
            count.abs_diff(expected) < 120,
            "{count}, not about {expected}"
        );
    };
    about(share(&|f| matches!(f.door, Door::Refused { .. })), 1_000);
    about(share(&|f| f.door == Door::Unavailable), 800);
    about(share(&|f| f.reply == Reply::Lost), 1_000);
    about(share(&|f| !f.calls), 1_000);
    about(share(&|f| f.copies > 1), 1_000);
    // A third of the lies makes an order fail as well, a third makes it succeed.
    about(share(&|f| f.end != End::Completed), 1_267);
    about(share(&|f| f.behind > 0), 1_000);
    about(share(&|f| f.forged), 1_000);
    about(share(&|f| f.refuses_cancel), 1_000);
    about(share(&|f| f.delays[1] > 20), 1_000);
    assert!((0..500).all(|n| (5..=20).contains(&drawn(&settings, n).delays[0])));
    let late = (0..500)
        .filter(|n| drawn(&settings, *n).delays[0] == 20)
        .count();
    assert!(late > 5, "the ends of the range come up: {late}");
}

#[test]
fn never_is_never_and_always_is_always() {
    for n in 0..500 {
        let good = drawn(&settings(3, 0.0), n);
        assert_eq!(
            (good.door, good.reply, good.end),
            (Door::Open, Reply::Normal, End::Completed)
        );
        assert!(good.calls && good.lie.is_none() && !good.reordered);
        let bad = drawn(&settings(3, 1.0), n);
        assert!(matches!(bad.door, Door::Refused { .. }) && !bad.calls && bad.lie.is_some());
    }
}

#[test]
fn another_attempt_meets_another_door() {
    let rates = Rates {
        unavailable: 0.5,
        ..Rates::default()
    };
    let settings = Settings {
        rates,
        ..Settings::default()
    };
    let doors: Vec<Door> = (0..64)
        .map(|attempt| Fate::drawn(&settings, "a", attempt).door)
        .collect();
    assert!(doors.contains(&Door::Open) && doors.contains(&Door::Unavailable));
    let ends = (0..64).map(|attempt| Fate::drawn(&settings, "a", attempt).delays);
    assert_eq!(ends.collect::<std::collections::HashSet<_>>().len(), 1);
}

#[test]
fn scripts_are_read_and_matched() {
    let script: Script = serde_json::from_str(r#"{"match":"7.1","do":"lieAboutState","times":2}"#)
        .expect("a script");
    assert_eq!(script, Script::new("7.1", Deed::LieAboutState).times(2));
    assert!(script.matches("7.1.sim", &[]));
    assert!(!script.matches("8.1.sim", &["mobile".to_owned()]));
    assert!(Script::new("mobile", Deed::Work).matches("8.1.sim", &["mobile".to_owned()]));
    assert!(serde_json::from_str::<Script>(r#"{"match":"a","do":"explode"}"#).is_err());
    assert!(serde_json::from_str::<Script>(r#"{"match":"a","do":"work","time":1}"#).is_err());
}
