//! What other systems made: the services and resources of an order.

use super::Run;
use super::effect::Realized;
use super::ids::{Purpose, named};
use super::step::merge;
use crate::ordering::order::Action;

impl Run {
    /// What a completed sending made, changed or ended; none when the system named no service.
    pub fn realized(&self, external_id: &str) -> Option<Realized> {
        let named = named(&self.work, external_id)?;
        let action = self.action(named.job);
        let ended = match named.purpose {
            Purpose::Do => action == Action::Delete,
            Purpose::Undo => action == Action::Add,
        };
        self.realized_at(named.job, ended)
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
