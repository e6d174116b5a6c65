//! Changing resources.

use std::sync::Arc;

use serde_json::Value;

use super::behaviour::{Caller, Change, Rewritten};
use super::create::{key, stamp};
use super::decorate::names_revision;
use super::{Address, Core, Engine, Stored, row, versions};
use crate::domain::clock::Micros;
use crate::domain::descriptor::{Change as EventChange, Resource};
use crate::domain::patch::{self, PatchKind};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::store::{Head, ResourceRow, Tx, Update};

/// A patch and what it is for.
#[derive(Clone, Debug)]
pub struct PatchRequest {
    pub address: Address,
    pub kind: PatchKind,
    pub patch: Value,
    /// Entity tags of `If-Match`; empty without the header.
    pub if_match: Vec<String>,
}

impl Engine {
    /// Changes a resource.
    ///
    /// # Errors
    /// `NotFound`, `PreconditionFailed`, and what patch, validation and rules refuse.
    pub async fn patch(
        &self,
        resource: &'static Resource,
        request: PatchRequest,
        caller: Caller,
    ) -> Outcome<Stored> {
        let core = Arc::clone(&self.core);
        let now = core.clock.now();
        let stored = self
            .store
            .write(move |tx| patch_in(&core, tx, &caller, resource, &request, now))
            .await?;
        self.wake();
        self.shown(stored).await
    }
}

/// Changes a resource in a transaction under way.
///
/// # Errors
/// As [`Engine::patch`].
pub fn patch_in(
    core: &Core,
    tx: &mut Tx<'_>,
    caller: &Caller,
    resource: &'static Resource,
    request: &PatchRequest,
    now: Micros,
) -> Outcome<Stored> {
    let canonical = core.canonical(resource)?;
    let rows = tx.versions(&key(caller, canonical, &request.address.id))?;
    let old = request
        .address
        .pick(rows)
        .ok_or_else(|| not_found(resource, &request.address))?;
    check_match(&request.if_match, &old)?;
    let stored = row::parse(&old.doc)?;
    let before = core.value(resource, &old, Some(stored.clone()))?;
    let mut after = before.clone();
    let allowed = match request.kind {
        PatchKind::Merge => patch::without_owned(resource, &request.patch),
        PatchKind::Json | PatchKind::JsonQuery => None,
    };
    patch::apply(
        request.kind,
        &mut after,
        allowed.as_ref().unwrap_or(&request.patch),
    )?;
    patch::check_read_only(resource, &before, &after)?;
    core.validators.check_change(resource, &before, &after)?;
    if let Some(object) = after.as_object_mut() {
        object.shift_remove("id");
        object.shift_remove("href");
    }
    let doc = core.to_stored(resource, after, Some(&stored));
    rewrite_in(core, tx, caller, canonical, old, doc, now)
}

/// Gives a stored resource a new content, in the stored form.
///
/// # Errors
/// What the kind's rules refuse.
pub fn rewrite_in(
    core: &Core,
    tx: &mut Tx<'_>,
    caller: &Caller,
    resource: &'static Resource,
    old: ResourceRow,
    mut doc: Value,
    now: Micros,
) -> Outcome<Stored> {
    let before = row::parse(&old.doc)?;
    keep_stamps(resource, &before, &mut doc);
    let id = old.id.clone();
    let mut change = Change {
        core,
        tx,
        caller,
        now,
        resource,
        id: &id,
    };
    let behaviour = core.behaviour(resource.kind);
    behaviour.before_patch(&mut change, &before, &mut doc)?;
    let mut changed = patch::changed(&before, &doc);
    changed.retain(|name| resource.updated_stamp != Some(name.as_str()));
    if changed.is_empty() {
        return Ok(Stored::parsed(old, before));
    }
    stamp(&mut doc, resource.updated_stamp, now);
    let columns = row::columns(resource, &doc);
    let attributes = change.tx.attributes();
    let old_keys = row::keys(resource, attributes, &before);
    let new_keys = row::keys(resource, attributes, &doc);
    let siblings = siblings(&mut change, resource, &old, &columns.version)?;
    let new = ResourceRow {
        version: columns.version,
        label: columns.label,
        state: columns.state,
        updated_at: now.0,
        doc: row::written(&doc)?,
        ..old.clone()
    };
    let head = Head::from(&old);
    let written = change.tx.update(Update {
        old,
        old_keys,
        new,
        new_keys,
    })?;
    announce(&mut change, &written, &changed);
    behaviour.after_patch(
        &mut change,
        &Rewritten {
            old: &head,
            before: &before,
            row: &written,
            doc: &doc,
        },
    )?;
    if siblings {
        versions::settle(&mut change)?;
    }
    Ok(Stored::parsed(written, doc))
}

