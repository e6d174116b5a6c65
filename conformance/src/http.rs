//! HTTP exchanges: what was sent, what came back, and both in a form that a person can repeat.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url, redirect};
use serde::Serialize;
use serde_json::Value;

/// Bodies beyond this size are cut: no check needs more, and a server under test must not fill
/// the runner's memory.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// Characters of a body that reports show.
const EXCERPT: usize = 4000;

/// Headers whose values never appear in a report, because reports are sent to others.
const SECRET: [&str; 4] = [
    "authorization",
    "cookie",
    "x-api-key",
    "proxy-authorization",
];

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
    /// Method.
    pub method: Method,
    /// Complete URL. The query is sent as written, so that encodings can be tested.
    pub url: String,
    /// Headers of this call; those of the command line are added.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Option<String>,
}

impl Call {
    /// A request without body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// A request with a body of some media type.
    pub fn with_body(method: Method, url: impl Into<String>, media: &str, body: String) -> Self {
        let mut call = Self::new(method, url);
        call.headers
            .push(("Content-Type".to_owned(), media.to_owned()));
        call.body = Some(body);
        call
    }

    /// A request with a JSON body.
    pub fn json(method: Method, url: impl Into<String>, body: &Value) -> Self {
        Self::with_body(method, url, "application/json", body.to_string())
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The request as a shell command; secrets are left out.
    pub fn curl(&self) -> String {
        let mut parts = vec!["curl -i".to_owned()];
        if self.method != Method::GET {
            parts.push(format!("-X {}", self.method));
        }
        for (name, value) in &self.headers {
            parts.push(format!(
                "-H {}",
                quoted(&format!("{name}: {}", shown(name, value)))
            ));
        }
        if let Some(body) = &self.body {
            parts.push(format!("--data-binary {}", quoted(&cut(body))));
        }
        parts.push(quoted(&self.url));
        parts.join(" ")
    }
}

fn shown<'a>(name: &str, value: &'a str) -> &'a str {
    if SECRET.contains(&name.to_ascii_lowercase().as_str()) {
        "***"
    } else {
        value
    }
}

/// Single quotes keep everything but themselves.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= EXCERPT {
        return text.to_owned();
    }
    format!("{}...", text.chars().take(EXCERPT).collect::<String>())
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Headers in the order received.
    pub headers: Vec<(String, String)>,
    /// Body; bytes that are not UTF-8 are replaced.
    pub body: String,
}

/// A request and what became of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The request.
    pub request: Call,
    /// The answer, or why there was none.
    pub reply: Result<Reply, String>,
}

/// An exchange as reports show it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Excerpt {
    /// Request line and headers.
    pub request: String,
    /// Body sent.
    pub request_body: String,
    /// Status line and headers, or the transport error.
    pub response: String,
    /// Body received.
    pub response_body: String,
}

impl Exchange {
    /// Status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.reply.as_ref().ok().map(|reply| reply.status)
    }

    /// Whether the status is one of those given.
    pub fn is(&self, statuses: &[u16]) -> bool {
        self.status()
            .is_some_and(|status| statuses.contains(&status))
    }

    /// First value of a header; the name is not case sensitive.
    pub fn header(&self, name: &str) -> Option<&str> {
        let reply = self.reply.as_ref().ok()?;
        let found = reply
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// All values of a header, joined with commas as HTTP allows.
    pub fn header_list(&self, name: &str) -> String {
        let Ok(reply) = &self.reply else {
            return String::new();
        };
        let values = reply
            .headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values
            .map(|(_, value)| value.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.reply.as_ref().ok()?.body).ok()
    }

    /// What came back, in one line.
    pub fn summary(&self) -> String {
        match &self.reply {
            Ok(reply) => format!("status {}", reply.status),
            Err(error) => format!("no answer: {error}"),
        }
    }

    /// Shortened form for reports.
    pub fn excerpt(&self) -> Excerpt {
        let request = &self.request;
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| (name, shown(name, value)));
        let (response, response_body) = match &self.reply {
            Ok(reply) => {
                let headers = reply
                    .headers
                    .iter()
                    .map(|(name, value)| (name, shown(name, value)));
                (
                    lines(&format!("HTTP {}", reply.status), headers),
                    cut(&reply.body),
                )
            }
            Err(error) => (error.clone(), String::new()),
        };
        Excerpt {
            request: lines(&format!("{} {}", request.method, request.url), headers),
            request_body: request.body.as_deref().map(cut).unwrap_or_default(),
            response,
            response_body,
        }
    }
}

fn lines<'a>(first: &str, headers: impl Iterator<Item = (&'a String, &'a str)>) -> String {
    let mut text = first.to_owned();
    for (name, value) in headers {
        text.push_str(&format!("\n{name}: {value}"));
    }
    text
}

/// Sends requests one at a time and never follows redirects: a redirect is an answer to be judged.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
    extra: Vec<(String, String)>,
}

impl Client {
    /// `extra` headers go with every request; `timeout` bounds each.
    ///
    /// # Errors
    /// A text saying which header is malformed or why TLS could not be set up.
    pub fn new(extra: &[String], timeout: Duration) -> Result<Self, String> {
        // A second installation is an error of no consequence: some provider is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let extra = extra
            .iter()
            .map(|line| parse_header(line))
            .collect::<Result<Vec<_>, _>>()?;
        let inner = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(timeout)
            .no_proxy()
            .user_agent(concat!("tmf-conformance/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { inner, extra })
    }

    /// Sends a request. Transport errors become part of the exchange.
    pub async fn send(&self, mut call: Call) -> Exchange {
        call.headers.extend(self.extra.clone());
        let reply = self.transmit(&call).await;
        Exchange {
            request: call,
            reply,
        }
    }

    async fn transmit(&self, call: &Call) -> Result<Reply, String> {
        let url = Url::parse(&call.url).map_err(|error| format!("{}: {error}", call.url))?;
        let mut request = self
            .inner
            .request(call.method.clone(), url)
            .headers(headers(call)?);
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let mut response = request.send().await.map_err(|error| chain(&error))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| chain(&error))? {
            if body.len() + chunk.len() > MAX_BODY {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

fn parse_header(line: &str) -> Result<(String, String), String> {
    let (name, value) = line
        .split_once(':')
        .ok_or_else(|| format!("header '{line}' is not 'Name: value'"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn headers(call: &Call) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::new();
    for (name, value) in &call.headers {
        let key = HeaderName::try_from(name).map_err(|error| format!("header {name}: {error}"))?;
        let value =
            HeaderValue::try_from(value).map_err(|error| format!("header {name}: {error}"))?;
        map.insert(key, value);
    }
    Ok(map)
}

/// The causes of an error: reqwest's own text hides that a connection was refused.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// Percent-encodes everything but unreserved characters.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Makes a URL absolute against the URL of the request that brought it.
pub fn resolve(base: &str, reference: &str) -> String {
    Url::parse(base)
        .and_then(|base| base.join(reference))
        .map_or_else(|_| reference.to_owned(), |url| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_reach_the_report() {
        let call = Call::json(
            Method::POST,
            "http://h/x?a='b'",
            &serde_json::json!({"a": "it's"}),
        )
        .header("Authorization", "Bearer abc");
        let curl = call.curl();
        assert!(!curl.contains("abc"));
        assert!(
            curl.contains(r#"--data-binary '{"a":"it'\''s"}'"#),
            "{curl}"
        );
        assert!(curl.starts_with("curl -i -X POST"));
    }

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(encode("a b+c>é"), "a%20b%2Bc%3E%C3%A9");
    }
}
