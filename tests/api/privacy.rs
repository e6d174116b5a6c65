//! Personal data in events: only for subscribers that ask for them by name.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::domain::descriptor::{Api, ApiVersion, Change, Resource};

use crate::support::{Listener, TestServer, each_server, id, marked};

/// Kinds whose only personal data are names in references.
const ABOUT_NOBODY: [&str; 12] = [
    "billFormat",
    "billPresentationMedia",
    "billingCycleSpecification",
    "partyRoleSpecification",
    "usageSpecification",
    "cancelProductOrder",
    "cancelServiceOrder",
    "adjustBalance",
    "transferBalance",
    "reserveBalance",
    "customerBillOnDemand",
    "troubleTicketSpecification",
];

async fn subscribe(server: &TestServer, base: &str, version: ApiVersion, query: &str) -> Listener {
    let listener = Listener::start().await;
    let mut body = json!({"callback": listener.url(), "query": query});
    if version == ApiVersion::V5 {
        body["@type"] = "Hub".into();
    }
    server
        .send(Method::POST, &format!("{base}/hub"), &body)
        .await
        .must_be(201);
    listener
}

fn holder(api: &Api) -> &'static str {
    match (api.id, api.version) {
        ("TMF666", ApiVersion::V4) => "payload",
        _ => "event",
    }
}

/// The name of the resource in the payload.
fn key(api: &Api, resource: &Resource) -> &'static str {
    match (api.id, api.version) {
        ("TMF641", ApiVersion::V5) => resource.entity.name,
        _ => resource.path,
    }
}

/// Every kind, every attribute: who does not ask gets nothing personal, who asks gets all.
#[test]
fn events_hold_what_was_asked_for() {
    each_server(async |server: &TestServer| {
        // Listeners are used again, so those of before must not go.
        let mut listeners = Vec::new();
        let announced =
            |resource: &Resource| resource.events.iter().any(|e| e.change == Change::Create);
        for (api, resource) in marked::resources() {
            if !announced(resource) {
                continue;
            }
            let (base, path) = (api.base_path(), resource.path);
            let (holder, key) = (holder(api), key(api, resource));
            let plain = subscribe(server, base, api.version, "").await;
            let asking = format!("fields=eventType,{holder}.{key}");
            let full = subscribe(server, base, api.version, &asking).await;
            let url = format!("{base}/{path}");
            let made = server
                .send(Method::POST, &url, &marked::body(resource))
                .await
                .must_be(201)
                .json();
            server.drain().await;
            let created = |listener: &Listener| {
                let events = listener.events();
                let about = |event: &&Value| event[holder][key]["id"] == made["id"];
                events
                    .iter()
                    .find(about)
                    .cloned()
                    .unwrap_or_else(|| panic!("{url}: {events:?}"))
            };
            let shown = created(&full)[holder][key].clone();
            assert!(shown == made, "{url}: {shown}\n{made}");
            let event = created(&plain);
            let shown = &event[holder][key];
            for name in ["href", "@type", "status", "state"] {
                assert_eq!(shown.get(name), made.get(name), "{url}: {name} in {event}");
            }
            assert!(event["description"].is_string(), "{event}");
            // What v5 says of products may be about somebody, v4 names parties only.
            let names_only =
                (resource.kind, api.version) == ("queryUsageConsumption", ApiVersion::V4);
            if names_only || ABOUT_NOBODY.contains(&resource.kind) {
                assert_eq!(shown, &made, "{url} is about nobody");
            } else {
                assert_eq!(marked::found(&event.to_string()), None, "{url}: {event}");
            }
            listeners.extend([plain, full]);
        }
        // Each end takes of the time that a task may have at once; with none left it would wait forever.
        for listener in listeners {
            drop(listener);
            tokio::task::yield_now().await;
        }
    });
}

fn person() -> Value {
    json!({
        "@type": "Individual", "givenName": "Ada", "familyName": "Byron", "name": "Ada Byron",
        "externalReference": [{"@type": "ExternalIdentifier", "owner": "crm", "id": "C-1"}],
        "relatedParty": [{"@type": "RelatedPartyOrPartyRole", "role": "guardian", "partyOrPartyRole": {
            "@type": "PartyRef", "id": "p1", "name": "Annabella", "@referredType": "Individual"
        }}]
    })
}

#[test]
fn attributes_may_be_asked_for_one_by_one() {
    each_server(async |server: &TestServer| {
        let base = "/tmf-api/partyManagement/v5";
        let v4 = "/tmf-api/party/v4";
        let subscriptions = [
            subscribe(server, base, ApiVersion::V5, "").await,
            subscribe(
                server,
                base,
                ApiVersion::V5,
                "event.individual.givenName=Ada",
            )
            .await,
            subscribe(
                server,
                base,
                ApiVersion::V5,
                "fields=event,event.individual.givenName",
            )
            .await,
            subscribe(
                server,
                base,
                ApiVersion::V5,
                "fields=event.individual.externalReference.id",
            )
            .await,
            subscribe(server, v4, ApiVersion::V4, "").await,
        ];
        let url = format!("{base}/individual");
        let made = server
            .send(Method::POST, &url, &person())
            .await
            .must_be(201)
            .json();
        server.drain().await;
        let payloads: Vec<Value> = subscriptions
            .iter()
            .map(|listener| listener.events()[0]["event"]["individual"].clone())
            .collect();
        let role = json!([{"@type": "RelatedPartyOrPartyRole", "role": "guardian", "partyOrPartyRole": {
            "@type": "PartyRef", "id": "p1", "@referredType": "Individual"
        }}]);
        let withheld = &payloads[0];
        assert_eq!(withheld["relatedParty"], role);
        assert_eq!(withheld["id"], made["id"]);
        assert_eq!(withheld["href"], made["href"]);
        for name in ["givenName", "familyName", "name", "externalReference"] {
            assert_eq!(withheld.get(name), None, "{withheld}");
        }
        assert_eq!(&payloads[1], withheld, "a filter selects and does not ask");
        let mut named = withheld.clone();
        named["givenName"] = "Ada".into();
        assert_eq!(payloads[2], named);
        assert_eq!(payloads[3], json!({"externalReference": [{"id": "C-1"}]}));
        assert_eq!(payloads[4]["id"], made["id"]);
        assert_eq!(payloads[4].get("familyName"), None, "{}", payloads[4]);
        assert_eq!(
            payloads[4]["relatedParty"][0].get("name"),
            None,
            "{}",
            payloads[4]
        );
    });
}

/// What a catalog says of a party is the name in a reference: that is sent as ever.
#[test]
fn product_catalogs_are_about_nobody() {
    each_server(async |server: &TestServer| {
        let listener = Listener::start().await;
        server.v5().subscribe(&listener.url(), None).await;
        let party = json!([{"@type": "RelatedPartyRefOrPartyRoleRef", "role": "owner", "partyOrPartyRole": {
            "@type": "PartyRef", "id": "p1", "name": "Annabella", "@referredType": "Individual"
        }}]);
        let body = json!({"name": "Fiber", "relatedParty": party});
        let made = server.v5().make("productOffering", body).await;
        server.drain().await;
        let shown = &listener.events()[0]["event"]["productOffering"];
        assert_eq!(shown["id"], id(&made).as_str());
        assert_eq!(shown["relatedParty"], party);
    });
}
