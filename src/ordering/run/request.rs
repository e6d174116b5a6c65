//! What a node asks for, made when it is sent: values of earlier nodes are known by then, and
//! whether an earlier revision's work is there to be changed.

use super::Run;
use super::effect::{Internal, InternalOp, Realized, Request};
use super::ids::Purpose;
use super::state::{Goal, Phase};
use super::step::merge;
use super::work::Doer;
use crate::domain::clock::Micros;
use crate::ordering::order::{Action, Characteristic};
use crate::ordering::plan::{NodeKind, Source};

impl Run {
    /// The settings of a node with their values; the error names the one that has none.
    pub(super) fn settings(&self, place: usize) -> Result<Vec<Characteristic>, String> {
        let mut settings = Vec::new();
        for setting in &self.job(place).node.settings {
            let value = match &setting.source {
                Source::Value(value) => Some(value.clone()),
                Source::Result { node, name } => match self.result(place, node, name) {
                    Found::Value(value) => Some(value),
                    Found::Void => None,
                    Found::Missing => {
                        return Err(format!(
                            "`{}` shall be the result `{name}` of `{node}`, which has none",
                            setting.name
                        ));
                    }
                },
            };
            if let Some(value) = value {
                settings.push(Characteristic {
                    name: setting.name.clone(),
                    value,
                });
            }
        }
        merge(&mut settings, &self.node(place).edited);
        // What an operator supplied stands in for what a node did not give.
        Ok(settings)
    }

    fn result(&self, place: usize, node: &str, name: &str) -> Found {
        if self.node(place).edited.iter().any(|c| c.name == name) {
            return Found::Void;
        }
        let mut found = Found::Missing;
        for earlier in self.all().rev() {
            if self.job(earlier).node.key != node {
                continue;
            }
            let state = self.node(earlier);
            let value = state.results.iter().find(|result| result.name == name);
            match value {
                Some(result) => return Found::Value(result.value.clone()),
                None if state.phase == Phase::Skipped || self.is_void(earlier, place) => {
                    found = Found::Void;
                }
                None => {}
            }
        }
        found
    }

    /// The job whose completed work this one changes, if there is one.
    pub(super) fn base(&self, place: usize) -> Option<usize> {
        if self.node(place).started.is_some() {
            return self.node(place).based;
        }
        let mut at = self.job(place).supersedes;
        while let Some(earlier) = at {
            let state = self.node(earlier);
            if state.phase == Phase::Completed && state.goal != Goal::Undo {
                return Some(earlier);
            }
            // Chains lead to earlier jobs only.
            at = self.job(earlier).supersedes.filter(|next| *next < earlier);
        }
        None
    }

    /// What a node does: what the plan says, or a change where an earlier revision did it.
    pub(super) fn action(&self, place: usize) -> Action {
        match (self.job(place).node.action, self.base(place)) {
            (Action::Add, Some(_)) => Action::Modify,
            (action, _) => action,
        }
    }

    /// The service that a node is about, where it is known.
    pub(super) fn service(&self, place: usize) -> Option<String> {
        let own = &self.node(place).service;
        let planned = &self.job(place).node.service;
        own.clone()
            .or_else(|| planned.clone())
            .or_else(|| self.service(self.base(place)?))
    }

    /// What a change replaced.
    fn previous(&self, place: usize) -> Vec<Characteristic> {
        match self.base(place) {
            Some(base) => self.settings(base).unwrap_or_default(),
            None => self.job(place).node.previous.clone(),
        }
    }

    /// The request of a node to another system.
    pub(super) fn request(&self, place: usize, settings: Vec<Characteristic>) -> Request {
        let node = &self.job(place).node;
        Request {
            kind: node.kind,
            target: node.target.clone(),
            name: node.name.clone(),
            action: self.action(place),
            specification: node.specification.clone(),
            service: self.service(place),
            characteristics: settings,
            parameters: node.parameters.clone(),
            item: node.item,
            item_id: self.work.item_id(node.item).to_owned(),
            priority: self.work.terms.priority,
            due: self.node(place).due.map(Micros),
            reverses: None,
        }
    }

