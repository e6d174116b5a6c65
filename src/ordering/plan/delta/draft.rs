//! A node in the making: it knows by name what it waits for.

use serde_json::{Map, Value};

use super::Subject;
use crate::ordering::inventory::Realizing;
use crate::ordering::order::{Action, Characteristic};
use crate::ordering::plan::explode::{Want, Wish, WishValue};
use crate::ordering::plan::{
    Because, Compensation, DEFAULT_TARGET, Node, NodeKind, Setting, Source, SpecificationRef,
};

/// A node without its edges.
pub struct Draft<'a> {
    pub node: Node,
    /// By which others of the item refer to it.
    pub names: Vec<&'a str>,
    /// What it waits for, by name.
    pub after: Vec<&'a str>,
    /// Does not wait for other items.
    pub is_early: bool,
    /// The draft, by place among those of the item, that takes its place.
    pub replaced_by: Option<usize>,
}

impl<'a> Draft<'a> {
    /// All of a piece of work.
    pub fn added(subject: Subject<'a>, mut want: Want<'a>) -> Self {
        wait_for_results(&mut want);
        let wishes = std::mem::take(&mut want.settings);
        let settings = wishes.into_iter().map(setting).collect();
        Draft {
            node: Node {
                settings,
                ..node(subject, &mut want, Action::Add)
            },
            ..Draft::bare(want)
        }
    }

    /// A piece of work that is there and changes, or ends.
    pub fn changed(
        subject: Subject<'a>,
        mut want: Want<'a>,
        action: Action,
        service: Option<&Realizing>,
    ) -> Self {
        wait_for_results(&mut want);
        want.settings.clear();
        let mut node = node(subject, &mut want, action);
        if let Some(service) = service {
            node.service = Some(service.id.clone());
            // It is changed where it lives, wherever rules would put a new one.
            node.target = service.target.clone().or(node.target);
        }
        Draft {
            node,
            ..Draft::bare(want)
        }
    }

    /// Makes the end of what was added: it has no results but gives back those that the product
    /// got by it, and no milestone. Points of no return are about adding.
    pub fn give_back(&mut self, subject: Subject<'_>) {
        let supplies = std::mem::take(&mut self.node.supplies);
        let known = |name: String| {
            let value = subject.present_value(&name)?.clone();
            let source = Source::Value(value);
            Some(Setting { name, source })
        };
        self.node.milestone = None;
        self.node.point_of_no_return = None;
        // A service is known by its id.
        if self.node.service.is_none() {
            self.node.settings = supplies.into_iter().filter_map(known).collect();
        }
    }

    /// A recorded service that no rule makes any more.
    pub fn left_over(subject: Subject<'a>, service: &'a Realizing) -> Self {
        let specification = service.specification.as_deref();
        let node = service.node.as_deref();
        let local = node.map(|node| node.rsplit_once(':').map_or(node, |(_, local)| local));
        let want = Want {
            key: local.or(specification).unwrap_or(&service.id).to_owned(),
            origin: None,
            kind: NodeKind::ServiceOrder,
            specification,
            specification_name: None,
            names: specification.into_iter().collect(),
            after: Vec::new(),
            settings: Vec::new(),
            path: vec![format!(
                "service {}, which no rule makes any more",
                service.id
            )],
        };
        let mut draft = Draft::changed(subject, want, Action::Delete, Some(service));
        draft.node.previous.clone_from(&service.characteristics);
        draft
    }

    fn bare(want: Want<'a>) -> Self {
        let kind = want.kind;
        Draft {
            is_early: want.origin.is_some_and(|origin| origin.output.is_early),
            names: want.names,
            after: want.after,
            replaced_by: None,
            node: empty(kind),
        }
    }
}

/// Whoever gives the results goes before.
fn wait_for_results(want: &mut Want<'_>) {
    let results = want.settings.iter().filter_map(|wish| match wish.value {
        WishValue::Result { node, .. } => Some(node),
        WishValue::Known(_) => None,
    });
    want.after.extend(results);
}

