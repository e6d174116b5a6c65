//! Puts a plan together: items in pieces, the work of each, what writes products and charges, and
//! the edges between all.

use serde_json::Map;

use super::between::{is_below, reliances};
use super::delta::{Draft, Subject, Work, work};
use super::explode::{Origin, Surroundings, code};
use super::graph::{Edges, Wait, sorted, within};
use super::instances::{Pieces, pieces};
use super::validate::{Missing, Refusal};
use super::{Because, Compensation, Node, NodeKind, PlacedItem, Plan, Planned, key_of};
use crate::ordering::catalog::{OfferedPrice, Price, is_same};
use crate::ordering::inventory::{Installed, Inventory};
use crate::ordering::order::{Action, Item, Place};
use crate::ordering::rule::Reaction;

/// Nodes that one plan can have.
const MAX_NODES: usize = 20_000;

/// Makes the plan for items that are checked. `known_missing` is what checking found missing.
pub(super) fn make(
    surroundings: Surroundings<'_>,
    revision: u32,
    inventory: &Inventory,
    placed: Vec<PlacedItem>,
    known_missing: Vec<Missing>,
) -> Planned {
    let pieces = match pieces(&surroundings.order.id, placed) {
        Ok(pieces) => pieces,
        Err(refusal) => return Planned::Rejected(vec![refusal]),
    };
    let mut maker = Maker {
        surroundings,
        inventory,
        pieces: &pieces,
        nodes: Vec::new(),
        early: Vec::new(),
        edges: Edges::default(),
        spans: Vec::new(),
        missing: known_missing,
    };
    let mut refusals = Vec::new();
    for index in 0..pieces.items.len() {
        if let Err(refusal) = maker.item(index) {
            refusals.push(refusal);
        }
    }
    if !refusals.is_empty() {
        return Planned::Rejected(refusals);
    }
    if !maker.missing.is_empty() {
        return Planned::Pending(maker.missing);
    }
    maker.bundles();
    maker.between_items();
    let (nodes, edges) = (maker.nodes, maker.edges);
    if nodes.len() > MAX_NODES {
        let message = format!("the plan has more than {MAX_NODES} nodes");
        return Planned::Rejected(vec![about_order(code::PLAN_TOO_LARGE, message)]);
    }
    match sorted(nodes, &edges) {
        Ok(nodes) => Planned::Plan(Plan {
            order: surroundings.order.id.clone(),
            revision,
            items: pieces.items,
            nodes,
        }),
        Err(circle) => {
            let message = format!("the work waits for itself: {}", circle.join(" > "));
            Planned::Rejected(vec![about_order(code::PLAN_CIRCLE, message)])
        }
    }
}

fn about_order(code: &str, message: String) -> Refusal {
    Refusal {
        item: String::new(),
        pointer: "/productOrderItem".to_owned(),
        code: code.to_owned(),
        message,
    }
}

/// The nodes of an item: its work, then what writes the product and charges for it.
#[derive(Clone, Copy, Default)]
struct Span {
    first: usize,
    end: usize,
    inventory: Option<usize>,
}

struct Maker<'a> {
    surroundings: Surroundings<'a>,
    inventory: &'a Inventory,
    pieces: &'a Pieces,
    nodes: Vec<Node>,
    /// For each node, whether it does not wait for other items.
    early: Vec<bool>,
    edges: Edges,
    spans: Vec<Span>,
    missing: Vec<Missing>,
}

impl<'a> Maker<'a> {
    fn item(&mut self, index: usize) -> Result<(), Refusal> {
        let mut span = Span {
            first: self.nodes.len(),
            end: self.nodes.len(),
            inventory: None,
        };
        let Some(item) = self.pieces.items.get(index) else {
            return Ok(());
        };
        let has_product = item.action != Action::NoChange
            && item.quantity > 0
            && !self.pieces.is_container(index);
        if !has_product {
            self.spans.push(span);
            return Ok(());
        }
        let subject = Subject {
            index,
            item,
            installed: self.installed(item),
            places: self.places(index),
        };
        let work = work(self.surroundings, subject)?;
        self.look_for_missing(&work, subject);
        within(&work.drafts, span.first, &mut self.edges);
        let (inventory, billing) = (work.inventory, work.billing);
        for draft in work.drafts {
            self.push(draft);
        }
        span.end = self.nodes.len();
        span.inventory = self.write_product(subject, inventory, span);
        self.charge(subject, billing, span);
        self.spans.push(span);
        Ok(())
    }

    fn push(&mut self, draft: Draft<'_>) {
        self.nodes.push(draft.node);
        self.early.push(draft.is_early);
    }

