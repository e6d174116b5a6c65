//! The `query` of an event subscription: the same grammar on the event document (TMF630 part 1,
//! hub: a query both selects events and shapes them).

use serde_json::Value;

use super::condition::Conditions;
use super::fields::{Fields, Tree, entries};
use super::filter::Filter;
use super::jsonpath;
use super::parameter::{Parameter, Sign, parameters};
use super::scope::Scope;
use crate::domain::descriptor::Entity;
use crate::domain::problem::Outcome;

/// Kept in every shaped event: a receiver could neither route it nor recognise a repetition
/// without them.
const ALWAYS: [&str; 6] = ["eventId", "eventTime", "eventType", "@type", "id", "href"];

/// Which events a subscriber wants, and what of them.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct EventQuery {
    pub filter: Option<Filter>,
    pub fields: Fields,
    /// The entries of `fields` that lead into the payload, `event.customer` and longer. They are
    /// kept by themselves because `event` beside them covers them in `fields`.
    within: Option<Tree>,
}

/// Reads a subscription's query; an empty one wants everything.
///
/// Names are those of the event as it is sent. Unknown names are accepted, since extensions travel
/// in events too and a subscription outlives the version it was made for; where the entities know
/// an attribute, its type holds, otherwise the type of the value met.
///
/// # Errors
/// As for [`super::parse_list`]; parameters of paging and order have no meaning here and are
/// refused.
pub fn parse_event_query(raw: &str, entities: &[&'static Entity]) -> Outcome<EventQuery> {
    let raw = raw.trim();
    let raw = raw.strip_prefix('?').unwrap_or(raw);
    let scope = Scope::lenient(entities);
    let mut query = EventQuery::default();
    let mut conditions = Conditions::default();
    for parameter in parameters(raw)? {
        match (parameter.sign, parameter.name.as_str()) {
            (Sign::Assign, "fields") => query.add_fields(&parameter)?,
            (Sign::Assign, "filter") => jsonpath::add(&mut conditions, &parameter, &scope)?,
            (Sign::Assign, "sort" | "offset" | "limit" | "after" | "before") => {
                return Err(parameter.refuse("it has no meaning for events"));
            }
            _ => conditions.add(&parameter, &scope)?,
        }
    }
    query.filter = conditions.finish();
    Ok(query)
}

impl EventQuery {
    fn add_fields(&mut self, parameter: &Parameter) -> Outcome<()> {
        self.fields.add(parameter)?;
        for entry in entries(parameter.value.as_str()).filter(|entry| entry.contains('.')) {
            self.within.get_or_insert_default().add(entry);
        }
        Ok(())
    }

    /// What `fields` names of the resource in the payload: the whole of it for `event.customer`,
    /// none for `event` alone and without `fields`.
    pub fn asked(&self, holder: &str, resource: &str) -> Option<&Tree> {
        self.within.as_ref()?.below(holder)?.below(resource)
    }

    /// True when the subscriber wants this event document.
    pub fn selects(&self, event: &Value) -> bool {
        self.filter.as_ref().is_none_or(|f| f.matches(event))
    }

    /// Leaves what was asked for, and always what identifies the event.
    pub fn shape(&self, event: Value) -> Value {
        self.fields.apply_keeping(event, &ALWAYS)
    }
}