/// What the server stamped at creation stays, whatever a document brings.
fn keep_stamps(resource: &Resource, before: &Value, doc: &mut Value) {
    let Some(object) = doc.as_object_mut() else {
        return;
    };
    for name in [resource.created_stamp, resource.updated_stamp]
        .into_iter()
        .flatten()
    {
        if let Some(value) = before.get(name) {
            object.insert(name.to_owned(), value.clone());
        }
    }
}

/// True when the id has other versions. A version text that one of them has is refused.
fn siblings(
    change: &mut Change<'_, '_>,
    resource: &'static Resource,
    old: &ResourceRow,
    version: &str,
) -> Outcome<bool> {
    if !resource.versioned {
        return Ok(false);
    }
    let rows = change.tx.versions(&key(change.caller, resource, &old.id))?;
    if old.version != version && rows.iter().any(|row| row.version == version) {
        return Err(Problem::at(
            Code::AlreadyExists,
            "/version",
            format!("there is a version '{version}' already"),
        ));
    }
    Ok(rows.len() > 1)
}

/// A change of the state attribute is a state change, one of an attribute that has an event of its own
/// is that; a change of anything else is an attribute value change. A write that does several
/// announces each.
fn announce(change: &mut Change<'_, '_>, row: &ResourceRow, changed: &[String]) {
    let resource = change.resource;
    let own_event = |name: &str| {
        let mut events = resource.events.iter().map(|event| event.change);
        if resource.state == Some(name) {
            let into = row.state.as_deref().and_then(EventChange::into_state);
            let own = into.filter(|into| events.any(|event| event == *into));
            return Some(own.unwrap_or(EventChange::StateChange));
        }
        events.find(|own| own.attribute() == Some(name))
    };
    let (principal, at) = (&change.caller.principal, change.now.0);
    let mut others = Vec::new();
    for name in changed {
        match own_event(name) {
            Some(event) => {
                let name = Some(name.clone());
                change.tx.announce(row, principal, event, name, at);
            }
            None => others.push(name.as_str()),
        }
    }
    if !others.is_empty() {
        let names = Some(others.join(","));
        change
            .tx
            .announce(row, principal, EventChange::AttributeValueChange, names, at);
    }
}

/// `If-Match`: one of the tags must be that of the row; `*` fits any (RFC 9110, 13.1.1).
pub(super) fn check_match(tags: &[String], row: &ResourceRow) -> Outcome<()> {
    let current = row.etag();
    if tags.is_empty()
        || tags
            .iter()
            .any(|tag| tag == "*" || names_revision(tag, &current))
    {
        return Ok(());
    }
    Err(Problem::at(
        Code::PreconditionFailed,
        "If-Match",
        format!("the resource is now at {current}"),
    ))
}

pub(super) fn not_found(resource: &Resource, address: &Address) -> Problem {
    let version = match &address.version {
        Some(version) => format!(" in version '{version}'"),
        None => String::new(),
    };
    Problem::new(
        Code::NotFound,
        format!("There is no {} '{}'{version}.", resource.path, address.id),
    )
}
