//! The partner: calls the server over HTTP, shows each call, and insists on the status.

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::super::Failure;
use super::show;
use crate::outbound::{Outbound, Policy, Timeouts};

/// A client of the server.
pub struct Partner {
    http: Outbound,
    base: String,
}

/// A request to be made.
pub struct Call<'c> {
    pub method: Method,
    pub path: &'c str,
    pub headers: &'c [(&'c str, &'c str)],
    pub body: Option<Value>,
    pub expected: u16,
}

impl<'c> Call<'c> {
    pub fn get(path: &'c str) -> Self {
        Call {
            method: Method::GET,
            path,
            headers: &[],
            body: None,
            expected: 200,
        }
    }

    pub fn post(path: &'c str, body: Value) -> Self {
        Call {
            method: Method::POST,
            path,
            headers: &[],
            body: Some(body),
            expected: 201,
        }
    }

    pub fn patch(path: &'c str, body: Value) -> Self {
        Call {
            method: Method::PATCH,
            path,
            headers: &[("Content-Type", "application/merge-patch+json")],
            body: Some(body),
            expected: 200,
        }
    }

    pub fn delete(path: &'c str) -> Self {
        Call {
            method: Method::DELETE,
            path,
            headers: &[],
            body: None,
            expected: 204,
        }
    }

    pub fn with(self, headers: &'c [(&'c str, &'c str)]) -> Self {
        Call { headers, ..self }
    }

    /// The body as it is sent: JSON, or the elements of a list in a line each.
    fn written(&self, body: &Value) -> String {
        let in_lines = self
            .headers
            .iter()
            .any(|(_, value)| *value == "application/x-ndjson");
        match body {
            Value::Array(records) if in_lines => {
                let lines = records.iter().map(|record| format!("{record}\n"));
                lines.collect()
            }
            body => body.to_string(),
        }
    }

    /// The status that the step shows, where it is not the usual one.
    pub fn expecting(self, status: u16) -> Self {
        Call {
            expected: status,
            ..self
        }
    }
}

/// What came back.
pub struct Reply {
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    /// A text of the body, by JSON pointer.
    ///
    /// # Errors
    /// When there is none.
    pub fn text(&self, pointer: &str) -> Result<&str, Failure> {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.ok_or_else(|| {
            Failure::new(format!(
                "the answer has no text at {pointer}: {}",
                self.body
            ))
        })
    }

    /// A header.
    ///
    /// # Errors
    /// When it is missing.
    pub fn header(&self, name: &str) -> Result<&str, Failure> {
        let found = self.headers.get(name).and_then(|value| value.to_str().ok());
        found.ok_or_else(|| Failure::new(format!("the answer has no header {name}")))
    }

    /// The elements of a list.
    ///
    /// # Errors
    /// When it is no list.
    pub fn items(&self) -> Result<&[Value], Failure> {
        match &self.body {
            Value::Array(items) => Ok(items),
            other => Err(Failure::new(format!("the answer is no list: {other}"))),
        }
    }
}

impl Partner {
    /// A partner of the server at that URL.
    ///
    /// # Errors
    /// When the client cannot be set up.
    pub fn new(base: &str) -> Result<Self, Failure> {
        let policy = Policy {
            allow_loopback: true,
            ..Policy::default()
        };
        let http = Outbound::new(policy, Timeouts::default()).map_err(Failure::new)?;
        Ok(Partner {
            http,
            base: base.to_owned(),
        })
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Makes a call and shows it; of the answer, what `part` picks.
    ///
    /// # Errors
    /// When the server does not answer, or with another status.
    pub async fn call(
        &self,
        call: Call<'_>,
        part: impl Fn(&Value) -> Option<Value>,
    ) -> Result<Reply, Failure> {
        show::request(
            call.method.as_str(),
            call.path,
            call.headers,
            call.body.as_ref(),
        );
        let exchanged = self.exchange(&call).await?;
        let (status, reply) = (exchanged.status, &exchanged.reply);
        let reason = status.canonical_reason().unwrap_or_default();
        let location = reply
            .headers
            .get("location")
            .and_then(|value| value.to_str().ok());
        let url = location.or_else(|| reply.body.get("href").and_then(Value::as_str));
        show::answer(status.as_u16(), reason, url, part(&reply.body).as_ref());
        exchanged.insist(&call)
    }

    /// Makes a call without a word about it.
    ///
    /// # Errors
    /// As [`Partner::call`].
    pub async fn quiet(&self, call: Call<'_>) -> Result<Reply, Failure> {
        self.exchange(&call).await?.insist(&call)
    }

    /// A text of the server, without a word about it.
    ///
    /// # Errors
    /// When the server does not answer, or not with 200.
    pub async fn text(&self, path: &str) -> Result<String, Failure> {
        let url = self.url(path);
        let response = self.http.request(Method::GET, &url)?.send().await?;
        let (status, text) = (response.status(), response.text().await?);
        if status != StatusCode::OK {
            return Err(Failure::new(format!(
                "GET {path} was answered with {status}: {text}"
            )));
        }
        Ok(text)
    }

    /// How many bytes a document has, which need not be text.
    ///
    /// # Errors
    /// As [`Partner::text`].
    pub async fn size(&self, path: &str) -> Result<usize, Failure> {
        let url = self.url(path);
        let response = self.http.request(Method::GET, &url)?.send().await?;
        let (status, bytes) = (response.status(), response.bytes().await?);
        match status {
            StatusCode::OK => Ok(bytes.len()),
            _ => Err(Failure::new(format!(
                "GET {path} was answered with {status}"
            ))),
        }
    }

    async fn exchange(&self, call: &Call<'_>) -> Result<Exchanged, Failure> {
        let url = self.url(call.path);
        let mut request = self.http.request(call.method.clone(), &url)?;
        let typed = call
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = &call.body {
            if !typed {
                request = request.header("Content-Type", "application/json");
            }
            request = request.body(call.written(body));
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        let body = match text.is_empty() {
            true => Value::Null,
            false => serde_json::from_str(&text)?,
        };
        let reply = Reply { headers, body };
        Ok(Exchanged { status, reply })
    }
}

/// An answer whose status nobody has looked at yet.
struct Exchanged {
    status: StatusCode,
    reply: Reply,
}

impl Exchanged {
    fn insist(self, call: &Call<'_>) -> Result<Reply, Failure> {
        let Exchanged { status, reply } = self;
        if status.as_u16() == call.expected {
            return Ok(reply);
        }
        let Call {
            method,
            path,
            expected,
            ..
        } = call;
        Err(Failure::new(format!(
            "{method} {path} was answered with {status} instead of {expected}: {}",
            reply.body
        )))
    }
}

/// Shows nothing of a body.
pub fn nothing(_: &Value) -> Option<Value> {
    None
}

/// Shows some attributes of an object.
pub fn attributes(names: &'static [&'static str]) -> impl Fn(&Value) -> Option<Value> {
    move |body| Some(show::only(body, names))
}

/// Shows one attribute of each element of a list.
pub fn each(name: &'static str) -> impl Fn(&Value) -> Option<Value> {
    move |body| {
        let items = body.as_array()?;
        Some(
            items
                .iter()
                .filter_map(|item| item.get(name).cloned())
                .collect(),
        )
    }
}
