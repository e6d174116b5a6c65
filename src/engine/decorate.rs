//! What is shown of resources beyond their stored documents. Kinds without such attributes cost
//! one look into a table.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use super::behaviour::Decoration;
use super::bulk::ElementOutcome;
use super::{Core, Engine, Stored};
use crate::domain::problem::Outcome;
use crate::store::{DbResult, EventRow, IdKey, ResourceRow, Session};

impl Core {
    /// What a kind shows beyond its documents.
    pub(super) fn decoration(&self, kind: &str) -> Option<&dyn Decoration> {
        self.behaviour(kind).decoration()
    }

    /// Adds to the documents of rows of one kind what they show beyond what is stored.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn decorate(&self, session: &mut dyn Session, rows: &mut [ResourceRow]) -> DbResult<()> {
        let kind = rows.first().map(|row| row.kind.as_str());
        match kind.and_then(|kind| self.decoration(kind)) {
            Some(decoration) => decoration.decorate(session, rows),
            None => Ok(()),
        }
    }

    /// The same for the document of an event. Of a resource that is gone nothing is added.
    pub(super) fn decorate_event(
        &self,
        session: &mut dyn Session,
        event: &EventRow,
        doc: String,
    ) -> DbResult<String> {
        let Some(decoration) = self.decoration(&event.kind) else {
            return Ok(doc);
        };
        let key = IdKey::new(event.tenant, &event.kind, &event.id);
        let rows = session.versions(&key)?;
        let Some(mut row) = rows.into_iter().find(|row| row.version == event.version) else {
            return Ok(doc);
        };
        row.doc = doc;
        decoration.decorate(session, std::slice::from_mut(&mut row))?;
        Ok(row.doc)
    }

    /// The entity tag of a row as it is shown. What is added to a document changes without a new
    /// revision, so its content goes into the tag, behind a point.
    pub fn etag(&self, row: &ResourceRow) -> String {
        let tag = row.etag();
        let derived = self.behaviour(&row.kind).derived();
        if self.decoration(&row.kind).is_none() && derived.is_none() {
            return tag;
        }
        let mut hasher = DefaultHasher::new();
        row.doc.hash(&mut hasher);
        let revision = tag.trim_matches('"');
        format!("\"{revision}.{:x}\"", hasher.finish())
    }
}

/// True when a tag names the revision, whatever was added to the document then: who changes a
/// resource does so on the ground of what clients write, not of what the server shows beside it.
pub(super) fn names_revision(tag: &str, current: &str) -> bool {
    let of_revision = |(revision, _): (&str, &str)| current.strip_suffix('"') == Some(revision);
    tag == current || tag.split_once('.').is_some_and(of_revision)
}

impl Engine {
    /// Adds to what was written what it shows beyond that.
    pub(super) async fn shown(&self, stored: Stored) -> Outcome<Stored> {
        if self.core.decoration(&stored.row.kind).is_none() {
            return Ok(stored);
        }
        let core = Arc::clone(&self.core);
        let Stored {
            mut row, repeated, ..
        } = stored;
        self.store
            .point(move |session| {
                core.decorate(session, std::slice::from_mut(&mut row))?;
                Ok(Stored {
                    repeated,
                    ..Stored::row(row)
                })
            })
            .await
    }

    /// The same for several resources of one kind.
    pub(super) async fn all_shown(
        &self,
        done: Vec<ElementOutcome>,
    ) -> Outcome<Vec<ElementOutcome>> {
        let kind = done.iter().flatten().next().map(|stored| &stored.row.kind);
        if kind.is_none_or(|kind| self.core.decoration(kind).is_none()) {
            return Ok(done);
        }
        let core = Arc::clone(&self.core);
        self.store
            .point(move |session| {
                let mut rows: Vec<ResourceRow> = done
                    .iter()
                    .flatten()
                    .map(|stored| stored.row.clone())
                    .collect();
                core.decorate(session, &mut rows)?;
                let mut rows = rows.into_iter();
                let shown = |outcome: ElementOutcome| match outcome {
                    Ok(stored) => Ok(match rows.next() {
                        Some(row) => Stored {
                            repeated: stored.repeated,
                            ..Stored::row(row)
                        },
                        None => stored,
                    }),
                    refused => refused,
                };
                Ok(done.into_iter().map(shown).collect())
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::names_revision;

    #[test]
    fn what_is_shown_beside_a_document_does_not_keep_it_from_being_changed() {
        assert!(names_revision("\"5f-3\"", "\"5f-3\""));
        assert!(names_revision("\"5f-3.abc\"", "\"5f-3\""));
        assert!(!names_revision("\"5f-2.abc\"", "\"5f-3\""));
        assert!(!names_revision("\"5f-33\"", "\"5f-3\""));
        assert!(!names_revision("5f-3.abc", "\"5f-3\""));
    }
}