    fn installed(&self, item: &PlacedItem) -> Option<&'a Installed> {
        if item.action == Action::Add {
            return None;
        }
        self.inventory.products.get(item.product.as_deref()?)
    }

    /// The items of the order from there outwards.
    fn around(&self, index: usize) -> impl Iterator<Item = &'a Item> + use<'a> {
        let (pieces, items) = (self.pieces, &self.surroundings.order.items);
        let mut next = Some(index);
        let mut steps = 0;
        std::iter::from_fn(move || {
            let place = next?;
            steps += 1;
            next = pieces
                .items
                .get(place)
                .and_then(|item| item.parent)
                .filter(|_| steps <= pieces.items.len());
            Some(items.get(place))
        })
        .flatten()
    }

    /// The places of the item, of the installed product, or of what the item is part of.
    fn places(&self, index: usize) -> &'a [Place] {
        let item = self.pieces.items.get(index);
        let installed = item.and_then(|item| self.installed(item));
        let stated = |item: &'a Item| {
            let product = item.product.as_ref()?;
            (!product.places.is_empty()).then_some(product.places.as_slice())
        };
        let own = self.surroundings.order.items.get(index).and_then(stated);
        own.or_else(|| {
            installed
                .map(|i| i.places.as_slice())
                .filter(|p| !p.is_empty())
        })
        .or_else(|| self.around(index).find_map(stated))
        .unwrap_or(&[])
    }

    fn look_for_missing(&mut self, work: &Work<'a>, subject: Subject<'a>) {
        for requirement in &work.requirements {
            if !requirement.actions.contains(&subject.item.action) {
                continue;
            }
            let need = &requirement.need;
            let (order, items) = (self.surroundings.order, &self.pieces.items);
            let Some(mut missing) = need.missing(order, self.inventory, items, subject.index)
            else {
                continue;
            };
            if let Some(message) = &requirement.message {
                missing.message.clone_from(message);
            }
            if !self.missing.contains(&missing) {
                self.missing.push(missing);
            }
        }
    }

    /// The node that writes the product, after all work of the item.
    fn write_product(
        &mut self,
        subject: Subject<'a>,
        origin: Option<Origin<'a>>,
        span: Span,
    ) -> Option<usize> {
        let mut node = self.own_node(subject, NodeKind::Inventory, origin)?;
        node.previous = subject
            .installed
            .map_or_else(Vec::new, |i| i.characteristics.clone());
        let place = self.nodes.len();
        let awaited: Vec<bool> = self.awaited(span);
        for (node, _) in (span.first..span.end)
            .zip(awaited)
            .filter(|(_, awaited)| !awaited)
        {
            self.edges.add(place, node);
        }
        self.nodes.push(node);
        self.early.push(false);
        Some(place)
    }

    /// For each node of the work, whether another one of it waits for it.
    fn awaited(&self, span: Span) -> Vec<bool> {
        let mut awaited = vec![false; span.end - span.first];
        for node in span.first..span.end {
            for other in self.edges.of(node) {
                let place = other.checked_sub(span.first);
                if let Some(own) = place.and_then(|place| awaited.get_mut(place)) {
                    *own = true;
                }
            }
        }
        awaited
    }

    fn charge(&mut self, subject: Subject<'a>, origin: Option<Origin<'a>>, span: Span) {
        let is_stated = origin.is_some_and(|origin| origin.output.on_modify != Reaction::Modify);
        let is_due =
            subject.item.action != Action::Modify || is_stated || self.price_changes(subject);
        if !is_due {
            return;
        }
        let Some(node) = self.own_node(subject, NodeKind::Billing, origin) else {
            return;
        };
        let place = self.nodes.len();
        match span.inventory {
            Some(inventory) => self.edges.add(place, inventory),
            None => (span.first..span.end).for_each(|node| self.edges.add(place, node)),
        }
        self.nodes.push(node);
        self.early.push(false);
    }

    /// Whether a change is one of what the product costs: another offering, another value of a
    /// characteristic that a price depends on, or prices and terms that the order states.
    fn price_changes(&self, subject: Subject<'a>) -> bool {
        let Some(installed) = subject.installed else {
            return true;
        };
        let item = self.surroundings.order.items.get(subject.index);
        if item.is_some_and(|item| !item.terms.is_empty() || !item.prices.is_empty()) {
            return true;
        }
        if subject.item.offering != installed.offering {
            return true;
        }
        let before = |name: &str| installed.characteristics.iter().find(|c| c.name == name);
        let mut own = subject.item.characteristics.iter();
        own.any(|now| {
            let is_kept = before(&now.name).is_some_and(|old| is_same(&old.value, &now.value));
            !is_kept && self.is_priced(subject, &now.name)
        })
    }

    fn is_priced(&self, subject: Subject<'a>, name: &str) -> bool {
        let catalog = self.surroundings.catalog;
        let offering = subject.item.offering.as_ref();
        let Some(offering) = offering.and_then(|id| catalog.offerings.get(id)) else {
            return true;
        };
        let by_price = |price: &Price| price.conditions.iter().any(|used| used.name == name);
        offering.prices.iter().any(|offered| match offered {
            OfferedPrice::Inline(price) => by_price(price),
            OfferedPrice::Reference(price) => match catalog.prices.get(&price.id) {
                Some(price) => by_price(price),
                None => true,
            },
        })
    }

    /// A node about the product itself; none where a rule says that it is not wanted.
    fn own_node(
        &self,
        subject: Subject<'a>,
        kind: NodeKind,
        origin: Option<Origin<'a>>,
    ) -> Option<Node> {
        let item = subject.item;
        let output = origin.map(|origin| origin.output);
        let reaction = output.map(|output| match item.action {
            Action::Add => output.on_add,
            Action::Delete => output.on_delete,
            Action::Modify | Action::NoChange => output.on_modify,
        });
        if reaction == Some(Reaction::Ignore) {
            return None;
        }
        let (local, about) = match kind {
            NodeKind::Billing => ("billing", "Charges for"),
            _ => ("product", "Product"),
        };
        let offering = item.offering.as_ref();
        let offering = offering.and_then(|id| self.surroundings.catalog.offerings.get(id));
        let called = offering
            .and_then(|o| o.name.as_deref())
            .or(item.offering.as_deref());
        let called = called.or(item.product.as_deref()).unwrap_or(&item.id);
        let usual = || format!("{about} {called}");
        Some(Node {
            key: key_of(&item.id, local),
            item: subject.index,
            kind,
            name: output.and_then(|o| o.label.clone()).unwrap_or_else(usual),
            action: item.action,
            specification: None,
            service: None,
            settings: Vec::new(),
            previous: Vec::new(),
            target: None,
            after: Vec::new(),
            compensation: output.map_or(Compensation::Reverse, |o| o.compensation.clone()),
            point_of_no_return: output.and_then(|o| o.point_of_no_return),
            timeout: output.and_then(|o| o.timeout),
            milestone: output.and_then(|o| o.milestone.clone()),
            supplies: Vec::new(),
            parameters: output.map_or_else(Map::new, |o| o.parameters.clone()),
            because: Because {
                item: item.id.clone(),
                path: item
                    .offering
                    .iter()
                    .map(|id| format!("offering {id}"))
                    .collect(),
                rule: origin.map(|origin| origin.rule.label.clone()),
            },
        })
    }

    /// The product of a bundle is written when those of its parts are.
    fn bundles(&mut self) {
        for index in 0..self.spans.len() {
            let Some(own) = self.spans.get(index).and_then(|span| span.inventory) else {
                continue;
            };
            let mut around = self.pieces.items.get(index).and_then(|item| item.parent);
            for _ in 0..self.spans.len() {
                let Some(parent) = around else {
                    break;
                };
                if let Some(above) = self.spans.get(parent).and_then(|span| span.inventory) {
                    self.edges.add(above, own);
                    break;
                }
                around = self.pieces.items.get(parent).and_then(|item| item.parent);
            }
        }
    }

    fn between_items(&mut self) {
        let (order, catalog) = (self.surroundings.order, self.surroundings.catalog);
        for reliance in reliances(order, catalog, self.pieces) {
            let bases = self.pieces.of(reliance.base);
            let is_dependent = |index: &usize| {
                *index == reliance.dependent
                    || is_below(&self.pieces.items, *index, reliance.dependent)
            };
            let dependents: Vec<usize> =
                (0..self.pieces.items.len()).filter(is_dependent).collect();
            for dependent in &dependents {
                for base in &bases {
                    self.gate(*dependent, *base);
                }
            }
        }
    }

    /// The first nodes of one item and the product of the other.
    fn gate(&mut self, dependent: usize, base: usize) {
        let item = |index: usize| self.pieces.items.get(index);
        let (Some(a), Some(b)) = (item(dependent), item(base)) else {
            return;
        };
        let (waiting, awaited) = match Wait::between(a.action, b.action) {
            Wait::DependentWaits => (dependent, base),
            Wait::BaseWaits => (base, dependent),
            Wait::Neither => return,
        };
        let Some(awaited) = self.spans.get(awaited).and_then(|span| span.inventory) else {
            return;
        };
        for node in self.entrances(waiting) {
            self.edges.add(node, awaited);
        }
    }

    /// Nodes of an item that wait for nothing in it but for what is early; what writes its product
    /// where there are none.
    fn entrances(&self, index: usize) -> Vec<usize> {
        let Some(span) = self.spans.get(index) else {
            return Vec::new();
        };
        let is_early = |node: &usize| self.early.get(*node) == Some(&true);
        let is_entrance = |node: &usize| {
            let inside = self.edges.of(*node).iter();
            let mut inside = inside.filter(|n| (span.first..span.end).contains(*n));
            !is_early(node) && inside.all(is_early)
        };
        let found: Vec<usize> = (span.first..span.end).filter(is_entrance).collect();
        match found.is_empty() {
            true => span.inventory.into_iter().collect(),
            false => found,
        }
    }
}
