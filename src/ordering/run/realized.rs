//! What other systems made: the services and resources of an order.

use super::Run;
use super::effect::Realized;
use super::ids::{Purpose, named};
use super::step::merge;
use crate::ordering::order::Action;

/// A service in the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The product that it realizes.
    pub product: String,
    pub service: String,
    pub by: String,
}

impl Run {
    /// What a completed sending made, changed or ended; none when the system named no service.
    pub fn realized(&self, external_id: &str) -> Option<Realized> {
        let named = named(&self.work, external_id)?;
        let action = self.action(named.job);
        let ended = match named.purpose {
            Purpose::Do => action == Action::Delete,
            Purpose::Undo => action == Action::Add,
        };
        let realized = self.realized_at(named.job, ended)?;
        match self.replaced(external_id) {
            Some(replaced) => Some(Realized {
                id: replaced.by,
                ..realized
            }),
            None => Some(realized),
        }
    }

    /// What an undone end put in the place of the service that had ended; none when that is there
    /// again itself.
    pub fn replaced(&self, external_id: &str) -> Option<Replaced> {
        let named = named(&self.work, external_id)?;
        let node = &self.work.jobs.get(named.job)?.node;
        let is_end = named.purpose == Purpose::Undo && node.action == Action::Delete;
        let by = self.node(named.job).undo_service.clone()?;
        let service = node.service.clone()?;
        let product = self.work.items.get(node.item)?.product.clone()?;
        (is_end && by != service).then_some(Replaced {
            product,
            service,
            by,
        })
    }

    pub(super) fn realized_at(&self, place: usize, ended: bool) -> Option<Realized> {
        let node = &self.work.jobs.get(place)?.node;
        let mut characteristics = self.settings(place).unwrap_or_default();
        merge(&mut characteristics, &self.node(place).results);
        Some(Realized {
            node: node.key.clone(),
            id: self.service(place)?,
            target: node.target.clone(),
            specification: node.specification.clone(),
            characteristics,
            ended,
        })
    }
}
