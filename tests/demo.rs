//! `tollgate demo` as a process: each of its steps insists on what it gives, and it leaves nothing behind.

use std::process::Command;

use crate::support::{Database, System};

#[test]
fn the_demo_shows_orders_from_beginning_to_end() {
    let Some(database) = Database::fresh(System::Sqlite) else {
        return;
    };
    let folder = database.folder.path();
    let output = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["demo", "--exit", "--listen", "127.0.0.1:0"])
        .current_dir(folder)
        .env("TMPDIR", folder)
        .output()
        .expect("the program runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert_eq!(errors, "", "no warnings");
    for step in 1..=16 {
        assert!(
            text.contains(&format!("\n== {step}. ")),
            "step {step}: {text}"
        );
    }
    for said in [
        "\"Mobile access\" [completed]",
        "\"Activate the optical termination\" [fallout]",
        "the optical line does not light up",
        "\"Managed router\" [waiting]",
        "\"Mobile access\" [undone]",
        "The OSS has no service left of that order.",
        "== Every step gave what it should.",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let left = std::fs::read_dir(folder).expect("the folder");
    let left = left.filter_map(Result::ok).map(|entry| entry.file_name());
    let left: Vec<_> = left
        .filter(|name| name.to_string_lossy().starts_with("tollgate-demo"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
