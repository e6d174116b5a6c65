//! `[state_machine.KIND]` in a file.

use super::super::{Inputs, machines, resolve};
use super::{Source, defaults, from_environment, from_file};
use crate::domain::mode::Mode;

#[test]
fn without_a_word_there_are_ours() {
    let machines = machines(&defaults().config).expect("ours");
    let offering = machines.of("productOffering").expect("a machine");
    assert_eq!(offering.default_state(), "In Study");
}

#[test]
fn a_section_changes_a_machine() {
    let text = "listen = '127.0.0.1:1'
[validation]
lifecycle = 'off'
[state_machine.category]
mode = 'warn'
default = 'Active'
[state_machine.category.moves]
\"In Test\" = ['Active', 'Rejected', 'In Design']
";
    let loaded = resolve(from_file(text)).expect("usable");
    let machines = machines(&loaded.config).expect("usable");
    let category = machines.of("category").expect("a machine");
    assert_eq!(
        (category.default_state(), category.mode()),
        ("Active", Mode::Warn)
    );
    category
        .check_move("In Test", "In Design")
        .expect("a move of its own");
    let other = machines.of("productOffering").expect("a machine");
    assert_eq!(
        (other.default_state(), other.mode()),
        ("In Study", Mode::Off)
    );
    assert!(other.check_move("In Test", "In Design").is_err());

    let given: Vec<(&str, String)> = loaded.given().map(|(key, value, _)| (key, value)).collect();
    assert!(given.contains(&("state_machine.category.default", "\"Active\"".to_owned())));
    assert!(
        given
            .iter()
            .any(|(key, _)| *key == "state_machine.category.moves.In Test"),
        "{given:?}"
    );
    let Source::File { line, .. } = loaded.source("state_machine.category.default") else {
        panic!("it stands in the file");
    };
    assert_eq!(line, 6);
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (text, parts) in [
        (
            "[state_machine.category]\n\ndefault = 'Nowhere'",
            &[
                "own.toml, line 3",
                "`state_machine.category.default`",
                "`Nowhere`",
            ][..],
        ),
        (
            "[state_machine.category]\nmoves.Active = ['Launchd']",
            &[
                "line 2",
                "`state_machine.category.moves.Active`",
                "`Launchd`",
            ],
        ),
        (
            "[state_machine.category]\nmodes = 'warn'",
            &[
                "line 2",
                "`state_machine.category.modes`",
                "did you mean `mode`",
            ],
        ),
        (
            "[state_machine.category]\ncolour = 'red'",
            &[
                "is not a setting of a state machine",
                "attribute, states, default",
            ],
        ),
        (
            "[state_machine.category]\nmode = 'loud'",
            &["line 2", "`state_machine.category.mode` has", "`strict`"],
        ),
        (
            "[state_machine.category]\nstates = 'Active'",
            &["`state_machine.category.states` has invalid type"],
        ),
        // What is missing is missing in the section.
        (
            "migrate = true\n[state_machine.category]\ninitial = []\nstates = ['a']",
            &["line 3", "`state_machine.category.initial`", "is missing"],
        ),
        (
            "\n[state_machine.productOffring]\nstates = ['a']",
            &[
                "line 2",
                "`state_machine.productOffring.attribute` is missing",
            ],
        ),
        (
            "[state_machine.cutomer]\nattribute = 'status'\nstates = ['a']\ndefault = 'a'\ninitial = ['a']",
            &["line 1", "`state_machine.cutomer` names no kind"],
        ),
        (
            "[state_machine.exportJob]\nmode = 'off'",
            &["line 1", "`state_machine.exportJob`", "cannot be changed"],
        ),
        (
            "state_machine = 1",
            &["line 1", "`state_machine` is a section"],
        ),
        (
            "[state_machine]\ncategory = 1",
            &["line 2", "`state_machine.category` is a section"],
        ),
        (
            "[state_machines.category]\nmode = 'off'",
            &["did you mean `state_machine`"],
        ),
    ] {
        let error = resolve(from_file(text)).expect_err(text).to_string();
        for part in parts {
            assert!(error.contains(part), "`{part}` is missing in `{error}`");
        }
    }
}

#[test]
fn the_environment_has_no_machines() {
    let inputs: Inputs = from_environment(&[("TOLLGATE_STATE_MACHINE__CATEGORY__MODE", "off")]);
    let error = resolve(inputs).expect_err("no such variable").to_string();
    assert!(error.contains("names no setting"), "{error}");
}
