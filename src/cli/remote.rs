//! A running server, as commands call it.

use clap::Args;
use reqwest::Method;
use serde_json::Value;

use super::Failure;
use crate::outbound::{Outbound, Policy, Timeouts};

/// Largest answer that is read.
const MAX_BYTES: u64 = 256 << 20;
/// Resources that are asked for at once.
const PAGE: usize = 500;

/// Which server.
#[derive(Clone, Debug, Args)]
pub struct Server {
    /// The running server
    #[arg(
        long = "server",
        value_name = "URL",
        default_value = "http://127.0.0.1:8080"
    )]
    pub url: String,
}

/// A client of the server.
pub struct Remote {
    http: Outbound,
    base: String,
}

/// An answer, whatever its status.
pub struct Answer {
    pub status: u16,
    pub text: String,
    link: Option<String>,
}

impl Answer {
    /// The body.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn json(&self) -> Result<Value, Failure> {
        serde_json::from_str(&self.text)
            .map_err(|_| Failure::new("the server's answer is no JSON; is it a Tollgate?"))
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Remote {
    /// A client of the server. Whoever types the address decides where it leads.
    ///
    /// # Errors
    /// When the client cannot be set up.
    pub fn new(server: &Server) -> Result<Self, Failure> {
        let policy = Policy {
            allow_private: true,
            allow_loopback: true,
            ..Policy::default()
        };
        Ok(Remote {
            http: Outbound::new(policy, Timeouts::default()).map_err(Failure::new)?,
            base: server.url.trim_end_matches('/').to_owned(),
        })
    }

    /// Makes a call and hands over the answer.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, &Value)>,
    ) -> Result<Answer, Failure> {
        let url = format!("{}{path}", self.base);
        let mut request = self.http.request(method, &url)?;
        if let Some((media, body)) = body {
            request = request.header("Content-Type", media).body(body.to_string());
        }
        let lost = |lost: &dyn std::fmt::Display| {
            Failure::new(format!("{} does not answer: {lost}", self.base))
        };
        let answer = self
            .http
            .exchange(request, MAX_BYTES)
            .await
            .map_err(|error| lost(&error.why))?;
        let (status, link) = (answer.status(), answer.header("link").map(str::to_owned));
        let bytes = answer.bytes().await.map_err(|error| lost(&error))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::new("the server's answer is no text; is it a Tollgate?"))?;
        Ok(Answer { status, text, link })
    }

    /// GET of a text.
    ///
    /// # Errors
    /// What the server says when it is no success.
    pub async fn text(&self, path: &str) -> Result<String, Failure> {
        let answer = self.call(Method::GET, path, None).await?;
        Ok(succeeded(answer)?.text)
    }

    /// GET of a document.
    ///
    /// # Errors
    /// As [`Remote::text`].
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        let answer = self.call(Method::GET, path, None).await?;
        succeeded(answer)?.json()
    }

    /// GET of a document that may not be there.
    ///
    /// # Errors
    /// As [`Remote::text`], without 404.
    pub async fn find(&self, path: &str) -> Result<Option<Value>, Failure> {
        let answer = self.call(Method::GET, path, None).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        succeeded(answer)?.json().map(Some)
    }

    /// POST of a document.
    ///
    /// # Errors
    /// As [`Remote::text`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        let body = Some(("application/json", body));
        succeeded(self.call(Method::POST, path, body).await?)
    }

    /// A merge patch.
    ///
    /// # Errors
    /// As [`Remote::text`].
    pub async fn merge(&self, path: &str, patch: &Value) -> Result<Answer, Failure> {
        let body = Some(("application/merge-patch+json", patch));
        succeeded(self.call(Method::PATCH, path, body).await?)
    }

    /// All resources of a collection, page by page. `query` narrows them down; it may be empty.
    ///
    /// # Errors
    /// As [`Remote::text`].
    pub async fn all(&self, collection: &str, query: &str) -> Result<Vec<Value>, Failure> {
        let further = match query {
            "" => String::new(),
            query => format!("&{query}"),
        };
        let mut found = Vec::new();
        let mut path = Some(format!("{collection}?after=&limit={PAGE}{further}"));
        while let Some(next) = path {
            let answer = succeeded(self.call(Method::GET, &next, None).await?)?;
            let Value::Array(page) = answer.json()? else {
                return Err(Failure::new("the server's answer is no list"));
            };
            found.extend(page);
            path = answer.link.as_deref().and_then(next_page);
        }
        Ok(found)
    }
}

/// Path and query of the link to the next page.
pub fn next_page(link: &str) -> Option<String> {
    let is_next = |part: &&str| part.contains("rel=\"next\"") || part.contains("rel=next");
    let next = link.split(',').find(is_next)?;
    let url = next.split_once('<')?.1.split_once('>')?.0;
    let url = url::Url::parse(url).ok()?;
    Some(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}

/// A segment of a path as it is written in a URL.
pub fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

fn succeeded(answer: Answer) -> Result<Answer, Failure> {
    if answer.is_success() {
        return Ok(answer);
    }
    Err(Failure::new(refusal(answer.status, &answer.text)))
}

/// What the server says, in lines for people.
fn refusal(status: u16, text: &str) -> String {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let part = |name: &str| body.get(name).and_then(Value::as_str);
    let Some(message) = part("message").or_else(|| part("reason")) else {
        return format!("the server answered with status {status}");
    };
    let mut lines = vec![message.to_owned()];
    let violations = body.get("violation").and_then(Value::as_array);
    for violation in violations.into_iter().flatten() {
        let part = |name: &str| violation.get(name).and_then(Value::as_str);
        let (path, message) = (part("path"), part("message"));
        lines.push(format!(
            "  {} {}",
            path.unwrap_or_default(),
            message.unwrap_or_default()
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{next_page, refusal, segment};

    #[test]
    fn links() {
        let link =
            "<http://h/a?limit=4>; rel=\"self\", <http://h/a?limit=4&offset=4>; rel=\"next\"";
        assert_eq!(next_page(link).as_deref(), Some("/a?limit=4&offset=4"));
        assert_eq!(next_page("<http://h/a>; rel=\"self\""), None);
    }

    #[test]
    fn refusals_are_sentences() {
        let body = r#"{"message": "No.", "violation": [{"path": "/a", "message": "is wrong"}]}"#;
        assert_eq!(refusal(400, body), "No.\n  /a is wrong");
        assert_eq!(
            refusal(502, "<html>"),
            "the server answered with status 502"
        );
    }

    #[test]
    fn segments() {
        assert_eq!(segment("a b/c"), "a%20b%2Fc");
    }
}
