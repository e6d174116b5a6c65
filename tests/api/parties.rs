//! People, customers and accounts over HTTP: what one version writes, the other finds and reads.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, client, each_server, id};

const PARTY_V4: &str = "/tmf-api/party/v4";
const PARTY_V5: &str = "/tmf-api/partyManagement/v5";
const CUSTOMER_V4: &str = "/tmf-api/customerManagement/v4/customer";
const CUSTOMER_V5: &str = "/tmf-api/customerManagement/v5/customer";
const ACCOUNT_V4: &str = "/tmf-api/accountManagement/v4/billingAccount";
const ACCOUNT_V5: &str = "/tmf-api/accountManagement/v5/billingAccount";

async fn send(server: &TestServer, method: Method, path: &str, body: &Value) -> Answer {
    let request = client()
        .request(method, format!("{}{path}", server.url()))
        .header("Content-Type", "application/json")
        .body(body.to_string());
    Answer::of(request).await
}

async fn make(server: &TestServer, path: &str, body: Value) -> Value {
    let answer = send(server, Method::POST, path, &body).await;
    answer.must_be(201).json()
}

async fn count(server: &TestServer, path: &str) -> usize {
    let list = server.get(path).await.must_be(200).json();
    list.as_array().expect("a list").len()
}

#[test]
fn a_value_is_spelt_as_each_version_does() {
    each_server(async |server: &TestServer| {
        let people = format!("{PARTY_V4}/individual");
        let v4 = json!({"givenName": "Ann", "familyName": "Lee", "status": "validated"});
        let ann = id(&make(server, &people, v4).await);
        let died = json!({"status": "deceaded"});
        let patched = send(server, Method::PATCH, &format!("{people}/{ann}"), &died).await;
        assert_eq!(patched.must_be(200).json()["status"], "deceaded");
        let read = server.get(&format!("{PARTY_V5}/individual/{ann}")).await;
        assert_eq!(read.must_be(200).json()["status"], "deceased");
        let read = server.get(&format!("{people}/{ann}")).await;
        assert_eq!(read.must_be(200).json()["status"], "deceaded");
        for query in [
            format!("{PARTY_V4}/individual?status=deceaded"),
            format!("{PARTY_V4}/individual?filter=$[?(@.status=='deceaded')]"),
            format!("{PARTY_V5}/individual?status=deceased"),
        ] {
            assert_eq!(count(server, &query).await, 1, "{query}");
        }
        let query = format!("{PARTY_V4}/individual?status=validated");
        assert_eq!(count(server, &query).await, 0);
    });
}

#[test]
fn customers_are_found_by_party_and_contact_in_both_versions() {
    each_server(async |server: &TestServer| {
        let people = format!("{PARTY_V4}/individual");
        let ann = json!({"givenName": "Ann", "familyName": "Lee"});
        let ann = id(&make(server, &people, ann).await);
        let old = json!({"name": "Ann",
            "engagedParty": {"id": ann, "@referredType": "Individual"},
            "contactMedium": [{"mediumType": "email", "characteristic": {"emailAddress": "ann@example.com"}}]});
        let old = id(&make(server, CUSTOMER_V4, old).await);
        let new = json!({"@type": "Customer", "name": "Lee",
            "engagedParty": {"@type": "PartyRef", "id": ann, "@referredType": "Individual"},
            "contactMedium": [{"@type": "EmailContactMedium", "emailAddress": "lee@example.com"}]});
        let new = id(&make(server, CUSTOMER_V5, new).await);

        let read = server
            .get(&format!("{CUSTOMER_V5}/{old}"))
            .await
            .must_be(200)
            .json();
        assert_eq!(read["engagedParty"]["@type"], "PartyRef");
        assert_eq!(
            read["contactMedium"],
            json!([{"@type": "EmailContactMedium", "emailAddress": "ann@example.com"}])
        );
        let read = server
            .get(&format!("{CUSTOMER_V4}/{new}"))
            .await
            .must_be(200)
            .json();
        assert_eq!(read["engagedParty"]["@type"], "RelatedParty");
        assert_eq!(
            read["contactMedium"],
            json!([{"@type": "ContactMedium", "mediumType": "email",
                "characteristic": {"emailAddress": "lee@example.com"}}])
        );
        for (query, expected) in [
            (format!("{CUSTOMER_V4}?engagedParty.id={ann}"), 2),
            (format!("{CUSTOMER_V5}?engagedParty.id={ann}"), 2),
            (format!("{CUSTOMER_V4}?contactMedium.mediumType=email"), 2),
            (
                format!("{CUSTOMER_V4}?contactMedium.mediumType=email&name=Lee"),
                1,
            ),
            (format!("{CUSTOMER_V4}?contactMedium.mediumType=fax"), 0),
            (
                format!("{CUSTOMER_V4}?contactMedium.characteristic.emailAddress=lee@example.com"),
                1,
            ),
            (
                format!("{CUSTOMER_V4}?contactMedium.mediumType=email&limit=1"),
                1,
            ),
        ] {
            let list = server.get(&query).await;
            let list = list.json();
            assert_eq!(
                list.as_array().map(Vec::len),
                Some(expected),
                "{query}: {list}"
            );
        }
        // What v4 reads can be written back.
        let path = format!("{CUSTOMER_V4}/{new}");
        let media = json!({"contactMedium": read["contactMedium"], "name": "L"});
        send(server, Method::PATCH, &path, &media)
            .await
            .must_be(200);
        let stored = server
            .get(&format!("{CUSTOMER_V5}/{new}"))
            .await
            .must_be(200)
            .json();
        assert_eq!(
            stored["contactMedium"],
            json!([{"@type": "EmailContactMedium", "emailAddress": "lee@example.com"}])
        );
    });
}

#[test]
fn an_account_refers_to_its_bill_format_in_both_versions() {
    each_server(async |server: &TestServer| {
        let formats = "/tmf-api/accountManagement/v4/billFormat";
        let letter = id(&make(server, formats, json!({"name": "Letter"})).await);
        let people = format!("{PARTY_V4}/individual");
        let ann = json!({"givenName": "Ann", "familyName": "Lee"});
        let ann = id(&make(server, &people, ann).await);
        let account = json!({"name": "Household",
            "relatedParty": [{"id": ann, "name": "Ann", "@referredType": "Individual", "role": "owner"}],
            "billStructure": {"format": {"id": letter, "isRef": true, "name": "Letter"}}});
        let account = id(&make(server, ACCOUNT_V4, account).await);
        let new = server
            .get(&format!("{ACCOUNT_V5}/{account}"))
            .await
            .must_be(200)
            .json();
        let format = &new["billStructure"]["format"];
        assert_eq!(format["@type"], "BillFormatRef");
        assert_eq!(format.get("isRef"), None);
        let old = server
            .get(&format!("{ACCOUNT_V4}/{account}"))
            .await
            .must_be(200)
            .json();
        assert_eq!(old["billStructure"]["format"]["isRef"], true);
        for (query, expected) in [
            (format!("{ACCOUNT_V4}?billStructure.format.isRef=true"), 1),
            (format!("{ACCOUNT_V4}?billStructure.format.isRef=false"), 0),
            (format!("{ACCOUNT_V4}?billStructure.format.id={letter}"), 1),
            (format!("{ACCOUNT_V5}?billStructure.format.id={letter}"), 1),
        ] {
            assert_eq!(count(server, &query).await, expected, "{query}");
        }
    });
}
