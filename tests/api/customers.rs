//! Customers with their parties over HTTP: created together, named afresh, moved through their
//! status, and written by many at once.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Answer, Listener, TestServer, client, each_server, id};

const PEOPLE: &str = "/tmf-api/partyManagement/v5/individual";
const FIRMS: &str = "/tmf-api/partyManagement/v5/organization";
const CUSTOMERS: &str = "/tmf-api/customerManagement/v5/customer";
const CUSTOMERS_V4: &str = "/tmf-api/customerManagement/v4/customer";
const ROLES: &str = "/tmf-api/partyRoleManagement/v5/partyRole";
const ACCOUNTS: &str = "/tmf-api/accountManagement/v5/billingAccount";

async fn send(server: &TestServer, method: Method, path: &str, body: &Value) -> Answer {
    let url = format!("{}{path}", server.url());
    let request = client().request(method, url);
    let request = request.header("Content-Type", "application/json");
    Answer::of(request.body(body.to_string())).await
}

async fn post(server: &TestServer, path: &str, body: &Value) -> Answer {
    send(server, Method::POST, path, body).await
}

async fn patch(server: &TestServer, path: &str, body: &Value) -> Answer {
    send(server, Method::PATCH, path, body).await
}

async fn make(server: &TestServer, path: &str, body: Value) -> Value {
    post(server, path, &body).await.must_be(201).json()
}

async fn read(server: &TestServer, path: &str) -> Value {
    server.get(path).await.must_be(200).json()
}

fn person() -> Value {
    json!({"@type": "Individual", "givenName": "Ada", "familyName": "Byron"})
}

fn customer(party: &Value) -> Value {
    json!({"@type": "Customer", "name": "Household", "status": "Active", "engagedParty": party})
}

fn account(customer: &str) -> Value {
    let holder = json!({"@type": "RelatedPartyRefOrPartyRoleRef", "role": "owner",
        "partyOrPartyRole": {"@type": "PartyRoleRef", "id": customer}});
    json!({"@type": "BillingAccount", "name": "Main", "relatedParty": [holder]})
}

#[test]
fn a_customer_brings_its_party_in_one_transaction() {
    each_server(async |server: &TestServer| {
        let listener = Listener::start().await;
        for api in ["customerManagement", "partyManagement"] {
            let hub = format!("/tmf-api/{api}/v5/hub");
            let body = json!({"@type": "Hub", "callback": listener.url()});
            post(server, &hub, &body).await.must_be(201);
        }
        let made = make(server, CUSTOMERS, customer(&person())).await;
        let party = &made["engagedParty"];
        assert_eq!(party["@type"], "PartyRef");
        assert_eq!(party["@referredType"], "Individual");
        assert_eq!(party["name"], "Ada Byron");
        let ada = format!("{PEOPLE}/{}", id(party));
        assert_eq!(party["href"], format!("{}{ada}", server.url()));
        assert_eq!(read(server, &ada).await["familyName"], "Byron");
        server.drain().await;
        let events = listener.events();
        let mut told: Vec<&str> = events
            .iter()
            .filter_map(|event| event["eventType"].as_str())
            .collect();
        told.sort_unstable();
        assert_eq!(told, ["CustomerCreateEvent", "IndividualCreateEvent"]);

        // The same party plays other roles; sent again by its id it is referred to.
        let again = json!({"@type": "Individual", "id": id(party), "givenName": "Eve"});
        let role = json!({"@type": "Supplier", "name": "Agent", "engagedParty": again});
        let role = make(server, ROLES, role).await;
        assert_eq!(role["engagedParty"]["name"], "Ada Byron");

        // A role may bring its party, too, and what is wrong with it is said where it stands.
        let firm = json!({"@type": "Organization", "tradingName": "Shop"});
        let role = json!({"@type": "PartyRole", "name": "Dealer", "engagedParty": firm});
        let refused = post(server, ROLES, &role).await.must_fail(400);
        assert_eq!(refused.violations(), ["/engagedParty/name"]);
        let firm = json!({"@type": "Organization", "name": "Shop Ltd"});
        let role = json!({"@type": "PartyRole", "name": "Dealer", "engagedParty": firm});
        let role = make(server, ROLES, role).await;
        assert_eq!(role["engagedParty"]["@referredType"], "Organization");
    });
}

