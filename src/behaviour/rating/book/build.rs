//! Making the next snapshot of what is stored: what has not changed is taken over.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::super::document::{Compiled, DocumentKind, compile_stored};
use super::super::names;
use super::{Book, Shelved, Snapshot, lock};
use crate::behaviour::stored::attributes;
use crate::domain::problem::Problem;
use crate::rating::library::Library;
use crate::rating::tax::{TaxRow, TaxTable};
use crate::store::{BookRow, DbResult, DocumentHead, IdKey, Session};

/// The snapshot behind one, for these counts. They were read before, so that a snapshot is never older
/// than it says.
pub(super) fn next(
    book: &Book,
    session: &mut dyn Session,
    known: &Snapshot,
    counts: BookRow,
) -> DbResult<Snapshot> {
    let revision = u64::try_from(counts.library.saturating_add(counts.catalog));
    let revision = revision.unwrap_or_default();
    if known.counts.library == counts.library {
        return Ok(Snapshot {
            revision,
            counts,
            ..known.clone()
        });
    }
    let mut shelf = BTreeMap::new();
    for head in session.documents(counts.tenant)? {
        let Some(kind) = DocumentKind::parse(&head.kind) else {
            continue;
        };
        let key = (kind, Box::from(head.id.as_str()));
        let same = known.shelf.get(&key);
        let same = same.filter(|own| own.number == head.number).cloned();
        let shelved = match same {
            Some(own) => Some(own),
            None => taken(book, session, kind, &head)?,
        };
        shelf.extend(shelved.map(|own| (key, own)));
    }
    let mut library = Library::default();
    let mut declared: HashSet<Box<str>> = HashSet::new();
    for row in session.rows_with_text(counts.tenant, names::SPECIFICATION, "")? {
        match attributes(&row, &["specCharacteristic"]) {
            Ok(document) => declared.extend(names::declared(&document).map(Box::from)),
            Err(problem) => left_out(names::SPECIFICATION, &problem),
        }
    }
    library.event_names = Arc::new(declared);
    let mut taxes: Vec<TaxRow> = Vec::new();
    for ((_, id), shelved) in &shelf {
        match &shelved.compiled {
            Compiled::Table(table) => {
                library.tables.insert(id.clone(), Arc::clone(table));
            }
            Compiled::Calendar(calendar) => {
                library.calendars.insert(id.clone(), Arc::clone(calendar));
            }
            Compiled::Taxes(rows) => taxes.extend(rows.iter().cloned()),
        }
    }
    let taxes = TaxTable::new(taxes).unwrap_or_else(|_| {
        // Whoever loads one is told; two at the same time on two processes might do it all the same.
        tracing::error!("two tax tables contradict each other; neither is used");
        TaxTable::default()
    });
    Ok(Snapshot {
        revision,
        library: Arc::new(library),
        taxes: Arc::new(taxes),
        counts,
        shelf,
    })
}

/// A document that the snapshot before did not have. One that does not compile any more is left out:
/// usage that needs it is rejected, and all other is rated.
fn taken(
    book: &Book,
    session: &mut dyn Session,
    kind: DocumentKind,
    head: &DocumentHead,
) -> DbResult<Option<Shelved>> {
    let place = (head.tenant, kind, head.id.clone(), head.number);
    let ready = lock(&book.ready).get(&place).cloned();
    let compiled = match ready {
        Some(compiled) => Ok(compiled),
        None => {
            let key = IdKey::new(head.tenant, &head.kind, &head.id);
            let content = session.document_content(&key, head.number)?;
            compile_stored(kind, head, &content.unwrap_or_default())
        }
    };
    match compiled {
        Ok(compiled) => Ok(Some(Shelved {
            number: head.number,
            version: head.version.clone(),
            compiled,
        })),
        Err(problem) => {
            left_out(kind.as_str(), &problem);
            Ok(None)
        }
    }
}

fn left_out(kind: &str, problem: &Problem) {
    tracing::error!(kind, problem = %problem.logged(), "a stored document is left out of rating");
}
