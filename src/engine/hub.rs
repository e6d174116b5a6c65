//! Subscriptions, as the API layer asks for them.

use serde_json::Value;

use super::behaviour::Caller;
use super::{Core, Engine};
use crate::domain::descriptor::{Api, Resource};
use crate::domain::problem::Outcome;
use crate::event::{Render, Subscriber, Subscription};
use crate::store::{DbResult, EventRow, ResourceRow, Session};

impl Engine {
    /// Takes a subscription to the events of an API.
    ///
    /// # Errors
    /// As [`crate::event::Hub::create`].
    pub async fn subscribe(
        &self,
        api: &'static Api,
        body: &Value,
        caller: Caller,
    ) -> Outcome<Subscription> {
        let subscriber = Subscriber {
            tenant: caller.tenant,
            principal: caller.principal,
        };
        self.hub
            .create(&subscriber, api, self.core.links.base_url(), body)
            .await
    }

    /// Reads a subscription.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn subscription(
        &self,
        api: &'static Api,
        id: &str,
        caller: &Caller,
    ) -> Outcome<Subscription> {
        self.hub
            .read(caller.tenant, api, self.core.links.base_url(), id)
            .await
    }

    /// Ends a subscription.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn unsubscribe(&self, api: &'static Api, id: &str, caller: &Caller) -> Outcome<()> {
        self.hub.delete(caller.tenant, api, id).await
    }

    /// The database answers.
    ///
    /// # Errors
    /// `Unavailable` when it does not.
    pub async fn ping(&self) -> Outcome<()> {
        self.store.scan(|session| session.ping()).await
    }
}

impl Render for Core {
    fn render(&self, resource: &'static Resource, id: &str, version: &str, doc: &str) -> Value {
        let row = ResourceRow {
            seq: 0,
            tenant: 0,
            kind: resource.kind.to_owned(),
            id: id.to_owned(),
            version: version.to_owned(),
            revision: 0,
            current: true,
            label: None,
            state: None,
            created_at: 0,
            updated_at: 0,
            doc: doc.to_owned(),
        };
        self.value(resource, &row, None).unwrap_or_else(|problem| {
            tracing::error!(problem = %problem.logged(), kind = resource.kind, id, "an event has no readable document");
            Value::Null
        })
    }

    fn complete(
        &self,
        session: &mut dyn Session,
        event: &EventRow,
        doc: String,
    ) -> DbResult<String> {
        self.decorate_event(session, event, doc)
    }
}
