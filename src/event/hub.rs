//! Subscriptions (TMF630 part 1, hub): create, read, end.
//!
//! The same callback and query may be registered more than once; each registration is a
//! subscription of its own with its own id, and gets each event once. The standard asks for 409
//! only of servers that can have a single listener.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::dispatcher::Waker;
use super::feed::event_entities;
use crate::domain::clock::Clock;
use crate::domain::descriptor::{Api, Kind, Scalar};
use crate::domain::ids;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::domain::query::parse_event_query;
use crate::outbound::{Policy, check_url};
use crate::store::{Store, SubscriptionRow};

/// Longest query that is taken, in bytes.
const MAX_QUERY: usize = 4096;

/// Who subscribes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    pub tenant: i64,
    pub principal: String,
}

/// A subscription as it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub id: String,
    /// Its URL, for `Location`.
    pub location: String,
    /// The entity of the API version.
    pub document: Value,
}

/// The subscriptions of all APIs.
#[derive(Clone)]
pub struct Hub {
    pub store: Store,
    pub clock: Clock,
    pub policy: Arc<Policy>,
    pub waker: Waker,
    /// Subscriptions that a tenant may have, over all APIs.
    pub max_subscriptions: usize,
}

impl Hub {
    /// Takes a subscription. `base_url` is what `Location` begins with, before the path of the API.
    ///
    /// # Errors
    /// `InvalidBody` with the pointer of each bad attribute, `UrlRefused` for a callback that the
    /// policy forbids, `InvalidQuery` for a query that cannot be read, `Conflict` when there are too
    /// many subscriptions.
    pub async fn create(
        &self,
        subscriber: &Subscriber,
        api: &'static Api,
        base_url: &str,
        body: &Value,
    ) -> Outcome<Subscription> {
        let (callback, query) = self.checked(api, body)?;
        let row = SubscriptionRow {
            id: ids::new_id(),
            tenant: subscriber.tenant,
            principal: subscriber.principal.clone(),
            api: api.id.to_owned(),
            api_version: api.version.as_str().to_owned(),
            callback,
            query,
            created_at: self.clock.now().0,
            failures: 0,
            retry_at: 0,
            lease_owner: None,
            lease_until: 0,
        };
        let answer = shown(api, base_url, &row);
        let max = i64::try_from(self.max_subscriptions).unwrap_or(i64::MAX);
        self.store
            .write(move |tx| {
                tx.lock("subscriptions")?;
                let known = tx.direct(|session| session.count_subscriptions(row.tenant))?;
                if known >= max {
                    let message = format!(
                        "There are {known} subscriptions already, and no more are possible."
                    );
                    return Err(Problem::new(Code::Conflict, message));
                }
                tx.direct(|session| session.insert_subscription(&row))
            })
            .await?;
        self.waker.subscribed();
        Ok(answer)
    }

    /// Reads a subscription of this API version.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn read(
        &self,
        tenant: i64,
        api: &'static Api,
        base_url: &str,
        id: &str,
    ) -> Outcome<Subscription> {
        let key = id.to_owned();
        let row = self
            .store
            .point(move |session| session.subscription(tenant, &key))
            .await?;
        match row {
            Some(row) if belongs(&row, api) => Ok(shown(api, base_url, &row)),
            _ => Err(unknown(id)),
        }
    }

    /// Ends a subscription; what waits for it is dropped.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(&self, tenant: i64, api: &'static Api, id: &str) -> Outcome<()> {
        let key = id.to_owned();
        let gone = self
            .store
            .write(move |tx| {
                tx.direct(|session| match session.subscription(tenant, &key)? {
                    Some(row) if belongs(&row, api) => session.delete_subscription(tenant, &key),
                    _ => Ok(false),
                })
            })
            .await?;
        if gone { Ok(()) } else { Err(unknown(id)) }
    }

    /// Callback and query of a body, checked.
    fn checked(&self, api: &'static Api, body: &Value) -> Outcome<(String, Option<String>)> {
        let Some(attributes) = body.as_object() else {
            return Err(Problem::at(Code::InvalidBody, "", "it must be an object"));
        };
        check_form(api, attributes)?;
        let text = |name: &str| attributes.get(name).and_then(Value::as_str);
        let callback = text("callback").unwrap_or_default();
        check_url(&self.policy, callback)
            .map_err(|problem| Problem::at(problem.code, "/callback", problem.message))?;
        let query = text("query")
            .map(str::trim)
            .filter(|query| !query.is_empty());
        if let Some(query) = query {
            check_query(api, query)?;
        }
        Ok((callback.to_owned(), query.map(str::to_owned)))
    }
}

/// What the descriptor of the posted entity asks for.
fn check_form(api: &'static Api, attributes: &Map<String, Value>) -> Outcome<()> {
    let mut violations = Vec::new();
    for attribute in api.hub.create.attributes {
        let message = match attributes.get(attribute.name) {
            None if attribute.required_on_create => "it is required",
            Some(Value::Null) if attribute.required_on_create => "it is required",
            None | Some(Value::Null | Value::String(_)) => continue,
            Some(_) if is_text(attribute.kind) => "it must be a string",
            Some(_) => continue,
        };
        violations.push(Violation {
            path: format!("/{}", attribute.name),
            message: message.to_owned(),
        });
    }
    if violations.is_empty() {
        return Ok(());
    }
    Err(Problem::many(Code::InvalidBody, violations))
}

fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Scalar(Scalar::String | Scalar::Uri))
}

fn check_query(api: &'static Api, query: &str) -> Outcome<()> {
    if query.len() > MAX_QUERY {
        let message = format!("it is longer than {MAX_QUERY} bytes");
        return Err(Problem::at(Code::LimitExceeded, "/query", message));
    }
    parse_event_query(query, &event_entities(api))
        .map(drop)
        .map_err(|problem| Problem::at(Code::InvalidQuery, "/query", problem.message))
}

fn belongs(row: &SubscriptionRow, api: &Api) -> bool {
    row.api == api.id && row.api_version == api.version.as_str()
}

fn unknown(id: &str) -> Problem {
    Problem::new(Code::NotFound, format!("There is no subscription {id}."))
}

/// The one place that answers a subscription: the attributes that the entity of the version has.
fn shown(api: &Api, base_url: &str, row: &SubscriptionRow) -> Subscription {
    let base = base_url.trim_end_matches('/');
    let location = format!("{base}{}/hub/{}", api.base_path(), row.id);
    let entity = api.hub.entity;
    let attributes = [
        ("id", Some(row.id.as_str())),
        ("href", Some(location.as_str())),
        ("callback", Some(row.callback.as_str())),
        ("query", row.query.as_deref()),
        ("@type", Some(entity.name)),
    ];
    let document = attributes
        .into_iter()
        .filter(|(name, _)| entity.attribute(name).is_some())
        .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))))
        .collect();
    Subscription {
        id: row.id.clone(),
        document: Value::Object(document),
        location,
    }
}
