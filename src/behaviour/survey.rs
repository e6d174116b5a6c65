//! One walk over a document that finds its references and what is wrong with its values.

use serde_json::{Map, Value};

use super::copy;
use super::embed::{self, Embedded};
use super::plan::{Meaning, Node, Plan};
use super::trail::Trail;
use super::value::Report;
use crate::domain::problem::Violation;

/// A reference to what may be one of our kinds, as it stands in a document. A reference that may mean
/// several kinds makes a mention of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention<'d> {
    pub kind: &'static str,
    pub id: &'d str,
    /// The version of the target, when the reference names one.
    pub version: Option<&'d str>,
    /// The reference says more of its target than the name.
    pub copies: bool,
}

impl<'d> Mention<'d> {
    /// Reads an object at a position where a reference may stand; nothing when it has no id or points
    /// at something that is not ours.
    fn all(
        plan: &Plan,
        node: &Node,
        object: &'d Map<String, Value>,
        mut found: impl FnMut(Mention<'d>),
    ) {
        let Some(reference) = &node.reference else {
            return;
        };
        let Some(id) = object.get("id").and_then(Value::as_str) else {
            return;
        };
        let version = object.get("version").and_then(Value::as_str);
        for kind in plan.meaning(reference, object).kinds {
            found(Mention {
                kind,
                id,
                version: version.filter(|text| !text.is_empty()),
                copies: copy::says_more(node.entity),
            });
        }
    }

    /// The same target, whatever else is said of it.
    pub fn is_same(&self, kind: &str, id: &str, version: Option<&str>) -> bool {
        self.kind == kind && self.id == id && self.version == version
    }
}

/// What a walk found.
pub struct Survey<'d> {
    pub mentions: Vec<Mention<'d>>,
    pub violations: Vec<Violation>,
    /// Parties to be created; what is wrong in them is not looked for here.
    pub embedded: Vec<Embedded>,
}

impl<'d> Survey<'d> {
    /// Walks a document of the node's entity; values are checked too.
    pub fn of(plan: &Plan, root: &Node, doc: &'d Value) -> Self {
        let mut report = Report::default();
        let mut walk = Walk {
            plan,
            report: Some(&mut report),
            mentions: Vec::new(),
            embedded: Vec::new(),
        };
        walk.visit(root, doc, &Trail::ROOT);
        let (mentions, embedded) = (walk.mentions, walk.embedded);
        Survey {
            mentions,
            violations: report.into_violations(),
            embedded,
        }
    }

    /// Only the references of a document.
    pub fn mentions(plan: &Plan, root: &Node, doc: &'d Value) -> Vec<Mention<'d>> {
        let mut walk = Walk {
            plan,
            report: None,
            mentions: Vec::new(),
            embedded: Vec::new(),
        };
        walk.visit(root, doc, &Trail::ROOT);
        walk.mentions
    }
}

struct Walk<'p, 'd> {
    plan: &'p Plan,
    /// Where the checks of values report; without one they are left out.
    report: Option<&'p mut Report>,
    mentions: Vec<Mention<'d>>,
    embedded: Vec<Embedded>,
}

impl<'d> Walk<'_, 'd> {
    fn visit(&mut self, node: &Node, value: &'d Value, trail: &Trail<'_>) {
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.visit(node, item, &trail.item(index));
                }
            }
            Value::Object(object) => self.object(node, object, trail),
            _ => {}
        }
    }

    fn object(&mut self, node: &Node, object: &'d Map<String, Value>, trail: &Trail<'_>) {
        let plan = self.plan;
        if self.report.is_some()
            && let Some(party) = embed::party(plan, node, object, trail)
        {
            self.embedded.push(party);
            return;
        }
        let node = plan.concrete(node, object);
        if let (Some(report), Some(check)) = (self.report.as_deref_mut(), node.check) {
            check(object, trail, report);
        }
        Mention::all(plan, node, object, |mention| self.mentions.push(mention));
        for (name, value) in object {
            if matches!(value, Value::Array(_) | Value::Object(_))
                && let Some(child) = plan.child(node, name)
            {
                self.visit(child, value, &trail.member(name));
            }
        }
    }
}

/// What is done with a reference: its node, what it means, the object, its place.
pub type Visit<'v> = dyn FnMut(&Node, Meaning<'_>, &mut Map<String, Value>, &Trail<'_>) + 'v;

/// Calls `change` with every object of a document that may refer to one of our kinds, and its place.
pub fn each_reference(plan: &Plan, root: &Node, doc: &mut Value, change: &mut Visit<'_>) {
    visit(plan, root, doc, &Trail::ROOT, change);
}

fn visit(plan: &Plan, node: &Node, value: &mut Value, trail: &Trail<'_>, change: &mut Visit<'_>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                visit(plan, node, item, &trail.item(index), change);
            }
        }
        Value::Object(object) => {
            let node = plan.concrete(node, object);
            if let Some(reference) = &node.reference
                && object.get("id").is_some_and(Value::is_string)
            {
                let meaning = plan.meaning(reference, object);
                if !meaning.kinds.is_empty() {
                    change(node, meaning, object, trail);
                }
            }
            for (name, value) in object {
                if matches!(value, Value::Array(_) | Value::Object(_))
                    && let Some(child) = plan.child(node, name)
                {
                    visit(plan, child, value, &trail.member(name), change);
                }
            }
        }
        _ => {}
    }
}
