//! Making resources.

use std::sync::Arc;

use serde_json::Value;

use super::behaviour::{Caller, Change};
use super::idempotency::{self, Idempotency};
use super::{Core, Engine, Stored, row, versions};
use crate::domain::adapt;
use crate::domain::clock::Micros;
use crate::domain::descriptor::{Change as EventChange, Resource};
use crate::domain::ids;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::store::{Head, IdKey, ResourceRow, Tx};

/// A checked request in the stored form.
#[derive(Clone, Debug)]
pub struct NewResource {
    /// The id a client chose, where the version allows that.
    pub id: Option<String>,
    pub doc: Value,
}

impl NewResource {
    /// What others see of the resource once it is there; none before it has an id.
    pub fn head(&self, canonical: &'static Resource) -> Option<Head> {
        let row::Columns {
            version,
            label,
            state,
        } = row::columns(canonical, &self.doc);
        Some(Head {
            seq: 0,
            kind: canonical.kind.to_owned(),
            id: self.id.clone()?,
            version,
            current: true,
            label,
            state,
        })
    }
}

impl Engine {
    /// Creates a resource, or answers the one that was made of the same thing before. With an idempotency
    /// key, a repeat is answered as the first time.
    ///
    /// # Errors
    /// What validation, the kind's rules or the store refuse.
    pub async fn create(
        &self,
        resource: &'static Resource,
        body: Value,
        caller: Caller,
        once: Option<Idempotency>,
    ) -> Outcome<Stored> {
        let new = self.core.accept(resource, body)?;
        let canonical = self.core.canonical(resource)?;
        let core = Arc::clone(&self.core);
        let now = core.clock.now();
        let stored = self
            .store
            .write(move |tx| {
                if let Some(once) = &once
                    && let Some(first) = idempotency::first_answer(tx, &caller, once)?
                {
                    return Ok(first);
                }
                let stored = create_in(&core, tx, &caller, canonical, &new, now)?;
                if let Some(once) = &once {
                    idempotency::remember(tx, &caller, once, &stored, now)?;
                }
                Ok(stored)
            })
            .await?;
        self.wake();
        self.shown(stored).await
    }
}

impl Core {
    /// Checks a request body and brings it to the stored form.
    ///
    /// # Errors
    /// `InvalidBody` with a violation for each attribute that does not fit.
    pub fn accept(&self, resource: &'static Resource, body: Value) -> Outcome<NewResource> {
        let rules = self.behaviour(resource.kind);
        self.validators
            .check_new(resource, &body, |pointer| rules.validates(&body, pointer))?;
        self.accept_checked(resource, body)
    }

    /// [`Core::accept`] for a body that validation would find good.
    ///
    /// # Errors
    /// `InvalidBody` for an id that cannot be one.
    pub fn accept_checked(
        &self,
        resource: &'static Resource,
        mut body: Value,
    ) -> Outcome<NewResource> {
        let id = take_id(&mut body)?;
        drop_owned(resource, &mut body);
        Ok(NewResource {
            id,
            doc: self.to_stored(resource, body, None),
        })
    }
}

impl Core {
    /// A document of one API version in the stored form.
    pub(super) fn to_stored(
        &self,
        resource: &'static Resource,
        document: Value,
        previous: Option<&Value>,
    ) -> Value {
        let mut doc = adapt::up(resource, document, previous);
        self.links.store_marks(&mut doc);
        doc
    }
}

fn take_id(body: &mut Value) -> Outcome<Option<String>> {
    let Some(object) = body.as_object_mut() else {
        return Ok(None);
    };
    object.shift_remove("href");
    match object.shift_remove("id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) if ids::is_valid_id(&id) => Ok(Some(id)),
        Some(_) => Err(Problem::at(
            Code::InvalidBody,
            "/id",
            "must be 1 to 128 letters, digits or -_.~@",
        )),
    }
}

/// What the server alone decides is taken out of what a client sent.
fn drop_owned(resource: &Resource, body: &mut Value) {
    let Some(object) = body.as_object_mut() else {
        return;
    };
    for attribute in resource.entity.attributes.iter().filter(|a| a.server_owned) {
        object.shift_remove(attribute.name);
    }
}

/// Creates a resource in a transaction under way.
///
/// # Errors
/// `AlreadyExists` for an id and version that are taken; what the kind's rules refuse.
pub fn create_in(
    core: &Core,
    tx: &mut Tx<'_>,
    caller: &Caller,
    resource: &'static Resource,
    new: &NewResource,
    now: Micros,
) -> Outcome<Stored> {
    let siblings = match &new.id {
        // An id of our own making is new.
        None => Vec::new(),
        Some(id) => tx.versions(&key(caller, resource, id))?,
    };
    let made = create_among(core, tx, caller, resource, new.clone(), &siblings, now)?;
    Ok(Stored {
        row: Arc::unwrap_or_clone(made.row),
        doc: made.doc,
        repeated: made.repeated,
    })
}

/// What was made. The row is shared with the transaction that is to write it.
struct Made {
    row: Arc<ResourceRow>,
    doc: Option<Value>,
    repeated: bool,
}

