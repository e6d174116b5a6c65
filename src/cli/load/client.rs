//! Single requests, for what prepares and concludes a measurement.

use serde_json::Value;

use super::super::Failure;
use super::connection::Connection;
use super::request::{self, JSON};
use super::response::header;
use super::target::Target;

/// Ids of one list request.
const PAGE: u64 = 500;
/// Parts of a large collection that ids are taken from.
const PLACES: u64 = 20;

/// A connection that speaks in values.
pub struct Client<'t> {
    target: &'t Target,
    connection: Connection,
}

/// A page of a list.
pub struct Listed {
    pub items: Vec<Value>,
    pub total: u64,
    /// Cursor behind the last item.
    pub after: Option<String>,
}

impl<'t> Client<'t> {
    pub fn new(target: &'t Target) -> Self {
        Client {
            target,
            connection: Connection::new(target.address),
        }
    }

    /// A page of a collection.
    ///
    /// # Errors
    /// For another answer than a list.
    pub async fn list(&mut self, collection: &str, query: &str) -> Result<Listed, Failure> {
        let path = format!(
            "{}?{}",
            self.target.collection(collection),
            request::query(query)
        );
        let answer = self
            .connection
            .call(&request::get(self.target, &path))
            .await?;
        if !matches!(answer.status, 200 | 206) {
            return Err(refused("GET", &path, answer.status, answer.body));
        }
        let Value::Array(items) = serde_json::from_slice(answer.body)? else {
            return Err(Failure::new(format!("GET {path}: the answer is no array")));
        };
        let total = header(answer.head, "x-total-count").and_then(|text| text.parse().ok());
        let total = total.ok_or_else(|| Failure::new(format!("GET {path}: no X-Total-Count")))?;
        let after = header(answer.head, "x-cursor-after").map(str::to_owned);
        Ok(Listed {
            items,
            total,
            after,
        })
    }

    /// One resource by its path.
    ///
    /// # Errors
    /// For another answer than 200.
    pub async fn get(&mut self, collection: &str, id: &str) -> Result<Value, Failure> {
        let path = format!("{}/{id}", self.target.collection(collection));
        let answer = self
            .connection
            .call(&request::get(self.target, &path))
            .await?;
        if answer.status != 200 {
            return Err(refused("GET", &path, answer.status, answer.body));
        }
        Ok(serde_json::from_slice(answer.body)?)
    }

    /// Creates something and returns its id.
    ///
    /// # Errors
    /// For another answer than 201.
    pub async fn post(&mut self, collection: &str, body: &str) -> Result<String, Failure> {
        let path = self.target.collection(collection);
        let request = request::with_body(self.target, "POST", &path, JSON, body.as_bytes());
        let answer = self.connection.call(&request).await?;
        if answer.status != 201 {
            return Err(refused("POST", &path, answer.status, answer.body));
        }
        let made: Value = serde_json::from_slice(answer.body)?;
        id_of(&made).ok_or_else(|| Failure::new(format!("POST {path}: the answer has no id")))
    }

    /// Ids from all over a collection, at most so many.
    ///
    /// # Errors
    /// When there are none.
    pub async fn ids(&mut self, collection: &str, most: u32) -> Result<Vec<String>, Failure> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let total = self.list(collection, "fields=none&limit=1").await?.total;
        let step = if total <= PAGE * PLACES {
            PAGE
        } else {
            total / PLACES
        };
        let mut ids = Vec::new();
        let mut offset = 0;
        while offset < total && ids.len() < most {
            let query = format!("fields=none&limit={PAGE}&offset={offset}");
            ids.extend(
                self.list(collection, &query)
                    .await?
                    .items
                    .iter()
                    .filter_map(id_of),
            );
            offset += step;
        }
        ids.truncate(most);
        if ids.is_empty() {
            let hint = "run `tollgate load prepare --offerings 100000` first";
            return Err(Failure::new(format!(
                "there is no {collection} to read; {hint}"
            )));
        }
        Ok(ids)
    }
}

pub fn id_of(resource: &Value) -> Option<String> {
    resource.get("id")?.as_str().map(str::to_owned)
}

fn refused(method: &str, path: &str, status: u16, body: &[u8]) -> Failure {
    let body = String::from_utf8_lossy(body);
    let body: String = body.chars().take(300).collect();
    Failure::new(format!("{method} {path}: {status} {body}"))
}

/// Runs a preparation on a runtime of its own.
///
/// # Errors
/// What the work returns.
pub fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
