//! Records that a run keeps beside the order: what was sent, what was realised, what became of requests
//! to cancel.

use serde_json::{Value, json};

use super::books::Books;
use super::snapshot::PRODUCT;
use super::{CANCEL, service};
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::ordering::plan::NodeKind;
use crate::ordering::run::{NodeView, Note, Replaced, Run};
use crate::ordering::southbound::ServiceOrderRequest;
use crate::store::Tx;

/// Something that is about to be sent.
pub struct Sent<'a> {
    pub product_order: &'a str,
    pub target: &'a str,
    pub request: &'a ServiceOrderRequest,
    /// It was never sent before.
    pub is_new: bool,
}

/// Writes down what is about to be sent. What is sent again stands there already.
///
/// # Errors
/// A fault of the store.
pub fn sent(books: &mut Books<'_>, tx: &mut Tx<'_>, sent: &Sent<'_>) -> Outcome<()> {
    let id = service::id_of_order(&sent.request.external_id);
    if !sent.is_new && books.read(tx, service::ORDER, &id)?.is_some() {
        return Ok(());
    }
    let doc = service::order(sent.request, sent.product_order, sent.target);
    books.create(service::ORDER, id, doc);
    Ok(())
}

/// Writes down how orders to other systems stand, and which services there are now.
///
/// # Errors
/// A fault of the store.
pub fn finished(
    books: &mut Books<'_>,
    tx: &mut Tx<'_>,
    run: &Run,
    notes: &[Note],
    now: Micros,
) -> Outcome<()> {
    if notes.is_empty() {
        return Ok(());
    }
    let nodes = run.nodes();
    for note in notes {
        let state = match note.to {
            "completed" | "undone" => "completed",
            "failed" | "undoFailed" => "failed",
            // What was sent is taken back before it is left out.
            "cancelled" | "skipped" => "cancelled",
            _ => continue,
        };
        let is_ours =
            |node: &NodeView| note.node.as_ref() == Some(&node.key) && !is_sent(node.kind);
        if nodes.iter().any(is_ours) {
            continue;
        }
        if let Some(external_id) = &note.external_id {
            ended(books, tx, run, external_id, state, note, now)?;
        }
    }
    Ok(())
}

/// Whether there may be a record: of our own work and that of people there is none.
const fn is_sent(kind: NodeKind) -> bool {
    !matches!(
        kind,
        NodeKind::ReserveNumber | NodeKind::Inventory | NodeKind::Billing | NodeKind::ManualTask
    )
}

fn ended(
    books: &mut Books<'_>,
    tx: &mut Tx<'_>,
    run: &Run,
    external_id: &str,
    state: &str,
    note: &Note,
    now: Micros,
) -> Outcome<()> {
    let id = service::id_of_order(external_id);
    let Some(before) = books.read(tx, service::ORDER, &id)?.cloned() else {
        return Ok(());
    };
    let message = (state == "failed").then_some(note.why.as_str());
    if let Some(after) = service::moved(&before, state, message, now) {
        books.write(tx, service::ORDER, &id, after)?;
    }
    if state != "completed" {
        return Ok(());
    }
    let Some(realized) = run.realized(external_id) else {
        return Ok(());
    };
    if let Some(replaced) = run.replaced(external_id) {
        rename_service(books, tx, &replaced)?;
    }
    let known = books.read(tx, service::SERVICE, &realized.id)?.cloned();
    let doc = service::realised(known.as_ref(), &before, &realized, now);
    books.write(tx, service::SERVICE, &realized.id, doc)
}

/// A product is realized by another service from now on.
fn rename_service(books: &mut Books<'_>, tx: &mut Tx<'_>, replaced: &Replaced) -> Outcome<()> {
    let Some(mut product) = books.read(tx, PRODUCT, &replaced.product)?.cloned() else {
        return Ok(());
    };
    let services = product
        .get_mut("realizingService")
        .and_then(Value::as_array_mut);
    for service in services
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        if service.get("id").and_then(Value::as_str) == Some(&replaced.service) {
            service.insert("id".to_owned(), json!(replaced.by));
            service.shift_remove("href");
        }
    }
    books.write(tx, PRODUCT, &replaced.product, product)
}

/// Moves a request to cancel on.
///
/// # Errors
/// A fault of the store.
pub fn move_task(books: &mut Books<'_>, tx: &mut Tx<'_>, task: &str, state: &str) -> Outcome<()> {
    let Some(before) = books.read(tx, CANCEL, task)?.cloned() else {
        return Ok(());
    };
    let mut doc = before;
    if let Some(doc) = doc.as_object_mut() {
        doc.insert("state".to_owned(), json!(state));
    }
    books.write(tx, CANCEL, task, doc)
}

/// Ends a request to cancel: it was followed, or it says why not.
///
/// # Errors
/// A fault of the store.
pub fn end_task(
    books: &mut Books<'_>,
    tx: &mut Tx<'_>,
    task: &str,
    refusal: Option<&str>,
) -> Outcome<()> {
    let Some(mut doc) = books.read(tx, CANCEL, task)?.cloned() else {
        return Ok(());
    };
    if let Some(doc) = doc.as_object_mut() {
        let state = if refusal.is_some() {
            "terminatedWithError"
        } else {
            "done"
        };
        doc.insert("state".to_owned(), json!(state));
        if let Some(why) = refusal {
            let error: Value = json!({
                "@type": "ErrorMessage",
                "code": "cancellationRefused",
                "reason": why,
            });
            doc.insert("errorMessage".to_owned(), error);
        }
    }
    books.write(tx, CANCEL, task, doc)
}