#[test]
fn a_customer_names_who_it_is() {
    each_server(async |server: &TestServer| {
        let nobody = customer(&json!({"@type": "PartyRef"}));
        let refused = post(server, CUSTOMERS, &nobody).await.must_fail(400);
        assert_eq!(refused.violations(), ["/engagedParty/id"]);
        let lost = customer(&json!({"@type": "PartyRef", "id": "nobody"}));
        let refused = post(server, CUSTOMERS, &lost).await.must_fail(400);
        assert_eq!(refused.violations(), ["/engagedParty"]);
        let bad = json!({"@type": "Individual", "givenName": "Ada", "birthDate": "soon"});
        let refused = post(server, CUSTOMERS, &customer(&bad))
            .await
            .must_fail(400);
        let mut places = refused.violations();
        places.sort();
        let expected = ["/engagedParty/birthDate", "/engagedParty/familyName"];
        assert_eq!(places, expected);
        let people = read(server, PEOPLE).await;
        assert_eq!(people, json!([]), "nobody was created on the way");

        let ada = id(&make(server, PEOPLE, person()).await);
        let died = json!({"status": "deceased"});
        patch(server, &format!("{PEOPLE}/{ada}"), &died)
            .await
            .must_be(200);
        let dead = customer(&json!({"@type": "PartyRef", "id": ada}));
        let refused = post(server, CUSTOMERS, &dead).await.must_fail(409);
        assert_eq!(refused.violations(), ["/engagedParty"]);
        assert!(refused.body.contains("deceased"), "{}", refused.body);
    });
}

#[test]
fn v4_customers_have_their_type_and_their_party() {
    each_server(async |server: &TestServer| {
        let ada = id(&make(server, PEOPLE, person()).await);
        let party = json!({"id": ada, "@referredType": "Individual"});
        let body = json!({"name": "Household", "engagedParty": party});
        let made = make(server, CUSTOMERS_V4, body).await;
        assert_eq!(made["@type"], "Customer");
        assert_eq!(made["engagedParty"]["name"], "Ada Byron");
        let one = read(server, &format!("{CUSTOMERS_V4}/{}", id(&made))).await;
        assert_eq!(one["@type"], "Customer");
        let list = read(server, CUSTOMERS_V4).await;
        assert_eq!(list[0]["@type"], "Customer");
        let nobody = json!({"id": "nobody", "@referredType": "Individual"});
        let lost = json!({"name": "n", "engagedParty": nobody});
        let refused = post(server, CUSTOMERS_V4, &lost).await.must_fail(400);
        assert_eq!(refused.violations(), ["/engagedParty"]);
        // v4 requires an id and a class, but the party may be written out with them.
        let own = json!({"id": "eve", "@type": "Individual", "@referredType": "Individual",
            "givenName": "Eve", "familyName": "Moss"});
        let body = json!({"name": "Eve", "engagedParty": own});
        let made = make(server, CUSTOMERS_V4, body).await;
        assert_eq!(made["engagedParty"]["id"], "eve");
        assert_eq!(made["engagedParty"]["name"], "Eve Moss");
        assert!(made["engagedParty"].get("givenName").is_none(), "{made}");
        let eve = read(server, &format!("{PEOPLE}/eve")).await;
        assert_eq!(eve["givenName"], "Eve");
    });
}

#[test]
fn names_follow_those_who_bear_them() {
    each_server(async |server: &TestServer| {
        let made = make(server, CUSTOMERS, customer(&person())).await;
        let main = id(&make(server, ACCOUNTS, account(&id(&made))).await);
        let ada = format!("{PEOPLE}/{}", id(&made["engagedParty"]));
        patch(server, &ada, &json!({"familyName": "King"}))
            .await
            .must_be(200);
        server.drain().await;
        let customer = read(server, &format!("{CUSTOMERS}/{}", id(&made))).await;
        assert_eq!(customer["engagedParty"]["name"], "Ada King");
        let main = read(server, &format!("{ACCOUNTS}/{main}")).await;
        let said = &main["relatedParty"][0]["partyOrPartyRole"];
        assert_eq!(said["partyName"], "Ada King");
        assert_eq!(said["partyId"], made["engagedParty"]["id"]);
    });
}

fn below(parent: &str) -> Value {
    json!({"organizationParentRelationship": {
        "@type": "OrganizationParentRelationship", "relationshipType": "hierarchical",
        "organization": {"@type": "OrganizationRef", "id": parent}}})
}

async fn firm(server: &TestServer, name: &str) -> String {
    let firm = json!({"@type": "Organization", "name": name});
    id(&make(server, FIRMS, firm).await)
}