/// Takes the place of a node until the real one is put in.
fn empty(kind: NodeKind) -> Node {
    Node {
        key: String::new(),
        item: 0,
        kind,
        name: String::new(),
        action: Action::Add,
        specification: None,
        service: None,
        settings: Vec::new(),
        previous: Vec::new(),
        target: None,
        after: Vec::new(),
        compensation: Compensation::Nothing,
        point_of_no_return: None,
        timeout: None,
        milestone: None,
        supplies: Vec::new(),
        parameters: Map::new(),
        because: Because {
            item: String::new(),
            path: Vec::new(),
            rule: None,
        },
    }
}

fn node(subject: Subject<'_>, want: &mut Want<'_>, action: Action) -> Node {
    let output = want.origin.map(|origin| origin.output);
    let specification = want.specification.map(|id| SpecificationRef {
        id: id.to_owned(),
        name: want.specification_name.map(str::to_owned),
        class: class_of(want.kind).to_owned(),
    });
    let name = output
        .and_then(|output| output.label.as_deref())
        .or(want.specification_name)
        .or(want.specification)
        .unwrap_or(&want.key);
    let is_order = matches!(want.kind, NodeKind::ServiceOrder | NodeKind::ResourceOrder);
    let target = output.and_then(|output| output.target.as_deref());
    Node {
        key: key_of(&subject.item.id, &want.key),
        item: subject.index,
        name: name.to_owned(),
        action,
        specification,
        target: target
            .or(is_order.then_some(DEFAULT_TARGET))
            .map(str::to_owned),
        compensation: output.map_or(Compensation::Reverse, |o| o.compensation.clone()),
        point_of_no_return: output.and_then(|o| o.point_of_no_return),
        timeout: output.and_then(|o| o.timeout),
        milestone: output.and_then(|o| o.milestone.clone()),
        supplies: output.map_or_else(Vec::new, |o| o.supplies.clone()),
        parameters: output.map_or_else(Map::new, |o| o.parameters.clone()),
        because: Because {
            item: subject.item.id.clone(),
            path: std::mem::take(&mut want.path),
            rule: want.origin.map(|origin| origin.rule.label.clone()),
        },
        ..empty(want.kind)
    }
}

/// The key of a node: item and local key.
pub fn key_of(item: &str, local: &str) -> String {
    format!("{item}:{local}")
}

fn class_of(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::ServiceOrder => "ServiceSpecification",
        _ => "ResourceSpecification",
    }
}

pub fn setting(wish: Wish<'_>) -> Setting {
    Setting {
        name: wish.name.to_owned(),
        source: match wish.value {
            WishValue::Known(value) => Source::Value(value),
            WishValue::Result { node, name } => Source::Result {
                node: node.to_owned(),
                name: name.to_owned(),
            },
        },
    }
}

/// A characteristic with a value.
pub fn characteristic(name: &str, value: &Value) -> Characteristic {
    Characteristic {
        name: name.to_owned(),
        value: value.clone(),
    }
}

/// Results are named by outputs so far; here they get the keys of the nodes. Where the node is not
/// part of the work its result is what the product has under the name, or nothing.
pub fn link(subject: Subject<'_>, drafts: &mut [Draft<'_>]) {
    let has_results = |draft: &Draft<'_>| {
        let mut settings = draft.node.settings.iter();
        settings.any(|setting| matches!(setting.source, Source::Result { .. }))
    };
    for index in 0..drafts.len() {
        if !drafts.get(index).is_some_and(has_results) {
            continue;
        }
        let Some(draft) = drafts.get_mut(index) else {
            continue;
        };
        let mut settings = std::mem::take(&mut draft.node.settings);
        settings.retain_mut(|setting| link_one(subject, drafts, index, setting));
        if let Some(draft) = drafts.get_mut(index) {
            draft.node.settings = settings;
        }
    }
}

fn link_one(subject: Subject<'_>, drafts: &[Draft<'_>], own: usize, setting: &mut Setting) -> bool {
    let Source::Result { node, name } = &mut setting.source else {
        return true;
    };
    let gives = |(index, draft): &(usize, &Draft<'_>)| {
        *index != own
            && draft.node.action != Action::Delete
            && draft.names.iter().any(|own| own == node)
    };
    let mut giving = drafts.iter().enumerate().filter(gives);
    if let Some((_, draft)) = giving.next() {
        node.clone_from(&draft.node.key);
        return true;
    }
    match subject.value(name) {
        Some(value) => {
            setting.source = Source::Value(value.clone());
            true
        }
        None => false,
    }
}