impl From<Stored> for Made {
    fn from(stored: Stored) -> Self {
        Made {
            row: Arc::new(stored.row),
            doc: stored.doc,
            repeated: stored.repeated,
        }
    }
}

/// Creates a resource beside the other versions of its id, which were read already.
fn create_among(
    core: &Core,
    tx: &mut Tx<'_>,
    caller: &Caller,
    resource: &'static Resource,
    new: NewResource,
    siblings: &[ResourceRow],
    now: Micros,
) -> Outcome<Made> {
    let NewResource {
        id: chosen,
        mut doc,
    } = new;
    let id = chosen.clone().unwrap_or_else(ids::new_id);
    stamp_new(&mut doc, resource.created_stamp, now);
    stamp(&mut doc, resource.updated_stamp, now);
    let mut change = Change {
        core,
        tx,
        caller,
        now,
        resource,
        id: &id,
    };
    let behaviour = core.behaviour(resource.kind);
    behaviour.before_create(&mut change, &mut doc)?;
    if let Some(first) = behaviour.made_before(&mut change, &doc)? {
        return repeated(resource, chosen.as_deref(), first).map(Made::from);
    }
    let columns = row::columns(resource, &doc);
    refuse_taken(resource, &id, &columns.version, siblings)?;
    let new_row = Arc::new(ResourceRow {
        seq: 0,
        tenant: caller.tenant,
        kind: resource.kind.to_owned(),
        id: id.clone(),
        version: columns.version,
        revision: 1,
        current: siblings.is_empty(),
        label: columns.label,
        state: columns.state,
        created_at: now.0,
        updated_at: now.0,
        doc: row::written(&doc)?,
    });
    let keys = row::keys(resource, change.tx.attributes(), &doc);
    change.tx.insert_shared(Arc::clone(&new_row), keys)?;
    change.tx.announce(
        &new_row,
        &caller.principal,
        EventChange::Create,
        None,
        now.0,
    );
    behaviour.after_create(&mut change, &new_row, &doc)?;
    if siblings.is_empty() {
        return Ok(Made {
            row: new_row,
            doc: Some(doc),
            repeated: false,
        });
    }
    versions::settle(&mut change)?;
    reread(change.tx, &key(caller, resource, &id), &new_row).map(Made::from)
}

/// Creates a resource, or gives the one of that id and version a new content: what imports do.
///
/// # Errors
/// What the kind's rules refuse.
pub fn upsert_in(
    core: &Core,
    tx: &mut Tx<'_>,
    caller: &Caller,
    resource: &'static Resource,
    new: NewResource,
    now: Micros,
) -> Outcome<Arc<ResourceRow>> {
    let mut rows = match &new.id {
        Some(id) => tx.versions(&key(caller, resource, id))?,
        None => Vec::new(),
    };
    let version = row::version(resource, &new.doc);
    match rows.iter().position(|row| row.version == version) {
        Some(at) => {
            let old = rows.swap_remove(at);
            let stored = super::patch::rewrite_in(core, tx, caller, resource, old, new.doc, now)?;
            Ok(Arc::new(stored.row))
        }
        None => Ok(create_among(core, tx, caller, resource, new, &rows, now)?.row),
    }
}

fn reread(tx: &mut Tx<'_>, key: &IdKey, written: &ResourceRow) -> Outcome<Stored> {
    let row = tx
        .versions(key)?
        .into_iter()
        .find(|row| row.version == written.version)
        .unwrap_or_else(|| written.clone());
    Ok(Stored::row(row))
}

/// The answer to who makes something again; by another id it would be another thing.
fn repeated(resource: &Resource, chosen: Option<&str>, first: ResourceRow) -> Outcome<Stored> {
    match chosen {
        Some(id) if id != first.id => Err(Problem::at(
            Code::AlreadyExists,
            "/id",
            format!("this {} is there as '{}'", resource.path, first.id),
        )),
        _ => Ok(Stored {
            repeated: true,
            ..Stored::row(first)
        }),
    }
}

fn refuse_taken(
    resource: &Resource,
    id: &str,
    version: &str,
    siblings: &[ResourceRow],
) -> Outcome<()> {
    if siblings.iter().all(|row| row.version != version) {
        return Ok(());
    }
    let which = if version.is_empty() {
        String::new()
    } else {
        format!(" in version '{version}'")
    };
    Err(Problem::at(
        Code::AlreadyExists,
        "/id",
        format!("there is a {} '{id}'{which} already", resource.path),
    ))
}

pub(super) fn key(caller: &Caller, resource: &Resource, id: &str) -> IdKey {
    IdKey::new(caller.tenant, resource.kind, id)
}

/// Sets what the server stamps at creation. Where a version lets clients say it (the date of a service
/// that came into being elsewhere), they know better.
fn stamp_new(doc: &mut Value, attribute: Option<&'static str>, now: Micros) {
    if attribute.is_none_or(|name| doc.get(name).is_none()) {
        stamp(doc, attribute, now);
    }
}

/// Sets an attribute that the server stamps.
pub(super) fn stamp(doc: &mut Value, attribute: Option<&'static str>, now: Micros) {
    if let (Some(name), Some(object)) = (attribute, doc.as_object_mut()) {
        object.insert(name.to_owned(), Value::String(now.to_rfc3339()));
    }
}
