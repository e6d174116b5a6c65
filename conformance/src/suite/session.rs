//! What the checks of one API version share: the connection, unique names, resources made on the
//! way, and the ledger of what must be deleted at the end.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use crate::clock;
use crate::http::{Call, Client, Exchange, encode};
use crate::json;
use crate::listener::Listener;
use crate::profile::{Profile, Resource};
use crate::template::{self, Values};

/// Shared state of one run against one API version.
pub struct Session {
    /// Connection to the server.
    pub client: Client,
    /// What is tested.
    pub profile: Profile,
    /// URL of the server, without a slash at its end.
    pub root: String,
    /// URL that precedes the resources, without a slash at its end.
    pub base: String,
    /// Callback side.
    pub listener: Listener,
    /// How long an event may take.
    pub event_timeout: Duration,
    /// Common part of all names.
    pub prefix: String,
    counter: AtomicU64,
    ledger: Mutex<Vec<String>>,
    known: Mutex<BTreeMap<String, Value>>,
}

/// A resource that the runner made.
#[derive(Debug, Clone)]
pub struct Created {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// The body sent.
    pub sent: Value,
    /// The body answered.
    pub body: Value,
    /// The exchange that made it.
    pub exchange: Exchange,
}

/// What cleaning up did.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cleanup {
    /// Resources that were deleted.
    pub deleted: usize,
    /// Resources that could not be, with the reason.
    pub left: Vec<String>,
}

type Filling<'a> = Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>>;

/// Prerequisites of prerequisites: deeper is a cycle in the profile.
const MAX_DEPTH: usize = 8;

impl Session {
    /// Starts a session; nothing is sent yet.
    pub fn new(
        client: Client,
        profile: Profile,
        root: String,
        base: String,
        listener: Listener,
        event_timeout: Duration,
        prefix: String,
    ) -> Self {
        Self {
            client,
            profile,
            root,
            base,
            listener,
            event_timeout,
            prefix,
            counter: AtomicU64::new(0),
            ledger: Mutex::default(),
            known: Mutex::default(),
        }
    }

    /// URL of a resource's collection.
    pub fn collection(&self, resource: &Resource) -> String {
        format!("{}/{}", self.base, resource.path())
    }

    /// URL of one resource.
    pub fn item(&self, resource: &Resource, id: &str) -> String {
        format!("{}/{}", self.collection(resource), encode(id))
    }

