//! What a usage says.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::form::Formed;
use crate::domain::identifier::{Identifier, of_usage};
use crate::rating::fault::Fault;
use crate::rating::record::Record;

/// A usage in the stored form. Most are never made a document of: they go from text to the database.
#[derive(Debug)]
pub enum Content {
    Whole(Value),
    Formed(Formed),
}

impl Content {
    /// The document.
    pub fn doc(&self) -> Cow<'_, Value> {
        match self {
            Content::Whole(doc) => Cow::Borrowed(doc),
            Content::Formed(formed) => Cow::Owned(formed.whole()),
        }
    }

    /// The document's members, to be changed. Afterwards it is a document, if it was none.
    pub fn members_mut(&mut self) -> Option<&mut Map<String, Value>> {
        if let Content::Formed(formed) = self {
            *self = Content::Whole(formed.whole());
        }
        match self {
            Content::Whole(doc) => doc.as_object_mut(),
            Content::Formed(_) => None,
        }
    }

    /// The product that it names.
    pub fn product(&self) -> Option<&str> {
        let id = match self {
            Content::Whole(doc) => doc.get("product")?.get("id")?.as_str()?,
            Content::Formed(formed) => formed.product()?,
        };
        (!id.is_empty()).then_some(id)
    }

    /// What its product may be known by.
    pub fn identifiers(&self) -> Vec<Identifier> {
        match self {
            Content::Whole(doc) => of_usage(doc),
            Content::Formed(formed) => formed.identifiers(),
        }
    }

    /// As rating reads it.
    ///
    /// # Errors
    /// What keeps it from being rated.
    pub fn record(&self) -> Result<Record<'_>, Vec<Fault>> {
        match self {
            Content::Whole(doc) => Record::read(doc),
            Content::Formed(formed) => formed.record(),
        }
    }
}
