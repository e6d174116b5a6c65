//! Requests to one version of the API, and what is answered.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tollgate::domain::descriptor::ApiVersion;

use super::server::TestServer;

/// One version of the product catalog API at a server.
#[derive(Clone, Copy)]
pub struct Api<'s> {
    pub server: &'s TestServer,
    pub version: ApiVersion,
}

impl Api<'_> {
    pub fn is_v5(self) -> bool {
        self.version == ApiVersion::V5
    }

    pub fn base_path(self) -> String {
        format!("/tmf-api/productCatalogManagement/{}", self.version)
    }

    /// URL of what stands below the API, query included.
    pub fn url(self, rest: &str) -> String {
        format!("{}{}/{rest}", self.server.url(), self.base_path())
    }

    /// The catalog resource has another name in v5.
    pub fn catalog(self) -> &'static str {
        if self.is_v5() {
            "productCatalog"
        } else {
            "catalog"
        }
    }

    pub fn request(self, method: Method, rest: &str) -> RequestBuilder {
        self.server.http().request(method, self.url(rest))
    }

    pub async fn get(self, rest: &str) -> Answer {
        Answer::of(self.request(Method::GET, rest)).await
    }

    /// GET with parameters that are percent-encoded here.
    pub async fn query(self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let query: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        self.get(&format!("{path}?{}", query.join("&"))).await
    }

    pub async fn post(self, rest: &str, body: &Value) -> Answer {
        self.send(Method::POST, rest, "application/json", body)
            .await
    }

    pub async fn patch(self, rest: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, rest, "application/merge-patch+json", body)
            .await
    }

    pub async fn send(self, method: Method, rest: &str, media: &str, body: &Value) -> Answer {
        Answer::of(with_body(self.request(method, rest), media, body)).await
    }

    /// A POST or PATCH of JSON with a header more.
    pub async fn with_header(
        self,
        method: Method,
        rest: &str,
        (name, value): (&str, &str),
        body: &Value,
    ) -> Answer {
        let request = self.request(method, rest).header(name, value);
        Answer::of(with_body(request, "application/json", body)).await
    }

    pub async fn delete(self, rest: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, rest)).await
    }

    /// Creates a resource, which must succeed.
    pub async fn make(self, path: &str, body: Value) -> Value {
        self.post(path, &self.typed(path, body))
            .await
            .must_be(201)
            .json()
    }

    /// The body with its `@type`, where the version demands one.
    pub fn typed(self, path: &str, mut body: Value) -> Value {
        if self.is_v5() && body.get("@type").is_none() {
            let (first, rest) = path.split_at(1);
            body["@type"] = Value::from(format!("{}{rest}", first.to_uppercase()));
        }
        body
    }

    /// Subscribes a callback to the events of this version; its id.
    pub async fn subscribe(self, callback: &str, query: Option<&str>) -> String {
        let mut body = self.typed("hub", json!({ "callback": callback }));
        if let Some(query) = query {
            body["query"] = Value::from(query);
        }
        id(&self.post("hub", &body).await.must_be(201).json())
    }
}

fn with_body(request: RequestBuilder, media: &str, body: &Value) -> RequestBuilder {
    request.header("Content-Type", media).body(body.to_string())
}

/// The `id` of a resource.
pub fn id(resource: &Value) -> String {
    resource["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id: {resource}"))
        .to_owned()
}

/// Percent-encodes everything but unreserved characters.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
    /// Method and URL of the request, for messages.
    asked: String,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        Answer::try_of(request)
            .await
            .unwrap_or_else(|error| panic!("no answer: {error:?}"))
    }

    /// For tests in which a server dies.
    pub async fn try_of(request: RequestBuilder) -> Result<Self, reqwest::Error> {
        let (client, request) = request.build_split();
        let request = request?;
        let asked = format!("{} {}", request.method(), request.url());
        let response = client.execute(request).await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await?,
            asked,
        })
    }

    /// Itself, if it has that status.
    #[track_caller]
    pub fn must_be(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.asked, self.body);
        self
    }

    /// Itself, if it is an error of that status in the form of TMF630; the body of an error in one
    /// attribute names it in `violation`.
    #[track_caller]
    pub fn must_fail(self, status: u16) -> Self {
        let answer = self.must_be(status);
        let error = answer.json();
        for name in ["code", "reason", "message"] {
            assert!(
                error[name].is_string(),
                "{}: no {name} in {error}",
                answer.asked
            );
        }
        assert_eq!(
            error["status"],
            status.to_string(),
            "{}: {error}",
            answer.asked
        );
        assert_eq!(error["@type"], "Error", "{}: {error}", answer.asked);
        answer
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|e| panic!("{}: {e}\n{}", self.asked, self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("a text header"))
    }

    /// A header that must be there.
    #[track_caller]
    pub fn said(&self, name: &str) -> &str {
        self.header(name)
            .unwrap_or_else(|| panic!("{}: no {name}\n{}", self.asked, self.body))
    }

    pub fn etag(&self) -> String {
        self.said("ETag").to_owned()
    }

    /// Paths of the violations of an error.
    pub fn violations(&self) -> Vec<String> {
        let error = self.json();
        let violations = error["violation"].as_array().cloned().unwrap_or_default();
        violations
            .iter()
            .map(|v| v["path"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// The URL of a relation in `Link`.
    pub fn link(&self, relation: &str) -> Option<String> {
        self.header("Link")?.split(", <").find_map(|link| {
            let (url, rest) = link.trim_start_matches('<').split_once('>')?;
            rest.contains(&format!("rel=\"{relation}\""))
                .then(|| url.to_owned())
        })
    }
}