#[test]
fn organizations_do_not_stand_in_circles() {
    each_server(async |server: &TestServer| {
        let (top, middle) = (firm(server, "Top").await, firm(server, "Middle").await);
        let bottom = firm(server, "Bottom").await;
        let at = |id: &str| format!("{FIRMS}/{id}");
        for (id, parent) in [(&middle, &top), (&bottom, &middle)] {
            patch(server, &at(id), &below(parent)).await.must_be(200);
        }
        let refused = patch(server, &at(&top), &below(&bottom))
            .await
            .must_fail(409);
        assert_eq!(refused.violations(), ["/organizationParentRelationship"]);

        // Two moves that are right alone and wrong together.
        let (a, b) = (firm(server, "A").await, firm(server, "B").await);
        let (at_a, at_b, to_a, to_b) = (at(&a), at(&b), below(&a), below(&b));
        let (one, other) = tokio::join!(patch(server, &at_a, &to_b), patch(server, &at_b, &to_a));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    });
}

#[test]
fn a_customer_is_terminated_when_nothing_speaks_against_it() {
    each_server(async |server: &TestServer| {
        let payer = id(&make(server, CUSTOMERS, customer(&person())).await);
        let other = id(&make(server, CUSTOMERS, customer(&person())).await);
        let paying = id(&make(server, ACCOUNTS, account(&payer)).await);
        let mut paid = account(&other);
        paid["accountRelationship"] = json!([{
            "@type": "AccountRelationship", "relationshipType": "paid by",
            "account": {"@type": "AccountRef", "id": paying}}]);
        let paid = id(&make(server, ACCOUNTS, paid).await);
        let below = json!({"relatedParty": [{
            "@type": "RelatedPartyOrPartyRole", "role": "parent",
            "partyOrPartyRole": {"@type": "PartyRoleRef", "id": payer}}]});
        let (at, at_other) = (
            format!("{CUSTOMERS}/{payer}"),
            format!("{CUSTOMERS}/{other}"),
        );
        patch(server, &at_other, &below).await.must_be(200);

        let end = json!({"status": "Terminated"});
        let refused = patch(server, &at, &end).await.must_fail(409);
        assert_eq!(refused.violations(), ["/status", "/status"]);
        for reason in [&paid, &other] {
            assert!(refused.body.contains(reason.as_str()), "{}", refused.body);
        }
        let pause = json!({"status": "Suspended"});
        patch(server, &at, &pause).await.must_be(200);
        for (customer, account) in [(&at_other, &paid), (&at, &paying)] {
            patch(server, customer, &end).await.must_be(200);
            server.drain().await;
            let account = read(server, &format!("{ACCOUNTS}/{account}")).await;
            assert_eq!(account["state"], "Closed");
        }
    });
}

/// Attributes that writers of the test below add.
fn added(doc: &Value) -> usize {
    let names = doc.as_object().expect("an object").keys();
    names.filter(|name| name.starts_with("x-")).count()
}

#[test]
fn of_many_who_change_one_revision_one_wins() {
    each_server(async |server: &TestServer| {
        let made = post(server, CUSTOMERS, &customer(&person()))
            .await
            .must_be(201);
        let at = format!("{}{CUSTOMERS}/{}", server.url(), id(&made.json()));
        let mut tag = made.etag();
        for round in 0..3 {
            let mut writers = JoinSet::new();
            for writer in 0..64 {
                let name = format!("x-{round}-{writer}");
                let request = client()
                    .patch(&at)
                    .header("If-Match", &tag)
                    .header("Content-Type", "application/merge-patch+json")
                    .body(json!({ name.as_str(): true }).to_string());
                writers.spawn(async move { (name, Answer::of(request).await) });
            }
            let answers = writers.join_all().await;
            let with = |status: u16| answers.iter().filter(move |(_, a)| a.status == status);
            assert_eq!(
                (with(200).count(), with(412).count()),
                (1, 63),
                "round {round}"
            );
            let (name, winner) = with(200).next().expect("a winner");
            let now = Answer::of(client().get(&at)).await.must_be(200);
            assert_eq!(now.etag(), winner.etag());
            let doc = now.json();
            assert_eq!(doc[name.as_str()], true, "{name} was lost");
            assert_eq!(added(&doc), round + 1, "one of each round: {doc}");
            tag = now.etag();
        }
    });
}
