//! References: that they point at something, and that what they say about it is so.
//!
//! A reference is looked up by kind and id (TMF630 part 1, entity reference). When the target is
//! there, the `name` that the reference carries is set to that of the target and `href` to its
//! mark; `version` is the client's choice and stays. All targets of one kind are fetched at once,
//! which also keeps them from being deleted until the commit.
//!
//! Where several kinds may be meant (a party is an individual or an organization), `@referredType`
//! says which; when it is missing, the kinds are tried in turn and it is filled in.
//!
//! A reference that a stored document had already is not refused again when another attribute is
//! patched: otherwise what was taken in while the switch was at `warn` could never be retired.

use serde_json::{Map, Value};

use super::copy::Copies;
use super::plan::{Meaning, Node, Plan};
use super::survey::{Mention, Survey, each_reference};
use super::trail::Trail;
use crate::domain::adapt::href;
use crate::domain::mode::Mode;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::engine::Change;
use crate::store::Head;

/// The targets of a document's references.
pub struct Targets {
    /// Sorted by kind and id.
    heads: Vec<Head>,
    copies: Copies,
}

/// A reference without target.
struct Missing {
    kind: &'static str,
    id: String,
    version: Option<String>,
    violation: Violation,
}

impl Targets {
    /// Fetches what the references point at, with one call for each kind.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn fetch(change: &mut Change<'_, '_>, mentions: &mut [Mention<'_>]) -> Outcome<Self> {
        mentions.sort_unstable();
        let mut heads = Vec::with_capacity(mentions.len());
        for of_kind in mentions.chunk_by(|a, b| a.kind == b.kind) {
            let mut ids: Vec<&str> = of_kind.iter().map(|mention| mention.id).collect();
            ids.dedup();
            let Some(first) = of_kind.first() else {
                continue;
            };
            heads.append(&mut change.tx.heads(change.caller.tenant, first.kind, &ids)?);
        }
        heads.sort_unstable_by(|a, b| (&a.kind, &a.id).cmp(&(&b.kind, &b.id)));
        let copies = Copies::fetch(change, mentions, &heads)?;
        Ok(Targets { heads, copies })
    }

    /// The target of a reference that may mean several kinds.
    pub fn find_any(
        &self,
        kinds: &[&'static str],
        id: &str,
        version: Option<&str>,
    ) -> Option<&Head> {
        kinds.iter().find_map(|kind| self.find(kind, id, version))
    }

    /// All versions of a target.
    fn versions(&self, kind: &str, id: &str) -> &[Head] {
        let before = |head: &Head| (head.kind.as_str(), head.id.as_str()) < (kind, id);
        let start = self.heads.partition_point(before);
        let rest = self.heads.get(start..).unwrap_or_default();
        let len = rest.partition_point(|head| head.kind == kind && head.id == id);
        rest.get(..len).unwrap_or_default()
    }

    /// The version that the reference means.
    fn find(&self, kind: &str, id: &str, version: Option<&str>) -> Option<&Head> {
        let versions = self.versions(kind, id);
        match version {
            Some(version) => versions.iter().find(|head| head.version == version),
            None => versions
                .iter()
                .find(|head| head.current)
                .or_else(|| versions.first()),
        }
    }
}

/// What references are judged by.
pub struct Circumstances<'a> {
    pub plan: &'a Plan,
    /// Node of the document.
    pub root: &'a Node,
    pub mode: Mode,
    /// The stored document when one is being changed.
    pub old: Option<&'a Value>,
}

