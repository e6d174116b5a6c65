//! A database, a clock that tests move, listeners.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use super::api::APIS;
use super::database::Database;
use crate::domain::clock::{Clock, Micros};
use crate::domain::descriptor::{Api, Change, Resource};
use crate::event::{Dispatcher, Hub, Parts, Render, Settings, Subscriber, Waker};
use crate::outbound::{Outbound, Policy, Timeouts};
use crate::store::{
    Backlog, DbResult, DeliveryRow, IdKey, Keys, ResourceRow, Session, Store, Update,
};

/// 2026-11-21T12:00:00Z
pub const START: Micros = Micros(1_795_262_400_000_000);

pub struct Fixture {
    // Goes last: the store has the file open.
    pub store: Store,
    pub clock: Clock,
    database: Database,
}

/// Puts `id` and `href` in front, as the engine does.
struct Plain;

impl Render for Plain {
    fn render(&self, resource: &'static Resource, id: &str, version: &str, doc: &str) -> Value {
        let stored: Value = serde_json::from_str(doc).expect("document");
        let mut shown = json!({"id": id, "href": format!("http://local/{}/{id}", resource.path)});
        if !version.is_empty() {
            shown["version"] = version.into();
        }
        for (name, value) in stored.as_object().expect("object") {
            shown[name] = value.clone();
        }
        shown
    }
}

pub fn render() -> Arc<dyn Render> {
    Arc::new(Plain)
}

pub fn local_only() -> Policy {
    Policy {
        allow_loopback: true,
        ..Policy::default()
    }
}

pub fn settings() -> Settings {
    Settings {
        retry_schedule_s: vec![5, 30],
        timeout: Duration::from_secs(5),
        circuit_failures: 100,
        linger: Duration::from_millis(1),
        poll: Duration::from_millis(200),
        ..Settings::default()
    }
}

pub fn subscriber() -> Subscriber {
    Subscriber {
        tenant: 1,
        principal: "local".into(),
    }
}

impl Fixture {
    pub fn new() -> Self {
        Fixture::with_clock(Clock::fixed_at(START))
    }

    pub fn with_clock(clock: Clock) -> Self {
        let database = Database::new();
        Fixture {
            store: database.open(),
            clock,
            database,
        }
    }

    /// The same database, opened again as another process would.
    pub fn reopen(&mut self) {
        self.store.close();
        self.store = self.database.open();
    }

    pub fn dispatcher(&self) -> Arc<Dispatcher> {
        self.dispatcher_with(settings(), local_only())
    }

    pub fn dispatcher_with(&self, settings: Settings, policy: Policy) -> Arc<Dispatcher> {
        Dispatcher::new(Parts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            apis: APIS,
            render: render(),
            outbound: Outbound::new(policy, Timeouts::default()).expect("client"),
            settings,
        })
    }

    pub fn hub(&self) -> Hub {
        Hub {
            store: self.store.clone(),
            clock: self.clock.clone(),
            policy: Arc::new(local_only()),
            waker: Waker::default(),
            max_subscriptions: 10,
        }
    }

    /// Subscribes and returns the id.
    pub async fn subscribe(
        &self,
        api: &'static Api,
        callback: &str,
        query: Option<&str>,
    ) -> String {
        let mut body = json!({"@type": "Hub", "callback": callback});
        if let Some(query) = query {
            body["query"] = query.into();
        }
        let done = self
            .hub()
            .create(&subscriber(), api, "http://local", &body)
            .await;
        done.expect("subscription").id
    }

    pub async fn create(&self, kind: &str, id: &str, doc: Value) {
        let at = self.clock.now().0;
        let row = ResourceRow {
            seq: 0,
            tenant: 1,
            kind: kind.into(),
            id: id.into(),
            version: String::new(),
            revision: 1,
            current: true,
            label: None,
            state: None,
            created_at: at,
            updated_at: at,
            doc: doc.to_string(),
        };
        let done = self.store.write(move |tx| {
            tx.insert(row.clone(), Keys::default())?;
            tx.announce(&row, "local", Change::Create, None, at);
            Ok(())
        });
        done.await.expect("write");
    }

    pub async fn change(&self, kind: &str, id: &str, change: Change, changed: &str, doc: Value) {
        let (key, changed, at) = (key(kind, id), changed.to_owned(), self.clock.now().0);
        let done = self.store.write(move |tx| {
            let old = tx.versions(&key)?.pop().expect("row");
            let new = ResourceRow {
                doc: doc.to_string(),
                ..old.clone()
            };
            let update = Update {
                old,
                old_keys: Keys::default(),
                new,
                new_keys: Keys::default(),
            };
            let row = tx.update(update)?;
            tx.announce(&row, "local", change, Some(changed.clone()), at);
            Ok(())
        });
        done.await.expect("write");
    }

    pub async fn delete(&self, kind: &str, id: &str) {
        let (key, at) = (key(kind, id), self.clock.now().0);
        let done = self.store.write(move |tx| {
            let old = tx.versions(&key)?.pop().expect("row");
            tx.announce(&old, "local", Change::Delete, None, at);
            tx.delete(old, Keys::default(), at)
        });
        done.await.expect("write");
    }

    pub fn read<T>(&self, read: impl FnOnce(&mut dyn Session) -> DbResult<T>) -> T {
        self.store.read_blocking(read).expect("read")
    }

    pub fn backlog(&self) -> Backlog {
        self.read(|session| session.backlog())
    }

    /// Open deliveries that are due at any time, oldest of each lane.
    pub fn waiting(&self, subscription: &str) -> Vec<DeliveryRow> {
        self.read(|session| session.due_deliveries(subscription, i64::MAX, 1000))
    }
}

fn key(kind: &str, id: &str) -> IdKey {
    IdKey {
        tenant: 1,
        kind: kind.into(),
        id: id.into(),
    }
}

/// A listener that answers as told and remembers what it got.
pub struct Listener {
    pub server: MockServer,
}

impl Listener {
    pub async fn new(answer: impl Fn(&Value) -> ResponseTemplate + Send + Sync + 'static) -> Self {
        let server = MockServer::start().await;
        let respond =
            move |request: &Request| answer(&serde_json::from_slice(&request.body).expect("JSON"));
        Mock::given(any())
            .respond_with(respond)
            .mount(&server)
            .await;
        Listener { server }
    }

    pub async fn good() -> Self {
        Listener::new(|_| ResponseTemplate::new(204)).await
    }

    pub fn url(&self) -> String {
        format!("{}/listener", self.server.uri())
    }

    pub async fn bodies(&self) -> Vec<Value> {
        let requests = self.server.received_requests().await.expect("recording");
        requests
            .iter()
            .map(|request| serde_json::from_slice(&request.body).expect("JSON"))
            .collect()
    }

    /// `name` of the resource in each event, in order of arrival.
    pub async fn names(&self) -> Vec<String> {
        self.bodies().await.iter().map(name_of).collect()
    }
}

pub fn name_of(event: &Value) -> String {
    let resource = event["event"].as_object().and_then(|o| o.values().next());
    let name = resource.and_then(|resource| resource["name"].as_str());
    name.unwrap_or("?").to_owned()
}
