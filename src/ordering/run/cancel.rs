//! Cancelling an order or one of its items.

use super::input::By;
use super::outcome::RefusalCode;
use super::state::{CancelStage, Cancellation, Fate, Goal, Phase};
use super::status::Status;
use super::step::Step;
use crate::ordering::plan::PointOfNoReturn;

/// Requests to cancel that are remembered; older ones that came to their end go.
const KEPT: usize = 20;

impl Step<'_> {
    pub(super) fn cancel(
        &mut self,
        task: String,
        item: Option<String>,
        force: bool,
        dependants: bool,
    ) {
        if self.state.cancellations.iter().any(|c| c.task == task) {
            return;
        }
        if self.state.ended.is_some() {
            let reason = format!("the order is {}", self.state.order.as_str());
            return self.refuse_cancel(task, item, RefusalCode::State, reason);
        }
        let items = match self.scope(item.as_deref(), dependants) {
            Ok(items) => items,
            Err((code, reason)) => return self.refuse_cancel(task, item, code, reason),
        };
        if item.is_none() {
            let from = self.state.order.as_str();
            let to = Status::AssessingCancellation.as_str();
            self.note_order(from, to, "its cancellation is assessed".to_owned());
        }
        if let Some((key, _)) = self.beyond(&items, true) {
            let reason = format!("`{key}` was begun and cannot be taken back");
            return self.refuse_cancel(task, item, RefusalCode::PointOfNoReturn, reason);
        }
        let soft = self.beyond(&items, false);
        let stage = match soft {
            Some(_) if !force => CancelStage::Assessing,
            _ => CancelStage::Pending,
        };
        let reason = match (&soft, stage) {
            (Some((key, _)), CancelStage::Assessing) => {
                Some(format!("`{key}` was begun: taking it back needs consent"))
            }
            _ => None,
        };
        let whole = item.is_none();
        self.remember(Cancellation {
            task,
            item,
            scope: if whole { Vec::new() } else { self.ids(&items) },
            stage,
            reason,
        });
        if stage == CancelStage::Pending {
            self.give(&items, Fate::Cancelled, Goal::Undo, "cancel");
        }
    }

    fn refuse_cancel(
        &mut self,
        task: String,
        item: Option<String>,
        code: RefusalCode,
        reason: String,
    ) {
        if item.is_none() && self.out.notes.iter().any(|note| note.node.is_none()) {
            let from = Status::AssessingCancellation.as_str();
            let to = self.state.order.as_str();
            self.note_order(from, to, reason.clone());
        }
        self.remember(Cancellation {
            task,
            item,
            scope: Vec::new(),
            stage: CancelStage::Refused,
            reason: Some(reason.clone()),
        });
        self.refuse(code, reason);
    }

    fn remember(&mut self, cancellation: Cancellation) {
        let list = &mut self.state.cancellations;
        list.push(cancellation);
        let over = |c: &Cancellation| matches!(c.stage, CancelStage::Done | CancelStage::Refused);
        while list.len() > KEPT {
            let Some(oldest) = list.iter().position(over) else {
                return;
            };
            list.remove(oldest);
        }
    }

    /// Someone consents to a cancel beyond a soft point of no return, or does not.
    pub(super) fn decide(&mut self, task: &str, consent: bool) {
        let mut open = self.state.cancellations.iter();
        let Some(at) = open.position(|c| c.task == task) else {
            let message = format!("there is no request `{task}` to cancel");
            return self.refuse(RefusalCode::Unknown, message);
        };
        let Some(cancel) = self.state.cancellations.get(at).cloned() else {
            return;
        };
        let wanted = if consent {
            CancelStage::Pending
        } else {
            CancelStage::Refused
        };
        if cancel.stage != CancelStage::Assessing {
            let same = cancel.stage == wanted || (consent && cancel.stage == CancelStage::Done);
            if !same {
                self.refuse(RefusalCode::State, "this was decided");
            }
            return;
        }
        let reason = match (&self.by, consent) {
            (
                Some(By {
                    note: Some(note), ..
                }),
                false,
            ) => Some(note.clone()),
            (_, false) => Some("an operator did not consent".to_owned()),
            (_, true) => None,
        };
        if let Some(cancel) = self.state.cancellations.get_mut(at) {
            cancel.stage = wanted;
            cancel.reason = reason;
        }
        if consent {
            let items = match &cancel.item {
                None => (0..self.work.items.len()).collect(),
                Some(_) => self.places(&cancel.scope),
            };
            self.give(&items, Fate::Cancelled, Goal::Undo, "cancel");
        }
    }

    fn ids(&self, items: &[usize]) -> Vec<String> {
        let ids = items.iter().map(|item| self.work.item_id(*item).to_owned());
        ids.collect()
    }

    fn places(&self, ids: &[String]) -> Vec<usize> {
        let items = self.work.items.iter().enumerate();
        let named = items.filter(|(_, item)| ids.contains(&item.id));
        named.map(|(place, _)| place).collect()
    }

    /// The items that go with one; all for the whole order.
    fn scope(
        &self,
        item: Option<&str>,
        dependants: bool,
    ) -> Result<Vec<usize>, (RefusalCode, String)> {
        let Some(id) = item else {
            return Ok((0..self.work.items.len()).collect());
        };
        let mut items = self.work.items.iter();
        let Some(place) = items.position(|item| item.id == id) else {
            let message = format!("there is no item `{id}`");
            return Err((RefusalCode::Unknown, message));
        };
        let gone = self.state.fates.get(id).map(|fate| match fate {
            Fate::Cancelled => "cancelled",
            Fate::Failed => "failed",
            Fate::Gone => "no longer part of the order",
        });
        if let Some(gone) = gone {
            return Err((RefusalCode::State, format!("item `{id}` is {gone}")));
        }
        let own = self.with_parts(&[place]);
        let all = self.closure(&[place]);
        let mut others: Vec<&str> = Vec::new();
        for other in all.iter().filter(|item| !own.contains(item)) {
            let id = self.work.item_id(self.work.ordered(*other));
            if !others.contains(&id) {
                others.push(id);
            }
        }
        if !others.is_empty() && !dependants {
            let message = format!("item `{}` relies on item `{id}`", others.join("`, `"));
            return Err((RefusalCode::Dependants, message));
        }
        Ok(all)
    }

    /// Items with all that is nested in them.
    fn with_parts(&self, items: &[usize]) -> Vec<usize> {
        let all = 0..self.work.items.len();
        let within = all.filter(|place| {
            let mut outer = items.iter();
            outer.any(|item| item == place || self.work.is_within(*place, *item))
        });
        within.collect()
    }

    /// Items with their parts, and all items that cannot be without them. A bundle can be without
    /// a part.
    pub(super) fn closure(&self, items: &[usize]) -> Vec<usize> {
        let mut found = self.with_parts(items);
        loop {
            let relying: Vec<usize> = self
                .all()
                .filter(|place| self.relies_on(*place, &found))
                .map(|place| self.work.ordered(self.job(place).node.item))
                .collect();
            if relying.is_empty() {
                return found;
            }
            let before = found.len();
            let mut all = found;
            all.extend(relying);
            found = self.with_parts(&all);
            if found.len() <= before {
                return found;
            }
        }
    }

    /// True when a job of another item, other than a bundle around them, comes after theirs.
    fn relies_on(&self, place: usize, items: &[usize]) -> bool {
        let job = self.job(place);
        let live = matches!(self.node(place).goal, Goal::Do | Goal::Skip);
        if !live || items.contains(&job.node.item) {
            return false;
        }
        job.node.after.iter().any(|before| {
            let item = self.job(*before).node.item;
            items.contains(&item) && !self.work.is_within(item, job.node.item)
        })
    }

    /// The first node of items whose point of no return lies behind; hard ones, or any.
    pub(super) fn beyond(&self, items: &[usize], hard: bool) -> Option<(String, PointOfNoReturn)> {
        self.all().find_map(|place| {
            let inside = items.contains(&self.job(place).node.item);
            self.is_beyond(place, hard).filter(|_| inside)
        })
    }

    /// The key of a node whose point of no return lies behind.
    pub(super) fn is_beyond(&self, place: usize, hard: bool) -> Option<(String, PointOfNoReturn)> {
        let node = &self.job(place).node;
        let point = node.point_of_no_return?;
        let counts = !hard || point == PointOfNoReturn::Hard;
        (counts && self.is_begun(place)).then(|| (node.key.clone(), point))
    }

    /// True when something of the node may be out there.
    pub(super) fn is_begun(&self, place: usize) -> bool {
        let node = self.node(place);
        match node.phase {
            Phase::Sending | Phase::InProgress | Phase::Completed => true,
            Phase::Ready | Phase::Failed => node.maybe || node.touched,
            _ => false,
        }
    }
}