    /// The request that takes it back.
    pub(super) fn undo_request(&self, place: usize) -> Request {
        let (action, characteristics) = match self.action(place) {
            Action::Add => (Action::Delete, self.settings(place).unwrap_or_default()),
            Action::Delete => (Action::Add, self.previous(place)),
            Action::Modify | Action::NoChange => (Action::Modify, self.previous(place)),
        };
        Request {
            action,
            reverses: Some(self.external_id(place, Purpose::Do)),
            ..self.request(place, characteristics)
        }
    }

    /// Our own work of a node, or what takes it back.
    pub(super) fn internal(
        &self,
        place: usize,
        purpose: Purpose,
        settings: Vec<Characteristic>,
    ) -> Internal {
        let node = &self.job(place).node;
        let item = self.work.items.get(node.item);
        let undo = purpose == Purpose::Undo;
        Internal {
            node: node.key.clone(),
            external_id: self.external_id(place, purpose),
            op: op(node.kind, self.action(place), undo),
            item: node.item,
            item_id: self.work.item_id(node.item).to_owned(),
            product: item.and_then(|item| item.product.clone()),
            settings,
            parameters: node.parameters.clone(),
            supplies: node.supplies.clone(),
            supplied: self.supplied(node.item),
            services: self.services(node.item),
            results: self.node(place).results.clone(),
            reverses: undo.then(|| self.external_id(place, Purpose::Do)),
        }
    }

    /// Jobs of an item that are done and stay so.
    fn done_of(&self, item: usize) -> impl Iterator<Item = usize> {
        self.all().filter(move |place| {
            let state = self.node(*place);
            self.job(*place).node.item == item
                && state.phase == Phase::Completed
                && state.goal != Goal::Undo
        })
    }

    fn supplied(&self, item: usize) -> Vec<Characteristic> {
        let mut supplied = Vec::new();
        for place in self.done_of(item) {
            let names = &self.job(place).node.supplies;
            let results = self.node(place).results.iter();
            let own: Vec<Characteristic> = results
                .filter(|result| names.contains(&result.name))
                .cloned()
                .collect();
            merge(&mut supplied, &own);
        }
        supplied
    }

    fn services(&self, item: usize) -> Vec<Realized> {
        let mut services: Vec<Realized> = Vec::new();
        for place in self.done_of(item) {
            let node = &self.job(place).node;
            if self.doer(place) != Doer::Remote {
                continue;
            }
            let Some(realized) = self.realized_at(place, node.action == Action::Delete) else {
                continue;
            };
            services.retain(|earlier| earlier.id != realized.id);
            services.push(realized);
        }
        services
    }
}

enum Found {
    Value(serde_json::Value),
    /// It was left out on purpose.
    Void,
    Missing,
}

fn op(kind: NodeKind, action: Action, undo: bool) -> InternalOp {
    match (kind, action, undo) {
        (NodeKind::ReserveNumber, Action::Delete, false) => InternalOp::ReleaseNumber,
        (NodeKind::ReserveNumber, Action::Delete, true) => InternalOp::ReserveNumber,
        (NodeKind::ReserveNumber, _, false) => InternalOp::ReserveNumber,
        (NodeKind::ReserveNumber, _, true) => InternalOp::ReleaseNumber,
        (NodeKind::Billing, Action::Add, false) => InternalOp::StartBilling,
        (NodeKind::Billing, Action::Add, true) => InternalOp::StopBilling,
        (NodeKind::Billing, Action::Delete, false) => InternalOp::StopBilling,
        (NodeKind::Billing, _, false) => InternalOp::ChangeBilling,
        (NodeKind::Billing, _, true) => InternalOp::RestoreBilling,
        (_, Action::Add, false) => InternalOp::WriteProduct,
        (_, Action::Add, true) => InternalOp::WithdrawProduct,
        (_, Action::Delete, false) => InternalOp::TerminateProduct,
        (_, _, false) => InternalOp::ChangeProduct,
        (_, _, true) => InternalOp::RestoreProduct,
    }
}