/// Refreshes the references of a document and deals with those that point at nothing.
///
/// # Errors
/// `UnknownReference` in strict mode, with the pointer of each; `Conflict` for a reference of a
/// resource to itself.
pub fn settle(
    change: &Change<'_, '_>,
    by: &Circumstances<'_>,
    targets: &Targets,
    doc: &mut Value,
) -> Outcome<()> {
    let own_version = doc
        .get("version")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let mut missing = Vec::new();
    let mut circular = Vec::new();
    each_reference(
        by.plan,
        by.root,
        doc,
        &mut |node, meaning, object, trail| {
            let id = text(object, "id").unwrap_or_default();
            let version = version_of(object);
            let found = targets.find_any(meaning.kinds, id, version);
            let kind = found.map(|head| head.kind.as_str());
            let own = id == change.id
                && version.is_none_or(|version| version == own_version)
                && kind.map_or(meaning.kinds.contains(&change.resource.kind), |kind| {
                    kind == change.resource.kind
                });
            match found {
                _ if own => circular.push(trail.violation("a resource cannot refer to itself")),
                Some(head) => refresh(by.plan, node, head, targets, object),
                None if by.plan.demands(change.resource.kind, meaning) => {
                    missing.push(describe(meaning, object, targets, trail));
                }
                None => {}
            }
        },
    );
    if !circular.is_empty() {
        return Err(Problem::many(Code::Conflict, circular));
    }
    judge(change, by, missing)
}

fn text<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o str> {
    object.get(name).and_then(Value::as_str)
}

fn version_of(object: &Map<String, Value>) -> Option<&str> {
    text(object, "version").filter(|version| !version.is_empty())
}

/// Sets what a reference says of its target, touching only what differs.
fn refresh(
    plan: &Plan,
    node: &Node,
    head: &Head,
    targets: &Targets,
    object: &mut Map<String, Value>,
) {
    if let Some(label) = &head.label
        && text(object, "name") != Some(label)
        && (object.contains_key("name") || node.entity.attribute("name").is_some())
    {
        object.insert("name".to_owned(), Value::String(label.clone()));
    }
    // A mark may name a version, which is the client's choice.
    let marked = text(object, "href")
        .and_then(href::read_mark)
        .is_some_and(|(known, id)| known == head.kind && id == head.id);
    if !marked {
        let mark = href::mark(&head.kind, &head.id);
        object.insert("href".to_owned(), Value::String(mark));
    }
    let several = node.reference.as_ref().is_some_and(|r| r.kinds.len() > 1);
    if several
        && !object.contains_key("@referredType")
        && let Some(class) = plan.classes().name_of(&head.kind)
    {
        object.insert("@referredType".to_owned(), Value::from(class));
    }
    targets.copies.refresh(node.entity, head, object);
}

fn describe(
    meaning: Meaning<'_>,
    object: &Map<String, Value>,
    targets: &Targets,
    trail: &Trail<'_>,
) -> Missing {
    let id = text(object, "id").unwrap_or_default();
    let version = version_of(object);
    let there = |kind: &&&'static str| !targets.versions(kind, id).is_empty();
    let message = match (version, meaning.kinds.iter().find(there)) {
        (Some(version), Some(kind)) => {
            format!("there is no version '{version}' of {kind} '{id}'")
        }
        _ => format!("there is no {} '{id}'", meaning.kinds.join(" or ")),
    };
    Missing {
        kind: meaning.kinds.first().copied().unwrap_or_default(),
        id: id.to_owned(),
        version: version.map(str::to_owned),
        violation: trail.violation(message),
    }
}

fn judge(
    change: &Change<'_, '_>,
    by: &Circumstances<'_>,
    mut missing: Vec<Missing>,
) -> Outcome<()> {
    if missing.is_empty() {
        return Ok(());
    }
    if let Some(old) = by.old {
        let known = Survey::mentions(by.plan, by.root, old);
        missing.retain(|m| {
            let version = m.version.as_deref();
            !known
                .iter()
                .any(|mention| mention.is_same(m.kind, &m.id, version))
        });
    }
    let violations: Vec<Violation> = missing.into_iter().map(|m| m.violation).collect();
    match (by.mode, violations.first()) {
        (_, None) | (Mode::Off, _) => Ok(()),
        (Mode::Strict, _) => Err(Problem::many(Code::UnknownReference, violations)),
        (Mode::Warn, Some(first)) => {
            tracing::warn!(
                kind = change.resource.kind,
                id = change.id,
                unknown = violations.len(),
                at = %first.path,
                why = %first.message,
                "references that point at nothing were kept"
            );
            Ok(())
        }
    }
}
