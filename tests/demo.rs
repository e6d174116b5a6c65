//! `tollgate demo` as a process: each of its steps insists on what it gives, and it leaves nothing behind.

use std::process::Command;

use crate::support::{Database, System};

#[test]
fn the_demo_goes_from_the_offer_to_the_paid_bill() {
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
    for step in 1..=26 {
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
        "From the offer to the paid bill: the chain is whole.",
        "== Every step gave what it should.",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    // Mobile M includes 500 minutes, 300 messages and 20 GB; all prices are net, the tax is 20 %.
    for (usage, costs) in [
        // 130 s of the 500 minutes.
        (
            "voice with +99912000417: price voice-national, 130 s included by minutes-500",
            "0.00 EUR net, 0.00 gross",
        ),
        // 90 s at 0.08 a minute, by the second: 0.12.
        (
            "voice with +4915112345678: price voice-international, zone DE-mobile, 90 s charged",
            "0.12 EUR net, 0.144 gross",
        ),
        (
            "sms with +99912000417: price sms-national, 2 message included by messages-300",
            "0.00 EUR net, 0.00 gross",
        ),
        // 12.5 GB of 20 GB, then 10 GB: 7.5 GB are left of the 20, 2.5 GB cost 2.00 each.
        (
            "data: price data-beyond, 12500000000 byte included by data-20gb",
            "0.00 EUR net, 0.00 gross",
        ),
        (
            "data: price data-beyond, 7500000000 byte included by data-20gb, 2500000000 byte charged",
            "5.00 EUR net, 6.00 gross",
        ),
        // 100 s at 0.39 a minute: 0.65; nothing is included abroad.
        (
            "voice abroad with +99912000417: price voice-abroad, 100 s charged",
            "0.65 EUR net, 0.78 gross",
        ),
        // One minute received at 0.09.
        (
            "voice abroad with +99912000417: price voice-incoming-abroad, 60 s charged",
            "0.09 EUR net, 0.108 gross",
        ),
    ] {
        let told = text.lines().find(|told| told.trim().starts_with(usage));
        let told = told.unwrap_or_else(|| panic!("{usage}: {text}"));
        assert!(told.ends_with(costs), "{told}");
    }
    for said in [
        "\"rated\":6",
        "3 rows, 2 usage, 1 no usage, 0 unreadable; no control totals",
        "2 received: 2 rated, 0 rejected, 0 duplicate, 0 refused",
        "2 received: 0 rated, 0 rejected, 2 duplicate, 0 refused",
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
