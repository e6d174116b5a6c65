//! `/tollgate/v1/customer`: search and overview.

use serde_json::{Value, json};

use crate::support::{Answer, TestServer, client, each_server, encode, id};

const PARTY: &str = "/tmf-api/partyManagement/v5";
const CUSTOMER: &str = "/tmf-api/customerManagement/v5";
const ACCOUNT: &str = "/tmf-api/accountManagement/v5";

async fn make(server: &TestServer, path: &str, body: Value) -> Value {
    let request = client().post(format!("{}{path}", server.url())).json(&body);
    Answer::of(request).await.must_be(201).json()
}

async fn found(server: &TestServer, q: &str) -> Vec<String> {
    let path = format!("/tollgate/v1/customer/search?q={}", encode(q));
    let list = server.get(&path).await.must_be(200).json();
    let mut names: Vec<String> = list
        .as_array()
        .expect("a list")
        .iter()
        .map(|customer| customer["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// A person with a telephone number, and its customer.
async fn subscriber(server: &TestServer, given: &str, family: &str, phone: &str) -> Value {
    let person = make(
        server,
        &format!("{PARTY}/individual"),
        json!({"@type": "Individual", "givenName": given, "familyName": family,
            "contactMedium": [{"@type": "PhoneContactMedium", "phoneNumber": phone}]}),
    )
    .await;
    make(
        server,
        &format!("{CUSTOMER}/customer"),
        json!({"@type": "Customer", "name": format!("{given} {family}"),
            "engagedParty": {"@type": "PartyRef", "id": id(&person), "@referredType": "Individual"},
            "characteristic": [{"@type": "StringCharacteristic", "name": "iccid",
                "value": format!("8949000{}", phone.replace([' ', '+'], ""))}]}),
    )
    .await
}

#[test]
fn customers_are_found_by_what_people_know() {
    each_server(async |server: &TestServer| {
        subscriber(server, "Zoë", "Müller", "+49 171 3900001").await;
        subscriber(server, "Ada", "Müller", "+49 171 3900002").await;
        let gone = subscriber(server, "Ada", "Abel", "+49 171 3900003").await;
        assert_eq!(found(server, "muller").await, ["Ada Müller", "Zoë Müller"]);
        assert_eq!(found(server, "MÜL ada").await, ["Ada Müller"]);
        assert_eq!(found(server, "zoe").await, ["Zoë Müller"]);
        for number in [
            "+49 171 3900003",
            "0171 3900003",
            "491713900003",
            "(0171) 3900-003",
        ] {
            assert_eq!(found(server, number).await, ["Ada Abel"], "{number}");
        }
        assert_eq!(found(server, "8949000491713900002").await, ["Ada Müller"]);
        assert_eq!(found(server, "nobody").await, Vec::<String>::new());
        // Scripts with vowel signs, digits that are no ASCII, letters that change when folded.
        for name in [
            "हिन्दी नाम",
            "ภาษาไทย",
            "日本語",
            "Ⅷ²",
            "İstanbul ﬁsh",
            "o'neil-ßen",
        ] {
            subscriber(server, name, "Elsewhere", "+49 171 3900077").await;
            assert_eq!(
                found(server, name).await,
                [format!("{name} Elsewhere")],
                "{name}"
            );
        }

        let path = format!("{CUSTOMER}/customer/{}", id(&gone));
        let rename = json!({"@type": "Customer", "name": "Berta Baum"});
        let request = client()
            .patch(format!("{}{path}", server.url()))
            .header("content-type", "application/merge-patch+json")
            .json(&rename);
        Answer::of(request).await.must_be(200);
        assert_eq!(found(server, "baum").await, ["Berta Baum"]);
        let request = client().delete(format!("{}{path}", server.url()));
        Answer::of(request).await.must_be(204);
        assert_eq!(found(server, "baum").await, Vec::<String>::new());
    });
}

#[test]
fn a_search_that_asks_for_nothing_is_refused() {
    each_server(async |server: &TestServer| {
        for bad in [
            "",
            "?q=",
            "?q=--",
            "?limit=3",
            "?q=a&limit=x",
            "?q=a&fields=id",
            "?q=%ff",
            "?q=%00",
        ] {
            let path = format!("/tollgate/v1/customer/search{bad}");
            server.get(&path).await.must_fail(400);
        }
        for odd in [
            "'; DROP TABLE text_search; --",
            "\"a\" OR b*",
            "a:* & !b",
            "ab AND cd",
            "x".repeat(500).as_str(),
        ] {
            assert_eq!(found(server, odd).await, Vec::<String>::new(), "{odd}");
        }
    });
}

#[test]
fn an_overview_has_everything_of_a_customer() {
    each_server(async |server: &TestServer| {
        let customer = subscriber(server, "Ida", "Horn", "+49 171 3900009").await;
        let account = make(
            server,
            &format!("{ACCOUNT}/billingAccount"),
            json!({"@type": "BillingAccount", "name": "Ida", "relatedParty": [{
                "@type": "RelatedPartyRefOrPartyRoleRef", "role": "customer",
                "partyOrPartyRole": {"@type": "PartyRoleRef", "id": id(&customer), "@referredType": "Customer"}}]}),
        )
        .await;
        let path = format!("/tollgate/v1/customer/{}/overview", id(&customer));
        let shown = server.get(&path).await.must_be(200).json();
        assert_eq!(shown["@type"], "CustomerOverview");
        assert_eq!(shown["customer"]["id"], customer["id"]);
        assert_eq!(shown["party"]["familyName"], "Horn");
        assert_eq!(shown["account"][0]["href"], account["href"]);
        assert_eq!(shown["defaultAccount"]["id"], account["id"]);
        assert_eq!(
            shown["account"][0]["accountBalance"],
            account["accountBalance"]
        );
        assert_eq!(
            shown["account"][0]["accountBalance"][0]["amount"]["unit"],
            "EUR"
        );
        assert_eq!(shown["role"], json!([]));
        server
            .get("/tollgate/v1/customer/nobody/overview")
            .await
            .must_fail(404);
    });
}
