//! Customer bills, their charges and runs, and bills on demand (TMF678).

use reqwest::Method;
use serde_json::json;

use super::{
    BILLS_V4, BILLS_V5, account, bill, charged, eur, heard, ids, make, patch, read, subscribe,
    written,
};
use crate::support::{TestServer, each_server, id, names};

#[test]
fn bills_and_charges_are_read_in_both_versions() {
    each_server(async |server: &TestServer| {
        let account = account(server).await;
        let one = written(server, "customerBill", bill(&id(&account), "R-1", "sent")).await;
        let other = written(server, "customerBill", bill(&id(&account), "R-2", "new")).await;
        let charge = charged(server, &id(&account), Some(&one)).await;
        let open = charged(server, &id(&account), None).await;

        let new = read(server, &format!("{BILLS_V5}/customerBill/{one}")).await;
        let old = read(server, &format!("{BILLS_V4}/customerBill/{one}")).await;
        for shown in [&new, &old] {
            assert_eq!(shown["amountDue"], eur("11.90"));
            assert_eq!(shown["billingAccount"]["name"], "Household", "{shown}");
            assert_eq!(shown["billDocument"][0]["id"], "pdf");
            assert!(shown["lastUpdate"].is_string(), "{shown}");
        }
        assert_eq!(old["relatedParty"][0]["id"], "ada");
        assert_eq!(new["relatedParty"][0]["partyOrPartyRole"]["id"], "ada");
        let at = |base: &str| format!("{}{base}/customerBill/{one}", server.url());
        assert_eq!(
            (&new["href"], &old["href"]),
            (&json!(at(BILLS_V5)), &json!(at(BILLS_V4)))
        );

        let path = format!("appliedCustomerBillingRate/{charge}");
        let new = read(server, &format!("{BILLS_V5}/{path}")).await;
        let old = read(server, &format!("{BILLS_V4}/{path}")).await;
        assert_eq!(new["appliedBillingRateType"], "recurringCharge");
        assert_eq!(old["type"], "recurringCharge");
        assert!(old.get("appliedBillingRateType").is_none(), "{old}");
        assert_eq!(
            (&new["bill"]["@type"], &old["bill"]["@type"]),
            (&json!("CustomerBillRef"), &json!("BillRef"))
        );
        assert_eq!(new["bill"]["href"], at(BILLS_V5));
        assert_eq!(old["bill"]["href"], at(BILLS_V4));

        for (query, expected) in [
            (
                format!(
                    "{BILLS_V4}/appliedCustomerBillingRate?type=recurringCharge&isBilled=false"
                ),
                vec![&open],
            ),
            (
                format!("{BILLS_V5}/appliedCustomerBillingRate?bill.id={one}"),
                vec![&charge],
            ),
            (
                format!("{BILLS_V5}/appliedCustomerBillingRate?appliedBillingRateType=usageCharge"),
                vec![],
            ),
            (format!("{BILLS_V4}/customerBill?billNo=R-2"), vec![&other]),
            (
                format!(
                    "{BILLS_V5}/customerBill?state=sent&billingAccount.id={}",
                    id(&account)
                ),
                vec![&one],
            ),
            (
                format!("{BILLS_V5}/customerBill?paymentDueDate.lt=2030-02-01T00:00:00Z"),
                vec![],
            ),
        ] {
            assert_eq!(
                ids(server, &query).await.iter().collect::<Vec<_>>(),
                expected,
                "{query}"
            );
        }
        // What is billed holds its account in place.
        let account = format!(
            "/tmf-api/accountManagement/v5/billingAccount/{}",
            id(&account)
        );
        server
            .send(Method::DELETE, &account, &json!({}))
            .await
            .must_fail(409);
    });
}

#[test]
fn bills_charges_and_cycles_are_made_by_the_server_alone() {
    each_server(async |server: &TestServer| {
        for base in [BILLS_V4, BILLS_V5] {
            for path in ["customerBill", "appliedCustomerBillingRate"] {
                let at = format!("{base}/{path}");
                let body = json!({"@type": "CustomerBill", "billNo": "mine"});
                server.send(Method::POST, &at, &body).await.must_fail(405);
                assert_eq!(read(server, &at).await, json!([]));
            }
        }
        assert_eq!(
            read(server, &format!("{BILLS_V5}/billCycle")).await,
            json!([])
        );
        server
            .get(&format!("{BILLS_V4}/billCycle"))
            .await
            .must_fail(404);
        let cycle = json!({"@type": "BillCycle", "name": "January",
            "BillCycleSpecification": {"@type": "BillCycleSpecificationRef", "id": "monthly"}});
        let cycle = written(server, "billCycle", cycle).await;
        let found = format!("{BILLS_V5}/billCycle?BillCycleSpecification.id=monthly");
        assert_eq!(names(&read(server, &found).await), ["January"]);
        let one = format!("{BILLS_V5}/billCycle/{cycle}");
        server
            .send(Method::DELETE, &one, &json!({}))
            .await
            .must_fail(405);
        patch(server, &one, &json!({"name": "February"}))
            .await
            .must_fail(405);
    });
}

