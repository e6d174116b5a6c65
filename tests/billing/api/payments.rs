//! Payments and refunds (TMF676).

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    BILLS_V4, PAYMENTS, account, bill, eur, heard, ids, make, patch, read, subscribe, written,
};
use crate::support::{TestServer, each_server, id};

#[test]
fn payments_and_refunds_are_taken_in_and_stay() {
    each_server(async |server: &TestServer| {
        let heard_of = subscribe(server, PAYMENTS, json!({})).await;
        let account = account(server).await;
        let bill = written(server, "customerBill", bill(&id(&account), "R-1", "sent")).await;
        let mut body = json!({
            "account": {"id": id(&account)}, "paymentMethod": {"id": "sepa", "name": "Direct debit"},
            "totalAmount": eur("11.90"),
            "paymentItem": [{"item": {"id": bill, "@referredType": "CustomerBill"}, "totalAmount": eur("11.90")}],
        });
        let at = format!("{PAYMENTS}/payment");
        let made = make(server, &at, &body).await;
        assert_eq!(made["status"], "done");
        assert_eq!(made["totalAmount"], eur("11.90"));
        assert_eq!(made["statusDate"], made["paymentDate"]);
        let item = &made["paymentItem"][0]["item"];
        assert_eq!(
            item["href"],
            format!("{}{BILLS_V4}/customerBill/{bill}", server.url())
        );
        let one = format!("{at}/{}", id(&made));
        assert_eq!(made["href"], format!("{}{one}", server.url()));
        // At the path that all others have, too.
        assert_eq!(
            read(server, &format!("/tmf-api{one}")).await["id"],
            made["id"]
        );
        for query in [
            format!("paymentItem.item.id={bill}"),
            format!("account.id={}", id(&account)),
        ] {
            assert_eq!(
                ids(server, &format!("{at}?{query}")).await,
                [id(&made)],
                "{query}"
            );
        }
        patch(server, &one, &json!({"status": "done"}))
            .await
            .must_fail(405);
        server
            .send(Method::DELETE, &one, &json!({}))
            .await
            .must_fail(405);

        for (name, value, pointer) in [
            ("totalAmount", eur("0"), "/totalAmount/value"),
            ("totalAmount", eur("11.901"), "/totalAmount/value"),
            (
                "totalAmount",
                json!({"unit": "EURO", "value": 1}),
                "/totalAmount/unit",
            ),
            (
                "totalAmount",
                eur("11.89"),
                "/paymentItem/0/totalAmount/value",
            ),
            (
                "taxAmount",
                json!({"unit": "USD", "value": 1}),
                "/taxAmount/unit",
            ),
            ("account", json!({"name": "nobody"}), "/account/id"),
            ("status", json!("done"), "/status"),
            (
                "paymentItem",
                json!([{"totalAmount": eur("1")}]),
                "/paymentItem/0/item",
            ),
        ] {
            let good = body[name].take();
            body[name] = value;
            let refusal = server.send(Method::POST, &at, &body).await.must_fail(400);
            assert_eq!(refusal.violations(), [pointer]);
            match good {
                Value::Null => drop(body.as_object_mut().expect("a body").remove(name)),
                good => body[name] = good,
            }
        }

        let refund = json!({"account": {"id": id(&account)}, "paymentMethod": {"id": "sepa"},
            "totalAmount": eur("1.90"), "payment": {"id": id(&made)}});
        let refund = make(server, &format!("{PAYMENTS}/refund"), &refund).await;
        assert_eq!(refund["status"], "done");
        assert!(refund["refundDate"].is_string(), "{refund}");
        let found = format!("{PAYMENTS}/refund?payment.id={}", id(&made));
        assert_eq!(ids(server, &found).await, [id(&refund)]);
        // Events of different resources come in any order.
        let mut told = heard(server, &heard_of).await;
        told.sort();
        assert_eq!(told, ["PaymentCreateEvent", "RefundCreateEvent"]);
    });
}
