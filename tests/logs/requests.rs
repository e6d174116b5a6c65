//! Requests with a marker in every personal attribute, good and bad ones, to the real program with
//! the log at its loudest.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::domain::descriptor::{Api, Resource};

use crate::support::{Answer, Process, client, each_database, encode, marked};

/// A program and how to call it.
struct Caller {
    process: Process,
    http: reqwest::Client,
}

impl Caller {
    async fn send(&self, method: Method, path: &str, media: &str, body: &str) -> Answer {
        let request = self
            .http
            .request(method, format!("{}{path}", self.process.url()));
        let request = request.header("Content-Type", media).body(body.to_owned());
        sound(Answer::of(request).await)
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, "application/json", &body.to_string())
            .await
    }

    async fn get(&self, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.process.url()));
        sound(Answer::of(request).await)
    }
}

/// A fault of the server's is no answer to a bad request.
#[track_caller]
fn sound(answer: Answer) -> Answer {
    assert!(answer.status < 500, "{}", answer.body);
    answer
}

/// Values of another type than they were, markers all the same.
fn misshapen(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(misshapen).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let kept = name.starts_with('@');
                (
                    name.clone(),
                    if kept {
                        value.clone()
                    } else {
                        misshapen(value)
                    },
                )
            })
            .collect(),
        Value::String(text) => json!([text]),
        Value::Number(_) => marked::TEXT.into(),
        other => other.clone(),
    }
}

async fn writes(caller: &Caller, api: &Api, resource: &'static Resource) {
    let url = format!("{}/{}", api.base_path(), resource.path);
    let body = marked::body(resource);
    let made = caller.post(&url, &body).await.must_be(201).json();
    assert!(caller.post(&url, &misshapen(&body)).await.status >= 400);
    let cut = body.to_string();
    let cut = cut.get(..cut.len() - 2).unwrap_or_default();
    caller
        .send(Method::POST, &url, "application/json", cut)
        .await
        .must_be(400);
    let nul = format!("{{\"name\":\"\\u0000{}\"}}", marked::TEXT);
    caller
        .send(Method::POST, &url, "application/json", &nul)
        .await;
    let one = format!("{url}/{}", made["id"].as_str().expect("an id"));
    let merge = "application/merge-patch+json";
    caller
        .send(Method::PATCH, &one, merge, &body.to_string())
        .await;
    caller
        .send(Method::PATCH, &one, merge, &misshapen(&body).to_string())
        .await;
    for operation in ["test", "add", "replace", "sideways"] {
        let patch = json!([{"op": operation, "path": "/name", "value": {"x": marked::TEXT}}]);
        let media = "application/json-patch+json";
        caller
            .send(Method::PATCH, &one, media, &patch.to_string())
            .await;
    }
}

async fn reads(caller: &Caller, api: &Api, resource: &'static Resource) {
    let url = format!("{}/{}", api.base_path(), resource.path);
    let personal = resource.entity.attributes.iter().filter(|a| a.personal);
    let mut queries = vec![
        format!("unheardOf={}", marked::TEXT),
        format!("fields=name.{}", marked::TEXT),
        format!("sort={}", marked::TEXT),
        format!("limit={}", marked::TEXT),
        format!(
            "filter={}",
            encode(&format!("$[?(@.name=='{}')]", marked::TEXT))
        ),
        format!(
            "filter={}",
            encode(&format!("$[?(@.name=='{}'", marked::TEXT))
        ),
    ];
    for attribute in personal {
        for test in [
            "=",
            ".gt=",
            ".regex=(",
            ".like=*",
            ".isnull=",
            ".value.deep=",
        ] {
            queries.push(format!("{}{test}{}", attribute.name, marked::TEXT));
        }
        queries.push(format!("{}.gt={}", attribute.name, marked::NUMBER));
        queries.push(format!("{}.lt={}", attribute.name, marked::DATE));
    }
    for query in queries {
        caller.get(&format!("{url}?{query}")).await;
    }
    caller
        .get(&format!("{url}/{}", marked::TEXT))
        .await
        .must_be(404);
}

/// Somebody who cannot be reached, so that deliveries fail, and queries that cannot be read.
async fn subscribes(caller: &Caller, api: &Api, resource: &'static Resource) {
    let url = format!("{}/hub", api.base_path());
    let name = format!("event.{}.name", resource.path);
    for query in [
        String::new(),
        format!("{name}={}&fields=event.{}", marked::TEXT, resource.path),
        format!("{name}.regex={}(", marked::TEXT),
        format!("eventTime.gt={}", marked::TEXT),
    ] {
        let body = json!({"@type": "Hub", "callback": "http://127.0.0.1:9/", "query": query});
        caller.post(&url, &body).await;
    }
}

/// A reference to nobody, which is kept and told of in the log.
async fn refers(caller: &Caller) {
    let party = json!([{"@type": "RelatedPartyRefOrPartyRoleRef", "role": "owner", "partyOrPartyRole": {
        "@type": "PartyRef", "id": "nobody", "name": marked::TEXT, "@referredType": "Individual"
    }}]);
    let body = json!({"@type": "ProductOffering", "name": "Fiber", "relatedParty": party});
    let url = "/tmf-api/productCatalogManagement/v5/productOffering";
    caller.post(url, &body).await.must_be(201);
    for address in ["customer", "organization"] {
        caller
            .get(&format!("/tollgate/v1/{address}/search?q={}", marked::TEXT))
            .await;
        caller
            .get(&format!("/tollgate/v1/{address}/{}", marked::TEXT))
            .await;
    }
}

#[test]
fn personal_data_stay_out_of_the_log() {
    each_database(async |database| {
        let settings = [
            ("TOLLGATE_LOG__LEVEL", "trace,actix_http=trace"),
            ("TOLLGATE_OUTBOUND__ALLOW_LOOPBACK", "always"),
            ("TOLLGATE_VALIDATION__REFERENCES", "warn"),
            ("TOLLGATE_VALIDATION__LIFECYCLE", "warn"),
        ];
        let caller = Caller {
            process: Process::serve(&database.url, &settings),
            http: client(),
        };
        for (api, resource) in marked::resources() {
            subscribes(&caller, api, resource).await;
            writes(&caller, api, resource).await;
            reads(&caller, api, resource).await;
        }
        refers(&caller).await;
        let told = |log: &str| {
            log.contains("a notification failed")
                && log.contains("references that point at nothing were kept")
        };
        let log = caller.process.log_until(told);
        assert!(told(&log), "the log says less than it should:\n{log}");
        let lines: Vec<&str> = log
            .lines()
            .filter(|line| marked::found(line).is_some())
            .collect();
        assert!(
            lines.is_empty(),
            "{} lines:\n{}",
            lines.len(),
            lines[..lines.len().min(5)].join("\n")
        );
    });
}
