//! What the kinds of jobs do when a job is created or deleted.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::behaviour::durable;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::{Behaviour, Change};
use crate::outbound::Policy;
use crate::store::ResourceRow;

use super::media::Media;
use super::order::Order;
use super::scope::USAGE;
use super::state::NOT_STARTED;
use super::{Location, Settings};

/// Rules of a kind of job.
pub struct JobRules {
    pub settings: Arc<Settings>,
    pub policy: Policy,
    /// The task of the worker's handler.
    pub task: &'static str,
}

impl Behaviour for JobRules {
    /// A job that cannot work is refused at once, and not found out by its error log.
    fn before_create(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        let field = super::field_of(change.resource.kind);
        if *field == USAGE {
            name_file(change.id, doc)?;
        }
        let order = Order::of(change.core, &self.settings, &self.policy, field, doc)?;
        let Some(attributes) = doc.as_object_mut() else {
            return Err(Problem::at(Code::InvalidBody, "", "must be an object"));
        };
        attributes
            .entry("contentType")
            .or_insert_with(|| Value::from(order.media.content_type()));
        set_status(attributes);
        Ok(())
    }

    fn after_create(
        &self,
        change: &mut Change<'_, '_>,
        row: &ResourceRow,
        _doc: &Value,
    ) -> Outcome<()> {
        durable::enqueue(change, self.task, &row.id, &json!({}));
        Ok(())
    }

    /// With its row gone, a job that runs stops at its next checkpoint. What it has written stays.
    fn after_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        let (tenant, kind, id) = (row.tenant, row.kind.as_str(), row.id.as_str());
        change
            .tx
            .direct(|session| session.delete_jobs_of(tenant, kind, id))
    }
}

/// Exports of usage need no `url` (TMF635 v5): their file is named after the job then.
fn name_file(job: &str, doc: &mut Value) -> Outcome<()> {
    let Some(attributes) = doc.as_object_mut().filter(|doc| !doc.contains_key("url")) else {
        return Ok(());
    };
    let content_type = attributes.get("contentType").and_then(Value::as_str);
    let media = Media::of(content_type, &Location::File(PathBuf::new()))?;
    let lines = if media.lines { "nd" } else { "" };
    let zipped = if media.gzip { ".gz" } else { "" };
    let url = format!("file:usage-{job}.{lines}json{zipped}");
    attributes.insert("url".to_owned(), Value::from(url));
    Ok(())
}

fn set_status(attributes: &mut Map<String, Value>) {
    attributes.insert("status".to_owned(), Value::from(NOT_STARTED));
    // Clients cannot send these; a resource that is written by other means must not bring them.
    attributes.shift_remove("completionDate");
    attributes.shift_remove("errorLog");
}