    /// A name that no other resource of this run has.
    pub fn unique(&self) -> String {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number:05}", self.prefix)
    }

    /// Sends a request.
    pub async fn send(&self, call: Call) -> Exchange {
        self.client.send(call).await
    }

    /// Sends a GET.
    pub async fn get(&self, url: &str) -> Exchange {
        self.send(Call::new(Method::GET, url)).await
    }

    /// Fills a profile body: unique name, time, callback address, variables, and attributes of
    /// other resources, which are made when first asked for.
    ///
    /// # Errors
    /// A text naming the prerequisite that could not be made.
    pub async fn fill(&self, template: &Value) -> Result<Value, String> {
        self.fill_at(template, 0).await
    }

    fn fill_at<'a>(&'a self, template: &'a Value, depth: usize) -> Filling<'a> {
        Box::pin(async move {
            let mut values = Values::from(self.profile.variables.clone());
            values.insert("unique".to_owned(), Value::String(self.unique()));
            values.insert("now".to_owned(), Value::String(clock::text(clock::now())));
            values.insert(
                "listener".to_owned(),
                Value::String(self.listener.base().to_owned()),
            );
            for name in template::names(template) {
                if values.contains_key(&name) || name == "value" {
                    continue;
                }
                let value = self.prerequisite(&name, depth).await?;
                values.insert(name, value);
            }
            Ok(template::fill(template, &values))
        })
    }

    /// Value of `resource.attribute` or `resource#2.attribute`.
    async fn prerequisite(&self, name: &str, depth: usize) -> Result<Value, String> {
        let (which, attribute) = name
            .split_once('.')
            .ok_or_else(|| format!("placeholder {name} has no value"))?;
        let known = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(which)
            .cloned();
        let body = match known {
            Some(body) => body,
            None => self.make_prerequisite(which, depth).await?,
        };
        let found = json::at(&body, attribute)
            .first()
            .map(|value| (*value).clone());
        found.ok_or_else(|| format!("prerequisite {which} has no {attribute}"))
    }

    async fn make_prerequisite(&self, which: &str, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("prerequisite {which} needs itself"));
        }
        let name = which.split('#').next().unwrap_or_default();
        let (collection, template) = self
            .prerequisites()
            .find(|(known, ..)| *known == name)
            .map(|(_, collection, template)| (collection, template))
            .ok_or_else(|| format!("placeholder {which} names no resource"))?;
        let body = self.fill_at(template, depth + 1).await?;
        let call = Call::json(Method::POST, collection.clone(), &body);
        let exchange = self.post_to(&collection, call).await;
        let made = made_id(&exchange).and_then(|_| exchange.json());
        let made = made.ok_or_else(|| {
            format!(
                "prerequisite {which} could not be made ({})",
                exchange.summary()
            )
        })?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(which.to_owned(), made.clone());
        Ok(made)
    }

    /// Name, URL of the collection and smallest body of everything that can be made on the way.
    fn prerequisites(&self) -> impl Iterator<Item = (&str, String, &Value)> {
        let own = self.profile.resources.iter().map(|resource| {
            let template = resource.minimal.as_ref().unwrap_or(&resource.body);
            (resource.name.as_str(), self.collection(resource), template)
        });
        let others = self.profile.others.iter().map(|other| {
            let collection = format!("{}/{}", self.root, other.path.trim_matches('/'));
            (other.name.as_str(), collection, &other.body)
        });
        own.chain(others)
    }

    /// POSTs a body to a collection and remembers what it made.
    pub async fn post(&self, resource: &Resource, body: &Value) -> Exchange {
        let call = Call::json(Method::POST, self.collection(resource), body);
        self.post_call(resource, call).await
    }

    /// Sends a POST of any form and remembers what it made, wanted or not.
    pub async fn post_call(&self, resource: &Resource, call: Call) -> Exchange {
        self.post_to(&self.collection(resource), call).await
    }

    async fn post_to(&self, collection: &str, call: Call) -> Exchange {
        let exchange = self.send(call).await;
        if let Some(id) = made_id(&exchange) {
            self.remember(format!("{collection}/{}", encode(&id)));
        }
        exchange
    }

    /// The resource that a POST made, if it did.
    pub fn created(
        &self,
        resource: &Resource,
        sent: &Value,
        exchange: Exchange,
    ) -> Option<Created> {
        let id = made_id(&exchange)?;
        let body = exchange.json()?;
        let url = self.item(resource, &id);
        Some(Created {
            id,
            url,
            sent: sent.clone(),
            body,
            exchange,
        })
    }

    /// Makes a resource from the profile's body with some attributes replaced.
    ///
    /// # Errors
    /// A text saying what went wrong.
    pub async fn make(&self, resource: &Resource, changes: &Value) -> Result<Created, String> {
        let mut template = resource.body.clone();
        json::merge(&mut template, changes);
        let body = self.fill(&template).await?;
        let exchange = self.post(resource, &body).await;
        let summary = exchange.summary();
        let created = self.created(resource, &body, exchange);
        created.ok_or_else(|| format!("{} could not be made ({summary})", resource.name))
    }

    /// Puts a URL on the list of what is deleted at the end.
    pub fn remember(&self, url: String) {
        self.ledger
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(url);
    }

    /// Takes a URL off that list.
    pub fn forget(&self, url: &str) {
        self.ledger
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|known| known != url);
    }

    /// Deletes what is left, last made first, because earlier resources may be referred to. What
    /// is still referred to is tried again for as long as anything else could be deleted.
    pub async fn clean_up(&self) -> Cleanup {
        let mut urls: Vec<String> =
            std::mem::take(&mut *self.ledger.lock().unwrap_or_else(PoisonError::into_inner));
        urls.reverse();
        let mut cleanup = Cleanup::default();
        loop {
            let before = urls.len();
            let mut left = Vec::new();
            cleanup.left.clear();
            for url in urls {
                let exchange = self.send(Call::new(Method::DELETE, &url)).await;
                match exchange.status() {
                    Some(200 | 202 | 204) => cleanup.deleted += 1,
                    Some(404 | 410) => {}
                    _ => {
                        cleanup.left.push(format!("{url} ({})", exchange.summary()));
                        left.push(url);
                    }
                }
            }
            if left.is_empty() || left.len() == before {
                return cleanup;
            }
            urls = left;
        }
    }
}

/// Id of what a POST made; empty ids do not count.
fn made_id(exchange: &Exchange) -> Option<String> {
    if !exchange.is(&[200, 201, 202]) || exchange.request.method != Method::POST {
        return None;
    }
    let body = exchange.json()?;
    let id = body.get("id")?.as_str()?;
    (!id.is_empty()).then(|| id.to_owned())
}
