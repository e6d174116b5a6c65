//! From stored rows to what a client of one API version reads.

use serde_json::Value;

use super::row::parse;
use super::{Core, Stored};
use crate::domain::adapt;
use crate::domain::descriptor::Resource;
use crate::domain::problem::Outcome;
use crate::domain::query::Fields;
use crate::store::ResourceRow;

impl Core {
    /// The JSON text of a resource, with the fields asked for.
    ///
    /// The stored form is the newest version's, so that a full representation in that version is
    /// a copy of the stored text with `id` and `href` set in front: no JSON is read.
    ///
    /// # Errors
    /// A fault of ours when the stored text does not parse.
    pub fn text(
        &self,
        resource: &'static Resource,
        stored: Stored,
        fields: &Fields,
    ) -> Outcome<String> {
        let Stored { row, doc, .. } = stored;
        if *fields == Fields::All && resource.is_stored_form() {
            return Ok(self
                .links
                .render_text(resource, &row.id, version_of(&row), &row.doc));
        }
        let value = self.value(resource, &row, doc)?;
        Ok(fields.apply(value).to_string())
    }

    /// A resource as a value, complete.
    ///
    /// # Errors
    /// A fault of ours when the stored text does not parse.
    pub fn value(
        &self,
        resource: &'static Resource,
        row: &ResourceRow,
        doc: Option<Value>,
    ) -> Outcome<Value> {
        let doc = match doc {
            Some(doc) => doc,
            None => parse(&row.doc)?,
        };
        let shown = adapt::down(resource, doc);
        Ok(self
            .links
            .render_value(resource, &row.id, version_of(row), shown))
    }

    /// The URL of a resource in one API version: `href` and `Location`.
    pub fn href(&self, resource: &Resource, row: &ResourceRow) -> String {
        self.links
            .href_of_version(resource, &row.id, version_of(row))
    }
}

/// The version to name in a URL: none for the one that the id alone means.
fn version_of(row: &ResourceRow) -> Option<&str> {
    (!row.current).then_some(row.version.as_str())
}
