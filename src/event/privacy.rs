//! Personal data in events: a subscriber gets what it asked for by name and nothing more.
//!
//! Personal attributes (the model marks them) are left out of the payload. A subscriber asks for
//! them by the `fields` of its query: an entry that names the resource (`fields=event.customer`)
//! asks for all of it, an entry that names an attribute asks for that one with all it holds. The
//! payload as such (`fields=event`, or no `fields`) does not ask for anything personal; both kinds of
//! entries add up: `fields=event,event.customer.name`.
//!
//! Resources that are not about anybody, whose only personal data are the names in references to
//! parties, are sent as they are: those of a product catalog.

use serde_json::Value;

use super::payload::Announcement;
use crate::domain::descriptor::{Api, Resource};
use crate::domain::personal::Personal;
use crate::domain::query::EventQuery;

/// What is personal in the resources of an API version.
pub(super) struct Privacy {
    /// Resources with nothing to withhold are not listed.
    resources: Vec<(&'static Resource, Personal)>,
}

impl Privacy {
    pub fn of(api: &'static Api) -> Self {
        let known = api.resources.iter().filter_map(|resource| {
            let personal = Personal::of(resource.entity)?;
            (!personal.only_in_references()).then_some((*resource, personal))
        });
        Privacy {
            resources: known.collect(),
        }
    }

    /// Takes out of an event document what is personal and was not asked for.
    pub fn withhold(
        &self,
        announcement: &Announcement,
        query: Option<&EventQuery>,
        document: &mut Value,
    ) {
        let resource = announcement.resource;
        let mut known = self.resources.iter();
        let Some((_, personal)) = known.find(|(known, _)| std::ptr::eq(*known, resource)) else {
            return;
        };
        let (holder, path) = (announcement.holder(), announcement.key());
        let asked = query.and_then(|query| query.asked(holder, path));
        if let Some(resource) = document
            .get_mut(holder)
            .and_then(|payload| payload.get_mut(path))
        {
            personal.withhold(resource, asked);
        }
    }
}
