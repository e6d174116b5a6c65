//! What is to be done: the nodes of all revisions of an order's plan. It changes with an amendment
//! only, so it is stored apart from the state, which changes with every step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ordering::plan::{DEFAULT_TARGET, Node, NodeKind, PlacedItem, Plan};

/// Microseconds since 1970, as [`crate::domain::clock::Micros`] holds them.
pub(super) type At = i64;

/// The work of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// Id of the order.
    pub order: String,
    /// The revision of the plan that counts.
    pub revision: u32,
    /// Those of the plan that counts, then those that amendments took away.
    pub items: Vec<PlacedItem>,
    /// Only added to: a node that was begun stays, also when an amendment replaces it.
    pub jobs: Vec<Job>,
    #[serde(default)]
    pub terms: Terms,
    #[serde(default)]
    pub policy: Policy,
}

/// A node of a plan and its place in the history of plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// `item` and `after` are places in [`Work::items`] and [`Work::jobs`].
    pub node: Node,
    /// The revision of the plan that made it; part of its external id.
    pub revision: u32,
    /// The job of an earlier revision whose work this one changes or replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<usize>,
}

/// What the order says of times and rank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// `requestedStartDate` in microseconds: nothing begins before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_start: Option<i64>,
    /// `requestedCompletionDate` in microseconds: expecting a later end is a jeopardy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_completion: Option<i64>,
    /// 0 (first) to 4; goes into the requests.
    #[serde(default)]
    pub priority: u8,
}

/// How patient a run is. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    pub retry: RetryPolicy,
    /// Of targets that have their own, by name; that of the default target is for those without.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub retry_by_target: BTreeMap<String, RetryPolicy>,
    /// A system that has not called back for so long is asked.
    pub poll_first: u64,
    /// Each time it is asked in vain the wait doubles, up to this.
    pub poll_max: u64,
    /// Limit of service and resource orders whose rule sets none.
    pub timeout: u64,
    /// A call whose end nobody told is taken for lost with its process after so long, and made
    /// again. Longer than any call takes.
    pub takeover: u64,
    /// Percent of its time after which a node is in jeopardy.
    pub jeopardy: u8,
    pub typical: Typical,
}

/// How often and when something that failed in passing is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RetryPolicy {
    /// Tries, the first included, before people are asked.
    pub attempts: u32,
    /// Milliseconds before the second try; each further wait doubles.
    pub first: u64,
    /// The longest wait, in milliseconds.
    pub max: u64,
}

/// How long work of a kind usually takes, in milliseconds: what is expected before it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Typical {
    pub service_order: u64,
    pub resource_order: u64,
    pub shipment: u64,
    pub appointment: u64,
    pub manual_task: u64,
}

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const DAY: u64 = 24 * 60 * MINUTE;

impl Default for Policy {
    fn default() -> Self {
        Policy {
            retry: RetryPolicy::default(),
            retry_by_target: BTreeMap::new(),
            poll_first: 5 * MINUTE,
            poll_max: 60 * MINUTE,
            timeout: DAY,
            takeover: 30 * SECOND,
            jeopardy: 80,
            typical: Typical::default(),
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            attempts: 8,
            first: SECOND,
            max: 5 * MINUTE,
        }
    }
}

impl Default for Typical {
    fn default() -> Self {
        Typical {
            service_order: MINUTE,
            resource_order: MINUTE,
            shipment: 2 * DAY,
            appointment: 3 * DAY,
            manual_task: DAY,
        }
    }
}

/// Who does the work of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doer {
    /// Another system, over the network.
    Remote,
    /// We, in the transaction that decides it.
    Ourselves,
    /// A person, who says when it is done.
    Person,
}

impl Job {
    pub(super) fn doer(&self) -> Doer {
        match self.node.kind {
            NodeKind::ServiceOrder | NodeKind::ResourceOrder => Doer::Remote,
            NodeKind::ReserveNumber | NodeKind::Inventory | NodeKind::Billing => Doer::Ourselves,
            NodeKind::Shipment | NodeKind::Appointment if self.node.target.is_some() => {
                Doer::Remote
            }
            NodeKind::Shipment | NodeKind::Appointment | NodeKind::ManualTask => Doer::Person,
        }
    }
}

impl Policy {
    /// How often and when a job is tried again.
    pub(super) fn retry_of(&self, job: &Job) -> RetryPolicy {
        let target = job.node.target.as_deref().unwrap_or(DEFAULT_TARGET);
        let own = self.retry_by_target.get(target);
        let own = own.or_else(|| self.retry_by_target.get(DEFAULT_TARGET));
        own.copied().unwrap_or(self.retry)
    }

    /// Microseconds that a job may take; none where nothing limits it.
    pub(super) fn limit(&self, job: &Job) -> Option<i64> {
        let millis = match (job.node.timeout, job.doer()) {
            (Some(seconds), _) => seconds.saturating_mul(SECOND),
            (None, Doer::Remote) => self.timeout,
            (None, _) => return None,
        };
        Some(micros(millis))
    }

    /// Microseconds that a job usually takes.
    pub(super) fn usual(&self, job: &Job) -> i64 {
        let millis = match job.node.kind {
            NodeKind::ServiceOrder => self.typical.service_order,
            NodeKind::ResourceOrder => self.typical.resource_order,
            NodeKind::Shipment => self.typical.shipment,
            NodeKind::Appointment => self.typical.appointment,
            NodeKind::ManualTask => self.typical.manual_task,
            NodeKind::ReserveNumber | NodeKind::Inventory | NodeKind::Billing => 0,
        };
        let usual = micros(millis);
        self.limit(job).map_or(usual, |limit| usual.min(limit))
    }
}

/// Milliseconds as microseconds.
pub(super) fn micros(millis: u64) -> i64 {
    i64::try_from(millis.saturating_mul(1000)).unwrap_or(i64::MAX)
}

impl Work {
    /// The work of a first plan. Edges to what comes later or does not exist are left out: they
    /// could never be fulfilled, and planning makes none.
    pub(super) fn of(plan: Plan, terms: Terms, policy: Policy) -> Self {
        let revision = plan.revision;
        let jobs = plan.nodes.into_iter().enumerate();
        let jobs = jobs.map(|(place, mut node)| {
            node.after.retain(|before| *before < place);
            Job {
                node,
                revision,
                supersedes: None,
            }
        });
        Work {
            order: plan.order,
            revision,
            jobs: jobs.collect(),
            items: plan.items,
            terms,
            policy,
        }
    }

    /// True when item `of` is nested, at any depth, in item `outer`.
    pub(super) fn is_within(&self, of: usize, outer: usize) -> bool {
        let mut at = of;
        // No chain of parents is longer than there are items.
        for _ in 0..self.items.len() {
            match self.items.get(at).and_then(|item| item.parent) {
                Some(parent) if parent == outer => return true,
                Some(parent) => at = parent,
                None => return false,
            }
        }
        false
    }

    /// The item of the order that an item belongs to: itself, or for what a bundle brings the
    /// nearest that was ordered.
    pub(super) fn ordered(&self, of: usize) -> usize {
        let mut at = of;
        for _ in 0..self.items.len() {
            match self.items.get(at) {
                Some(item) if !item.ordered => match item.parent {
                    Some(parent) => at = parent,
                    None => return at,
                },
                _ => return at,
            }
        }
        at
    }

    pub(super) fn item_id(&self, item: usize) -> &str {
        self.items.get(item).map_or("", |item| item.id.as_str())
    }
}