#[test]
fn clients_hold_and_release_bills() {
    each_server(async |server: &TestServer| {
        let heard_of = subscribe(server, BILLS_V5, json!({"@type": "Hub"})).await;
        let account = account(server).await;
        let bill = written(server, "customerBill", bill(&id(&account), "R-1", "sent")).await;
        let [v4, v5] = [BILLS_V4, BILLS_V5].map(|base| format!("{base}/customerBill/{bill}"));
        let state = |state: &str| json!({"state": state});

        // Payments alone pay a bill.
        let refusal = patch(server, &v4, &state("settled")).await.must_fail(409);
        assert_eq!(refusal.violations(), ["/state"]);
        assert!(refusal.body.contains("onHold"), "{}", refusal.body);
        patch(server, &v5, &state("new")).await.must_fail(409);
        let held = patch(server, &v4, &state("onHold"))
            .await
            .must_be(200)
            .json();
        assert_eq!(held["state"], "onHold");
        patch(server, &v4, &state("partiallySettled"))
            .await
            .must_fail(400);
        let released = patch(server, &v5, &state("sent")).await.must_be(200).json();
        assert_eq!(released["state"], "sent");

        // Nothing else of a bill is a client's.
        let cycle = json!({"billCycle": {"@type": "BillCycleRef", "id": "c"}});
        patch(server, &v5, &cycle).await.must_be(200);
        for wrong in [
            json!({"amountDue": eur("0")}),
            json!({"billNo": "R-2"}),
            json!({"runType": "offCycle"}),
        ] {
            for path in [&v4, &v5] {
                let name = wrong
                    .as_object()
                    .expect("an object")
                    .keys()
                    .next()
                    .expect("a name");
                let refusal = patch(server, path, &wrong).await.must_fail(400);
                assert_eq!(refusal.violations(), [format!("/{name}")]);
            }
        }
        server
            .send(Method::DELETE, &v5, &json!({}))
            .await
            .must_fail(405);
        assert_eq!(
            heard(server, &heard_of).await,
            [
                "CustomerBillCreateEvent",
                "CustomerBillStateChangeEvent",
                "CustomerBillStateChangeEvent"
            ]
        );
        let first = &heard_of.events()[0]["event"]["customerBill"];
        assert_eq!(first["id"], json!(bill));
        // What shows names and calls is not sent to everybody.
        assert!(
            first.get("billDocument").is_none() && first["billNo"] == "R-1",
            "{first}"
        );
    });
}

#[test]
fn a_bill_is_asked_for_in_both_versions() {
    each_server(async |server: &TestServer| {
        let account = account(server).await;
        let body = json!({"billingAccount": {"id": id(&account)}, "state": "done", "name": "moving out",
            "relatedParty": {"id": "ada", "role": "owner", "@referredType": "Individual"}});
        let made = make(server, &format!("{BILLS_V4}/customerBillOnDemand"), &body).await;
        assert_eq!(made["state"], "inProgress");
        let at = format!("{BILLS_V5}/customerBillOnDemand");
        let new = read(server, &format!("{at}/{}", id(&made))).await;
        assert_eq!(new["billingAccount"]["@type"], "BillingAccountRef");
        assert_eq!(new["relatedParty"]["partyOrPartyRole"]["id"], "ada");
        let found = ids(server, &format!("{at}?billingAccount.id={}", id(&account))).await;
        assert_eq!(found, [id(&made)]);

        let refusal = server
            .send(Method::POST, &at, &json!({"@type": "CustomerBillOnDemand"}))
            .await;
        assert_eq!(refusal.must_fail(400).violations(), ["/billingAccount"]);
        let untyped = json!({"@type": "CustomerBillOnDemand", "billingAccount": {"id": "1"}});
        let refusal = server
            .send(Method::POST, &at, &untyped)
            .await
            .must_fail(400);
        assert_eq!(refusal.violations(), ["/billingAccount/@type"]);
        let one = format!("{at}/{}", id(&made));
        patch(server, &one, &json!({"state": "done"}))
            .await
            .must_fail(405);
    });
}
