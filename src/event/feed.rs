//! What one subscription wants: its API version and its query, read once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::payload::{Announcement, Render};
use super::privacy::Privacy;
use crate::domain::descriptor::{Api, ApiVersion, Entity};
use crate::domain::query::{EventQuery, parse_event_query};
use crate::store::{DbResult, EventRow, IdKey, Session, SubscriptionRow};

/// A subscription, ready to be asked.
#[derive(Clone)]
pub(super) struct Feed {
    pub api: &'static Api,
    query: Option<Arc<EventQuery>>,
    privacy: Arc<Privacy>,
}

impl Feed {
    /// What the subscriber is sent of an event, shaped as asked; `None` when the event is not meant
    /// for it.
    pub fn document(
        &self,
        session: &mut dyn Session,
        render: &dyn Render,
        row: &EventRow,
    ) -> DbResult<Option<Value>> {
        let Some(announcement) = Announcement::of(self.api, row) else {
            return Ok(None);
        };
        let doc = document_of(session, render, row)?;
        let mut document = announcement.document(render, row, doc.as_deref());
        let query = self.query.as_deref();
        self.privacy.withhold(&announcement, query, &mut document);
        Ok(Some(match query {
            Some(query) => query.shape(document),
            None => document,
        }))
    }

    /// True when the subscriber wants the event. Nothing is rendered for one without a query.
    pub fn selects(
        &self,
        session: &mut dyn Session,
        render: &dyn Render,
        row: &EventRow,
    ) -> DbResult<bool> {
        let Some(announcement) = Announcement::of(self.api, row) else {
            return Ok(false);
        };
        let Some(query) = &self.query else {
            return Ok(true);
        };
        if query.filter.is_none() {
            return Ok(true);
        }
        let doc = document_of(session, render, row)?;
        Ok(query.selects(&announcement.document(render, row, doc.as_deref())))
    }
}

fn document_of(
    session: &mut dyn Session,
    render: &dyn Render,
    row: &EventRow,
) -> DbResult<Option<String>> {
    let key = IdKey::new(row.tenant, &row.kind, &row.id);
    let doc = session.document_at(&key, &row.version, row.revision)?;
    doc.map(|doc| render.complete(session, row, doc))
        .transpose()
}

/// The entities that a query of a subscription may name attributes of.
pub(super) fn event_entities(api: &'static Api) -> Vec<&'static Entity> {
    api.listeners
        .iter()
        .map(|listener| listener.entity)
        .collect()
}

/// Feeds of all subscriptions seen so far. A subscription never changes, so its query is read once.
pub(super) struct Feeds {
    /// Every API version, with what is personal in it.
    apis: Vec<(&'static Api, Arc<Privacy>)>,
    known: Mutex<HashMap<String, Option<Feed>>>,
}

impl Feeds {
    pub fn new(apis: &'static [&'static Api]) -> Self {
        Feeds {
            apis: apis
                .iter()
                .map(|api| (*api, Arc::new(Privacy::of(api))))
                .collect(),
            known: Mutex::new(HashMap::new()),
        }
    }

    /// The feed of a subscription; `None` when this process does not serve its API version.
    pub fn of(&self, row: &SubscriptionRow) -> Option<Feed> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = known.get(&row.id) {
            return feed.clone();
        }
        let feed = self.read(row);
        known.insert(row.id.clone(), feed.clone());
        feed
    }

    /// Forgets subscriptions that are gone.
    pub fn keep(&self, rows: &[SubscriptionRow]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > rows.len() {
            known.retain(|id, _| rows.iter().any(|row| row.id == *id));
        }
    }

    fn read(&self, row: &SubscriptionRow) -> Option<Feed> {
        let version = ApiVersion::parse(&row.api_version)?;
        let (api, privacy) = self
            .apis
            .iter()
            .find(|(api, _)| api.id == row.api && api.version == version)?;
        let query = row.query.as_deref().and_then(|raw| {
            parse_event_query(raw, &event_entities(api))
                .inspect_err(|problem| {
                    // It was good when it was taken: a later edition reads it differently. Too many
                    // events are the smaller harm.
                    tracing::error!(subscription = row.id, problem = %problem.logged(), "a query is no longer understood");
                })
                .ok()
        });
        Some(Feed {
            api,
            query: query.map(Arc::new),
            privacy: Arc::clone(privacy),
        })
    }
}
