//! Balances: booked exactly, shown at accounts, and in the way of what would lose them.

use serde_json::{Value, json};

use super::fixture::{Catalog, conflict_at, refused};
use crate::domain::problem::Code;

const KIND: &str = "settlementAccount";

fn made(catalog: &Catalog, id: &str, currency: &str) {
    let doc = json!({ "@type": "SettlementAccount", "name": "Partner", "currency": currency });
    catalog.create_stored(KIND, id, doc).expect("an account");
}

fn shown(catalog: &Catalog, id: &str) -> Vec<String> {
    let balances = catalog.balances(KIND, id).into_iter();
    balances
        .map(|(balance, value, unit)| format!("{balance} {value} {unit}"))
        .collect()
}

fn euros(value: &str) -> Value {
    serde_json::from_str(&format!(r#"{{"unit":"EUR","value":{value}}}"#)).unwrap()
}

#[test]
fn an_account_without_bookings_shows_nothing_owed() {
    let catalog = Catalog::strict();
    made(&catalog, "a", "JPY");
    made(&catalog, "b", "EUR");
    assert_eq!(shown(&catalog, "a"), ["ReceivableBalance 0 JPY"]);
    assert_eq!(shown(&catalog, "b"), ["ReceivableBalance 0.00 EUR"]);
}

#[test]
fn amounts_add_up_by_type() {
    let catalog = Catalog::strict();
    made(&catalog, "a", "EUR");
    for value in ["9.90", "0.1", "-0.000001"] {
        let money = euros(value);
        catalog
            .post(KIND, "a", "ReceivableBalance", money)
            .expect("booked");
    }
    catalog
        .post(KIND, "a", "DepositBalance", euros("-50"))
        .expect("booked");
    assert_eq!(
        shown(&catalog, "a"),
        [
            "DepositBalance -50.00 EUR",
            "ReceivableBalance 9.999999 EUR"
        ]
    );
}

#[test]
fn what_cannot_be_booked_leaves_the_balance_alone() {
    let catalog = Catalog::strict();
    made(&catalog, "a", "EUR");
    let most = euros("9223372036854.775807");
    catalog
        .post(KIND, "a", "ReceivableBalance", most)
        .expect("the most there is");
    let code = |result| refused::<()>(result).0;
    for (money, expected) in [
        (euros("0.000001"), Code::Conflict),
        (euros("0.0000001"), Code::InvalidBody),
        (euros("9223372036855"), Code::InvalidBody),
    ] {
        let result = catalog.post(KIND, "a", "ReceivableBalance", money.clone());
        assert_eq!(code(result), expected, "{money}");
    }
    let nobody = catalog.post(KIND, "b", "ReceivableBalance", euros("1"));
    assert_eq!(code(nobody), Code::NotFound);
    assert_eq!(
        shown(&catalog, "a"),
        ["ReceivableBalance 9223372036854.775807 EUR"]
    );
    let least = euros("-9223372036854.775807");
    for _ in 0..2 {
        catalog
            .post(KIND, "a", "ReceivableBalance", least.clone())
            .expect("down again");
    }
    let result = catalog.post(KIND, "a", "ReceivableBalance", euros("-0.000002"));
    assert_eq!(code(result), Code::Conflict);
}

/// Of what is charged in another currency there is a balance of its own.
#[test]
fn each_currency_has_a_balance() {
    let catalog = Catalog::strict();
    made(&catalog, "a", "EUR");
    let francs = json!({ "unit": "CHF", "value": 1 });
    for money in [euros("9.90"), francs] {
        catalog
            .post(KIND, "a", "ReceivableBalance", money)
            .expect("booked");
    }
    assert_eq!(
        shown(&catalog, "a"),
        ["ReceivableBalance 1.00 CHF", "ReceivableBalance 9.90 EUR"]
    );
}

#[test]
fn a_balance_keeps_its_account_open_and_its_currency() {
    let catalog = Catalog::strict();
    made(&catalog, "a", "EUR");
    let owed = |value| catalog.post(KIND, "a", "ReceivableBalance", euros(value));
    owed("0.01").expect("booked");
    conflict_at(catalog.delete(KIND, "a"), &["/accountBalance"]);
    let close = || catalog.patch(KIND, "a", json!({ "state": "Closed" }));
    conflict_at(close(), &["/state"]);
    let swap = || catalog.patch(KIND, "a", json!({ "currency": "CHF" }));
    conflict_at(swap(), &["/currency"]);
    catalog
        .patch(KIND, "a", json!({ "state": "Suspended" }))
        .expect("suspended with a balance");

    owed("-0.01").expect("paid");
    swap().expect("nothing is owed");
    assert_eq!(shown(&catalog, "a"), ["ReceivableBalance 0.00 CHF"]);
    close().expect("closed");
    let late = catalog.post(
        KIND,
        "a",
        "ReceivableBalance",
        json!({ "unit": "CHF", "value": 1 }),
    );
    assert_eq!(refused(late).0, Code::Conflict);
}

#[test]
fn balances_go_with_their_account() {
    let catalog = Catalog::strict();
    made(&catalog, "a", "EUR");
    for value in ["5", "-5"] {
        catalog
            .post(KIND, "a", "DepositBalance", euros(value))
            .expect("booked");
    }
    assert_eq!(shown(&catalog, "a"), ["DepositBalance 0.00 EUR"]);
    catalog.delete(KIND, "a").expect("deleted");
    made(&catalog, "a", "EUR");
    assert_eq!(shown(&catalog, "a"), ["ReceivableBalance 0.00 EUR"]);
}

#[test]
fn clients_do_not_write_balances() {
    let catalog = Catalog::strict();
    let balance = json!([{ "@type": "AccountBalance", "balanceType": "ReceivableBalance",
        "amount": { "unit": "EUR", "value": -1000 }, "validFor": {} }]);
    let doc = json!({ "@type": "SettlementAccount", "name": "n", "accountBalance": balance });
    let stored = catalog.create_stored(KIND, "a", doc).expect("an account");
    assert_eq!(stored.get("accountBalance"), None);
    assert_eq!(shown(&catalog, "a"), ["ReceivableBalance 0.00 EUR"]);
}
