//! Amending: a new plan takes the place of the one that runs. What is the same stays, whatever its
//! state; what was not begun is replaced; what was begun otherwise is changed or undone.

use std::collections::HashMap;
use std::sync::Arc;

use super::outcome::RefusalCode;
use super::state::{CancelStage, Fate, Goal, NodeState, Phase};
use super::step::Step;
use super::work::{Doer, Job, Work};
use crate::ordering::order::Action;
use crate::ordering::plan::{Node, NodeKind, PlacedItem, Plan, PointOfNoReturn, Source};

/// What becomes of a node of the new plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// The job does what the new plan says, too.
    Keep(usize),
    /// The job was not begun: it does the new.
    Replace(usize),
    /// The job's work is changed into the new.
    Modify(usize),
    /// The job's work is undone before the new is done.
    Redo(usize),
    Add,
}

impl Step<'_> {
    pub(super) fn amend(&mut self, plan: Plan, force: bool) {
        if plan.order == self.work.order && plan.revision == self.work.revision {
            // The same amendment once more.
            return;
        }
        if self.is_over() || self.is_unfit(&plan) {
            return;
        }
        let changes = self.compare(&plan);
        let gone = self.gone(&plan);
        if !self.may_touch(&changes, &gone, force) {
            return;
        }
        self.rebuild(plan, &changes, &gone);
    }

    fn is_unfit(&mut self, plan: &Plan) -> bool {
        if plan.order != self.work.order || plan.revision < self.work.revision {
            self.refuse(
                RefusalCode::Plan,
                "the plan is not a later one of this order",
            );
            return true;
        }
        let mut open = self.state.cancellations.iter();
        let cancelling = open.any(|cancel| match cancel.stage {
            CancelStage::Assessing => true,
            CancelStage::Pending => cancel.item.is_none(),
            CancelStage::Done | CancelStage::Refused => false,
        });
        if cancelling {
            self.refuse(RefusalCode::State, "the order is being cancelled");
        }
        cancelling
    }

    /// The latest job of each key.
    fn latest(&self) -> HashMap<&str, usize> {
        self.all()
            .map(|place| (self.job(place).node.key.as_str(), place))
            .collect()
    }

    fn compare(&self, plan: &Plan) -> Vec<Change> {
        let latest = self.latest();
        let mut changes: Vec<Change> = Vec::with_capacity(plan.nodes.len());
        // Keys of nodes that will give other results.
        let mut changed: Vec<&str> = Vec::new();
        for node in &plan.nodes {
            let change = match latest.get(node.key.as_str()) {
                Some(old) => self.change(*old, node, plan, &changed),
                None => Change::Add,
            };
            if !matches!(change, Change::Keep(_)) {
                changed.push(&node.key);
            }
            changes.push(change);
        }
        changes
    }

    fn change(&self, old: usize, new: &Node, plan: &Plan, changed: &[&str]) -> Change {
        let state = self.node(old);
        if !matches!(state.goal, Goal::Do | Goal::Skip) {
            return Change::Redo(old);
        }
        let follows = new.settings.iter().any(|setting| {
            matches!(&setting.source, Source::Result { node, .. } if changed.contains(&node.as_str()))
        });
        if !follows && self.is_same(old, new, plan) {
            return Change::Keep(old);
        }
        let untouched = state.attempt == 0 && state.started.is_none();
        if untouched && matches!(state.phase, Phase::Waiting | Phase::Ready) {
            return Change::Replace(old);
        }
        if self.can_change(old, new) {
            Change::Modify(old)
        } else {
            Change::Redo(old)
        }
    }

    /// True when a node asks for what its job does. Our own work is about the whole item.
    fn is_same(&self, old: usize, new: &Node, plan: &Plan) -> bool {
        let node = &self.job(old).node;
        let same = node.kind == new.kind
            && node.action == new.action
            && node.specification == new.specification
            && node.service == new.service
            && node.settings == new.settings
            && node.previous == new.previous
            && node.target == new.target
            && node.compensation == new.compensation
            && node.parameters == new.parameters
            && node.supplies == new.supplies;
        let about_item = matches!(new.kind, NodeKind::Inventory | NodeKind::Billing);
        same && (!about_item || same_item(self.work.items.get(node.item), plan.items.get(new.item)))
    }

    /// True when work can be changed into other work by a request to change it.
    fn can_change(&self, old: usize, new: &Node) -> bool {
        let node = &self.job(old).node;
        let lasting = |action| matches!(action, Action::Add | Action::Modify);
        let changeable = match node.kind {
            NodeKind::Inventory | NodeKind::Billing => true,
            NodeKind::ServiceOrder | NodeKind::ResourceOrder => {
                node.target == new.target
                    && node.specification.as_ref().map(|s| &s.id)
                        == new.specification.as_ref().map(|s| &s.id)
            }
            _ => false,
        };
        changeable && node.kind == new.kind && lasting(node.action) && lasting(new.action)
    }

    /// Jobs whose keys the new plan does not have.
    fn gone(&self, plan: &Plan) -> Vec<usize> {
        let keys: std::collections::HashSet<&str> =
            plan.nodes.iter().map(|node| node.key.as_str()).collect();
        let gone = self.all().filter(|place| {
            let goal = self.node(*place).goal;
            let wanted = matches!(goal, Goal::Do | Goal::Skip | Goal::Settle);
            wanted && !keys.contains(self.job(*place).node.key.as_str())
        });
        gone.collect()
    }

    fn may_touch(&mut self, changes: &[Change], gone: &[usize], force: bool) -> bool {
        let changed = changes.iter().filter_map(|change| match change {
            Change::Modify(old) | Change::Redo(old) => Some(*old),
            Change::Keep(_) | Change::Replace(_) | Change::Add => None,
        });
        let touched: Vec<usize> = changed.chain(gone.iter().copied()).collect();
        let beyond: Vec<(String, PointOfNoReturn)> = touched
            .into_iter()
            .filter(|place| self.node(*place).goal != Goal::Undo)
            .filter_map(|place| self.is_beyond(place, force))
            .collect();
        if beyond.is_empty() {
            return true;
        }
        let nodes: Vec<String> = beyond
            .into_iter()
            .map(|(key, point)| match point {
                PointOfNoReturn::Hard => format!("`{key}` was begun and cannot be changed"),
                PointOfNoReturn::Soft => format!("`{key}` was begun: changing it needs consent"),
            })
            .collect();
        self.refuse(RefusalCode::PointOfNoReturn, nodes.join("; "));
        false
    }

    fn rebuild(&mut self, plan: Plan, changes: &[Change], gone: &[usize]) {
        let revision = plan.revision;
        let mut work = Work::clone(&self.work);
        work.revision = revision;
        self.move_items(&mut work, plan.items);
        let places = self.place(&mut work, plan.nodes, changes, revision);
        self.work = Arc::new(work);
        for place in gone {
            self.aim(*place, Goal::Undo, "amend");
        }
        for (change, place) in changes.iter().zip(&places) {
            self.settle_old(*change, *place);
        }
        let state = self.state.order.as_str();
        self.note_order(state, state, format!("plan {revision} takes over"));
    }

    /// Puts the nodes of the new plan among the jobs; gives their places.
    fn place(
        &mut self,
        work: &mut Work,
        nodes: Vec<Node>,
        changes: &[Change],
        revision: u32,
    ) -> Vec<usize> {
        let mut next = work.jobs.len();
        let places: Vec<usize> = changes
            .iter()
            .map(|change| match change {
                Change::Keep(old) | Change::Replace(old) => *old,
                Change::Modify(_) | Change::Redo(_) | Change::Add => {
                    next += 1;
                    next - 1
                }
            })
            .collect();
        for (at, (mut node, change)) in nodes.into_iter().zip(changes).enumerate() {
            let earlier = node.after.iter().filter(|before| **before < at);
            node.after = earlier.filter_map(|b| places.get(*b).copied()).collect();
            self.put(work, node, *change, revision);
        }
        self.state
            .nodes
            .resize_with(work.jobs.len(), NodeState::default);
        places
    }

    fn put(&mut self, work: &mut Work, node: Node, change: Change, revision: u32) {
        let supersedes = match change {
            Change::Keep(old) => {
                if let Some(job) = work.jobs.get_mut(old) {
                    job.node = node;
                }
                return;
            }
            Change::Replace(old) => {
                if let Some(job) = work.jobs.get_mut(old) {
                    job.node = node;
                    job.revision = revision;
                }
                return;
            }
            Change::Modify(old) | Change::Redo(old) => Some(old),
            Change::Add => None,
        };
        work.jobs.push(Job {
            node,
            revision,
            supersedes,
        });
    }

    fn settle_old(&mut self, change: Change, place: usize) {
        match change {
            Change::Modify(old) => {
                if self.node(old).phase == Phase::Failed && self.node(old).touched {
                    // Half done is not what can be changed.
                    return self.undo_all(old);
                }
                self.aim(old, Goal::Settle, "amend");
            }
            Change::Redo(old) => self.undo_all(old),
            Change::Keep(old) | Change::Replace(old) => {
                debug_assert_eq!(old, place);
                let node = self.node(old);
                let fresh = node.phase == Phase::Ready && node.attempt == 0;
                if fresh || change == Change::Replace(old) {
                    *self.node_mut(old) = NodeState::default();
                }
            }
            Change::Add => {}
        }
    }

    /// Undoes a job and what it was changed from.
    fn undo_all(&mut self, old: usize) {
        let mut at = Some(old);
        while let Some(place) = at {
            if self.doer(place) == Doer::Person && self.node(place).phase == Phase::Skipped {
                return;
            }
            self.aim(place, Goal::Undo, "amend");
            at = self.job(place).supersedes.filter(|next| *next < place);
        }
    }

    /// The items of the new plan, then those that it no longer has.
    fn move_items(&mut self, work: &mut Work, new: Vec<PlacedItem>) {
        let old = std::mem::replace(&mut work.items, new);
        let mut moved: Vec<usize> = Vec::with_capacity(old.len());
        for item in old {
            let place = work.items.iter().position(|kept| kept.id == item.id);
            moved.push(place.unwrap_or(work.items.len()));
            match place {
                Some(_) => {
                    self.state.fates.remove(&item.id);
                }
                None => {
                    let fate = self.state.fates.entry(item.id.clone());
                    fate.or_insert(Fate::Gone);
                    work.items.push(PlacedItem {
                        parent: None,
                        ..item
                    });
                }
            }
        }
        for job in &mut work.jobs {
            if let Some(place) = moved.get(job.node.item) {
                job.node.item = *place;
            }
        }
    }
}

fn same_item(old: Option<&PlacedItem>, new: Option<&PlacedItem>) -> bool {
    let (Some(old), Some(new)) = (old, new) else {
        return false;
    };
    old.action == new.action
        && old.quantity == new.quantity
        && old.offering == new.offering
        && old.specification == new.specification
        && old.product == new.product
        && old.characteristics == new.characteristics
}
