//! Aging and journal.

use std::process::Command;

use serde_json::{Value, json};

use super::plan::{REFUNDS, TICKETS, account, bill, items, make, paid, patch, pay, payment, read};
use crate::support::{Setup, TestServer, each_database, id};

const TWO: &[(&str, &str, &str)] = &[("10.00", "19", "1.90"), ("20.00", "7", "1.40")];

/// Two accounts with all that can happen, on the first of January 2030.
async fn year(server: &TestServer) {
    account(server, "a").await;
    account(server, "b").await;
    bill(server, "now", "a", "2030-01-10T00:00:00Z", TWO).await;
    bill(server, "late", "a", "2029-12-15T00:00:00Z", TWO).await;
    bill(server, "later", "a", "2029-11-15T00:00:00Z", TWO).await;
    bill(server, "old", "b", "2029-09-15T00:00:00Z", TWO).await;
    let part = items(&[("old", None)]);
    pay(server, "p1", "b", "13.30", part).await;
    let ticket = json!({ "ticketType": "billingDispute", "severity": "Major", "description": "No.",
        "relatedEntity": [{ "role": "disputed", "id": "late", "@referredType": "CustomerBill" }] });
    let made = make(server, TICKETS[0], &ticket).await;
    let accepted = json!({ "status": "resolved", "disputeDecision": { "decision": "accepted" } });
    let at = format!("{}/{}", TICKETS[0], id(&made));
    patch(server, &at, &accepted).await.must_be(200);
    let second = json!({ "ticketType": "billingDispute", "severity": "Major", "description": "No.",
        "relatedEntity": [{ "role": "disputed", "id": "later", "@referredType": "CustomerBill" }] });
    make(server, TICKETS[0], &second).await;
    let mut write_off = items(&[("now", Some("3.30"))]);
    write_off["paymentMethod"] = json!({ "@type": "writeOff" });
    pay(server, "w1", "a", "3.30", write_off).await;
    let back = payment(
        "r1",
        "b",
        "3.30",
        json!({ "payment": { "id": id(&paid(server, "p1").await) } }),
    );
    make(server, REFUNDS, &back).await;
}

/// One line for each posting of each entry.
fn postings(journal: &str) -> Vec<String> {
    let mut shown = Vec::new();
    for line in journal.lines() {
        let entry: Value = serde_json::from_str(line).expect("an entry");
        let (mut debit, mut credit) = (0, 0);
        for posting in entry["posting"].as_array().expect("postings") {
            let cents = |name: &str| match &posting[name] {
                Value::Null => 0,
                value => value.to_string().replace('.', "").parse::<i64>().unwrap(),
            };
            debit += cents("debit");
            credit += cents("credit");
            let rate = match &posting["taxRate"] {
                Value::Null => String::new(),
                rate => format!(" {rate}"),
            };
            let side = if posting["debit"].is_null() {
                "credit"
            } else {
                "debit"
            };
            shown.push(format!(
                "{} {side} {}{rate} {}",
                entry["kind"].as_str().unwrap(),
                posting["account"].as_str().unwrap(),
                posting[side]
            ));
        }
        assert_eq!(debit, credit, "{line}");
    }
    shown
}

#[test]
fn debts_are_told_by_age_and_everything_is_in_the_journal() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.standing_clock();
        let server = &TestServer::with(setup).await;
        year(server).await;

        let report = read(server, "/tollgate/v1/aging").await;
        let shown = |row: &Value| {
            let names = [
                "current",
                "1-30",
                "31-60",
                "61-90",
                "90+",
                "total",
                "disputed",
                "onAccount",
            ];
            let amounts: Vec<String> = names.iter().map(|name| row[*name].to_string()).collect();
            format!(
                "{} {} {}",
                row["billingAccount"]["id"],
                amounts.join(" "),
                row["bills"]
            )
        };
        let rows: Vec<String> = report["account"]
            .as_array()
            .unwrap()
            .iter()
            .map(shown)
            .collect();
        assert_eq!(
            rows,
            [
                r#""a" 30.00 0.00 33.30 0.00 0.00 63.30 33.30 0.00 2"#,
                r#""b" 0.00 0.00 0.00 0.00 23.30 23.30 0.00 0.00 1"#,
            ]
        );
        assert_eq!(
            shown(&report["total"][0]),
            "null 30.00 0.00 33.30 0.00 23.30 86.60 33.30 0.00 3"
        );
        let of_b = read(
            server,
            "/tollgate/v1/aging?billingAccount.id=b&at=2029-09-20T00:00:00Z",
        )
        .await;
        assert_eq!(of_b["account"][0]["1-30"].to_string(), "23.30");
        server
            .get("/tollgate/v1/aging?timeZone=Atlantis")
            .await
            .must_fail(400);

        let path = "/tollgate/v1/journal?from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z";
        let journal = server.get(path).await.must_be(200).body;
        let again = server.get(path).await.must_be(200).body;
        assert_eq!(journal, again);
        let bill = [
            "bill debit receivable 33.30",
            "bill credit revenue 30.00",
            "bill credit taxPayable 7 1.40",
            "bill credit taxPayable 19 1.90",
        ];
        let mut expected: Vec<&str> = [bill; 4].concat();
        expected.extend([
            "creditNote credit receivable 33.30",
            "creditNote debit revenue 30.00",
            "creditNote debit taxPayable 7 1.40",
            "creditNote debit taxPayable 19 1.90",
            "payment debit cash 13.30",
            "payment credit receivable 13.30",
            "writeOff debit badDebt 3.30",
            "writeOff credit receivable 3.30",
            "refund debit receivable 3.30",
            "refund credit cash 3.30",
        ]);
        assert_eq!(postings(&journal), expected);
        let before = "/tollgate/v1/journal?from=2029-01-01T00:00:00Z&to=2030-01-01T00:00:00Z";
        assert_eq!(server.get(before).await.must_be(200).body, "");
        server
            .get("/tollgate/v1/journal?from=tomorrow")
            .await
            .must_fail(400);
        let of_b = server
            .get(&format!("{path}&billingAccount.id=b&format=csv"))
            .await;
        let rows = of_b.must_be(200).body;
        // The bill's four postings, two of the payment and two of the refund, below the names.
        assert_eq!(rows.lines().count(), 1 + 4 + 2 + 2, "{rows}");

        commands(&database.url, &journal).await;
    });
}

/// The commands say the same.
async fn commands(database: &str, journal: &str) {
    let run = async |line: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command
            .arg("bill")
            .args(line)
            .args(["--database", database]);
        let ran = tokio::task::spawn_blocking(move || command.output());
        let ran = ran.await.expect("a thread").expect("the program runs");
        let told = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success(), "{line:?}: {told}");
        (String::from_utf8(ran.stdout).expect("UTF-8"), told)
    };
    let day = [
        "--from",
        "2030-01-01T00:00:00Z",
        "--to",
        "2030-01-02T00:00:00Z",
    ];
    let line = [&["journal", "--format", "ndjson"][..], &day].concat();
    let (written, told) = run(&line).await;
    assert_eq!(written, *journal);
    assert!(told.contains("8 entries"), "{told}");
    assert!(
        told.contains("EUR: debits 186.40, credits 186.40"),
        "{told}"
    );
    let (table, _) = run(&["aging", "--at", "2030-01-01T12:00:00Z"]).await;
    let last = table.lines().last().expect("totals");
    assert!(last.contains("86.60") && last.ends_with("all"), "{table}");
}
