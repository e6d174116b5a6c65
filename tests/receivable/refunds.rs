//! Money that is given back.

use serde_json::{Value, json};

use super::plan::{
    REFUNDS, account, balances, bill, items, make, paid, pay, payment, post, standing,
};
use crate::support::{TestServer, each_server, id};

const ONE: &[(&str, &str, &str)] = &[("10.00", "19", "1.90")];
const OLD: &str = "2030-01-10T00:00:00Z";
const NEW: &str = "2030-02-10T00:00:00Z";

async fn refund(server: &TestServer, amount: &str, of: Option<&str>, method: &str) -> Value {
    let mut more = json!({ "paymentMethod": { "@type": method } });
    if let Some(of) = of {
        let of = paid(server, of).await;
        more["payment"] = json!({ "id": id(&of), "@referredType": "Payment" });
    }
    payment("r", "a", amount, more)
}

#[test]
fn a_refund_of_a_payment_opens_what_it_paid() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        bill(server, "old", "a", OLD, ONE).await;
        bill(server, "new", "a", NEW, ONE).await;
        assert_eq!(pay(server, "p1", "a", "25.00", json!({})).await, "1.20");
        let made = make(
            server,
            REFUNDS,
            &refund(server, "5.00", Some("p1"), "bankTransfer").await,
        )
        .await;
        assert_eq!(made["status"], "done", "{made}");
        // First what is on account, then the bill that is due last.
        assert_eq!(standing(server, "new").await, "partiallyPaid 3.80 p1:8.10");
        assert_eq!(standing(server, "old").await, "settled 0.00 p1:11.90");
        assert_eq!(balances(server, "a").await, ["ReceivableBalance 3.80"]);
        let first = paid(server, "p1").await;
        assert_eq!(first["unappliedAmount"]["value"].to_string(), "0.00");
        assert_eq!(first["status"], "done");
        // No more than is left of it.
        let more = refund(server, "20.01", Some("p1"), "bankTransfer").await;
        post(server, REFUNDS, &more).await.must_fail(409);
        let rest = refund(server, "20.00", Some("p1"), "bankTransfer").await;
        make(server, REFUNDS, &rest).await;
        assert_eq!(standing(server, "new").await, "sent 11.90");
        assert_eq!(standing(server, "old").await, "sent 11.90");
        assert_eq!(balances(server, "a").await, ["ReceivableBalance 23.80"]);
    });
}

#[test]
fn a_payment_that_bounces_is_as_if_it_had_never_been() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        bill(server, "b", "a", OLD, ONE).await;
        pay(server, "p1", "a", "11.90", json!({})).await;
        assert_eq!(standing(server, "b").await, "settled 0.00 p1:11.90");
        make(
            server,
            REFUNDS,
            &refund(server, "11.90", Some("p1"), "chargeback").await,
        )
        .await;
        assert_eq!(standing(server, "b").await, "sent 11.90");
        let bounced = paid(server, "p1").await;
        assert_eq!(bounced["status"], "failed");
        assert_eq!(balances(server, "a").await, ["ReceivableBalance 11.90"]);
        // Once.
        let again = refund(server, "11.90", Some("p1"), "chargeback").await;
        post(server, REFUNDS, &again).await.must_fail(409);
    });
}

#[test]
fn what_else_is_on_account_pays_the_bill_that_is_open_again() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        bill(server, "b", "a", OLD, ONE).await;
        pay(server, "p1", "a", "11.90", json!({})).await;
        assert_eq!(pay(server, "p2", "a", "5.00", json!({})).await, "5.00");
        make(
            server,
            REFUNDS,
            &refund(server, "11.90", Some("p1"), "chargeback").await,
        )
        .await;
        assert_eq!(standing(server, "b").await, "partiallyPaid 6.90 p2:5.00");
        assert_eq!(balances(server, "a").await, ["ReceivableBalance 6.90"]);
    });
}

#[test]
fn what_is_on_account_is_paid_out() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        assert_eq!(pay(server, "p1", "a", "5.00", json!({})).await, "5.00");
        assert_eq!(pay(server, "p2", "a", "3.00", json!({})).await, "3.00");
        let more = refund(server, "8.01", None, "bankTransfer").await;
        post(server, REFUNDS, &more).await.must_fail(409);
        make(
            server,
            REFUNDS,
            &refund(server, "6.00", None, "bankTransfer").await,
        )
        .await;
        let left = async |name: &str| {
            let own = paid(server, name).await;
            own["unappliedAmount"]["value"].to_string()
        };
        assert_eq!(left("p1").await, "0.00");
        assert_eq!(left("p2").await, "2.00");
        assert_eq!(balances(server, "a").await, ["OnAccountBalance -2.00"]);
    });
}

#[test]
fn a_write_off_is_taken_back_by_its_own_method() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        bill(server, "b", "a", OLD, ONE).await;
        let mut write_off = items(&[("b", None)]);
        write_off["paymentMethod"] = json!({ "@type": "writeOff" });
        pay(server, "w1", "a", "11.90", write_off).await;
        let cash = refund(server, "11.90", Some("w1"), "bankTransfer").await;
        post(server, REFUNDS, &cash).await.must_fail(409);
        let unnamed = refund(server, "11.90", None, "writeOff").await;
        post(server, REFUNDS, &unnamed).await.must_fail(400);
        make(
            server,
            REFUNDS,
            &refund(server, "11.90", Some("w1"), "writeOff").await,
        )
        .await;
        assert_eq!(standing(server, "b").await, "sent 11.90");
    });
}

#[test]
fn a_payment_to_another_account_is_not_refunded() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        account(server, "b").await;
        pay(server, "p1", "b", "5.00", json!({})).await;
        let other = refund(server, "5.00", Some("p1"), "bankTransfer").await;
        post(server, REFUNDS, &other).await.must_fail(409);
    });
}
