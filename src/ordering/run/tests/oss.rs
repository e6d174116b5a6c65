//! A model of an OSS: what it was asked for, what it made of it, and how it tells.

use std::collections::BTreeMap;

use crate::ordering::order::Action;
use crate::ordering::run::{Delivery, Report, Request, Status};

/// Numbers that follow from a seed.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let at = usize::try_from(self.below(of.len() as u64)).ok()?;
        of.get(at)
    }
}

/// How an OSS behaves, in percent.
#[derive(Clone, Copy, Default)]
pub struct Manners {
    /// Calls that get lost on the way there.
    pub lost: u64,
    /// Answers that get lost on the way back.
    pub unanswered: u64,
    /// Calls that are turned away for now.
    pub busy: u64,
    /// Orders that are refused.
    pub refused: u64,
    /// Orders that end in failure; some of those in part.
    pub failing: u64,
    /// Callbacks that never come.
    pub silent: u64,
    /// Callbacks that come twice.
    pub repeated: u64,
    /// Callbacks that tell of another end than the true one.
    pub lying: u64,
    /// Recalls that are refused.
    pub stubborn: u64,
}

#[derive(Clone, Debug)]
pub struct Order {
    pub id: String,
    pub state: Status,
    pub request: Request,
    /// How it will end.
    pub end: Status,
    pub service: String,
}

/// The OSS: orders by external id, and services with whether they are active.
#[derive(Clone, Default)]
pub struct Oss {
    pub orders: BTreeMap<String, Order>,
    pub services: BTreeMap<String, bool>,
    /// All external ids in the order in which they first came.
    pub log: Vec<String>,
}

impl Oss {
    /// Takes an order; one that it knows it does not take again.
    pub fn take(&mut self, sent: &Delivery, end: Status) -> bool {
        if self.orders.contains_key(&sent.external_id) {
            return false;
        }
        let made = format!("s-{}", sent.external_id);
        let reversed = sent.request.reverses.as_ref();
        let of_reversed = reversed.and_then(|id| self.orders.get(id));
        let of_reversed = of_reversed.map(|order| order.service.clone());
        let service = sent.request.service.clone().or(of_reversed);
        let order = Order {
            id: format!("r-{}", sent.external_id),
            state: Status::Acknowledged,
            request: sent.request.clone(),
            end,
            service: service.unwrap_or(made),
        };
        self.log.push(sent.external_id.clone());
        self.orders.insert(sent.external_id.clone(), order);
        true
    }

    /// Brings an order to its end.
    pub fn finish(&mut self, external_id: &str) {
        let Some(order) = self.orders.get_mut(external_id) else {
            return;
        };
        if order.state.is_final() {
            return;
        }
        order.state = order.end;
        if matches!(order.state, Status::Completed | Status::Partial) {
            match order.request.action {
                Action::Add => self.services.insert(order.service.clone(), true),
                Action::Delete => self.services.insert(order.service.clone(), false),
                Action::Modify | Action::NoChange => None,
            };
        }
    }

    pub fn recall(&mut self, external_id: &str) -> bool {
        match self.orders.get_mut(external_id) {
            Some(order) if !order.state.is_final() => {
                order.state = Status::Cancelled;
                true
            }
            _ => false,
        }
    }

    pub fn report(&self, external_id: &str) -> Option<Report> {
        let order = self.orders.get(external_id)?;
        let done = order.state == Status::Completed;
        Some(Report {
            external_id: external_id.to_owned(),
            remote_id: Some(order.id.clone()),
            state: order.state,
            service: done.then(|| order.service.clone()),
            ..Report::default()
        })
    }

    /// Services that are active and were not there from the beginning.
    pub fn active(&self) -> Vec<&str> {
        let active = self.services.iter().filter(|(_, active)| **active);
        active.map(|(id, _)| id.as_str()).collect()
    }
}
