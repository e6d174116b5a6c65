//! Everything the OSS remembers: orders, services, tasks, subscriptions, scripts.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::check::{self, Wanted};
use super::dress::{self, Event, Version};
use super::fate::{self, Door, End, Fate, text_hash};
use super::order::{Order, OrderState, SimOrder};
use super::script::Script;
use super::service::SimService;
use super::settings::{Duplicates, Settings};
use crate::domain::clock::Micros;

/// What became of an attempt to place an order.
pub(super) enum Taken {
    /// Id of the new order.
    New(String),
    /// Id of the order that was there.
    Known(String),
    Conflict(String),
    Refused {
        status: u16,
        message: String,
    },
    Unavailable,
    /// To be left without an answer.
    Shut,
}

/// A subscription.
#[derive(Clone, Debug)]
pub(super) struct Hub {
    pub id: String,
    pub version: Version,
    pub callback: String,
    /// Types of events; all when empty.
    pub types: Vec<String>,
}

/// A callback that is to be made.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub url: String,
    pub body: String,
    /// It comes from somebody who does not know the token.
    pub forged: bool,
}

/// A request to cancel.
struct Task {
    id: String,
    order: String,
    refusal: Option<String>,
}

/// All that is kept in memory.
pub(super) struct Book {
    settings: Settings,
    /// Bases of the APIs, up to the version.
    ordering: String,
    inventory: String,
    orders: HashMap<String, Order>,
    /// Ids of orders as they came.
    sequence: Vec<String>,
    by_external: HashMap<String, String>,
    attempts: HashMap<String, u32>,
    /// Questions about orders, and requests to cancel them.
    asked: HashMap<String, u32>,
    services: BTreeMap<String, SimService>,
    tasks: Vec<Task>,
    hubs: Vec<Hub>,
    hubs_made: usize,
    scripts: Vec<Script>,
    events: u64,
}

impl Book {
    pub fn new(settings: Settings, ordering: String, inventory: String) -> Self {
        Book {
            settings,
            ordering,
            inventory,
            orders: HashMap::new(),
            sequence: Vec::new(),
            by_external: HashMap::new(),
            attempts: HashMap::new(),
            asked: HashMap::new(),
            services: BTreeMap::new(),
            tasks: Vec::new(),
            hubs: Vec::new(),
            hubs_made: 0,
            scripts: Vec::new(),
            events: 0,
        }
    }

    pub fn orders(&self) -> Vec<SimOrder> {
        let known = self.sequence.iter().filter_map(|id| self.orders.get(id));
        known.map(Order::shown).collect()
    }

    pub fn services(&self) -> Vec<SimService> {
        self.services.values().cloned().collect()
    }

    pub fn attempts(&self, external_id: &str) -> u32 {
        self.attempts.get(external_id).copied().unwrap_or_default()
    }

    /// How many orders came.
    pub fn count(&self) -> usize {
        self.sequence.len()
    }

    /// Whether a question about an order, or a request to cancel it, is not answered as it should be.
    pub fn is_deaf(&mut self, about: &str) -> bool {
        if !self.scripts.is_empty() {
            return false;
        }
        let asked = self.asked.entry(about.to_owned()).or_default();
        *asked += 1;
        fate::is_deaf(&self.settings, about, *asked - 1)
    }

    pub fn add_script(&mut self, script: Script) {
        self.scripts.push(script);
    }

    pub fn clear_scripts(&mut self) {
        self.scripts.clear();
    }

    /// Someone places an order.
    pub fn place(&mut self, version: Version, body: Map<String, Value>, now: Micros) -> Taken {
        let wanted = match check::wanted(version, &body) {
            Ok(wanted) => wanted,
            Err(message) => return refused(400, message),
        };
        let external_id = wanted.external_id.clone().unwrap_or_default();
        let fate = self.fate(&external_id, &wanted);
        match fate.door {
            Door::Unavailable => return Taken::Unavailable,
            Door::Shut => return Taken::Shut,
            Door::Open | Door::Refused { .. } => {}
        }
        if let Some(id) = self.by_external.get(&external_id) {
            if let Some(order) = self.orders.get_mut(id) {
                order.duplicates += 1;
            }
            return match self.settings.duplicates {
                Duplicates::Answer => Taken::Known(id.clone()),
                Duplicates::Conflict => Taken::Conflict(id.clone()),
            };
        }
        if let Door::Refused { status, message } = fate.door {
            return Taken::Refused { status, message };
        }
        if let Some(message) = self.impossible(&wanted) {
            return refused(400, message);
        }
        let id = self.order_id(&external_id);
        let mut wanted = wanted;
        if external_id.is_empty() {
            // Their names follow from the external id; without one, from the order.
            let new = wanted.wishes.iter_mut().enumerate();
            for (at, wish) in new.filter(|(_, wish)| wish.action == "add") {
                wish.service = format!("svc-{id}-{at}");
            }
        }
        let order = Order {
            id: id.clone(),
            external_id: wanted.external_id,
            version,
            body,
            wishes: wanted.wishes,
            state: OrderState::Acknowledged,
            error: None,
            taken: now,
            ended: None,
            duplicates: 0,
            released: false,
            fate,
        };
        if !external_id.is_empty() {
            self.by_external.insert(external_id, id.clone());
        }
        self.sequence.push(id.clone());
        self.orders.insert(id.clone(), order);
        Taken::New(id)
    }

    /// Counts the attempt and decides about it.
    fn fate(&mut self, external_id: &str, wanted: &Wanted) -> Fate {
        let attempts = self.attempts.entry(external_id.to_owned()).or_default();
        let attempt = *attempts;
        *attempts += 1;
        let specifications: Vec<String> = wanted
            .wishes
            .iter()
            .filter_map(|wish| wish.specification.clone())
            .collect();
        let script = self
            .scripts
            .iter_mut()
            .rfind(|script| script.matches(external_id, &specifications));
        let Some(script) = script else {
            return Fate::drawn(&self.settings, external_id, attempt);
        };
        match &mut script.times {
            Some(0) => return Fate::plain(&self.settings, external_id),
            Some(left) => *left -= 1,
            None => {}
        }
        Fate::scripted(&self.settings, external_id, script)
    }

    /// Only services that are there can be changed. Ending one that has ended is no fault.
    fn impossible(&self, wanted: &Wanted) -> Option<String> {
        let missing = wanted.wishes.iter().find(|wish| {
            let service = self.services.get(&wish.service);
            match wish.action.as_str() {
                "add" => false,
                "delete" => service.is_none(),
                _ => !service.is_some_and(|service| service.active),
            }
        })?;
        let id = &missing.service;
        Some(format!("there is no service '{id}' to {}", missing.action))
    }

    /// Follows from the external id, so that it does not depend on what came first.
    fn order_id(&self, external_id: &str) -> String {
        match external_id {
            "" => format!("so-{}", self.sequence.len()),
            text => format!("so-{:016x}", text_hash(1, text)),
        }
    }

    pub fn order(&self, id: &str) -> Option<&Order> {
        self.orders.get(id)
    }

    /// An order as a version shows it.
    pub fn shown(&self, id: &str, version: Version) -> Option<Value> {
        let order = self.orders.get(id)?;
        let services = |id: &str| self.services.get(id);
        Some(Value::Object(dress::order(
            order,
            version,
            &self.ordering,
            services,
        )))
    }

    /// Ids of orders that fit all filters, as they came.
    pub fn matching(&self, filters: &[(String, String)]) -> Vec<String> {
        let by_name = filters.iter().find(|(name, _)| is_external(name));
        if let Some((_, external_id)) = by_name {
            let id = self.by_external.get(external_id).cloned();
            return id.into_iter().filter(|id| self.fits(id, filters)).collect();
        }
        let all = self.sequence.iter().filter(|id| self.fits(id, filters));
        all.cloned().collect()
    }

    fn fits(&self, id: &str, filters: &[(String, String)]) -> bool {
        filters.iter().all(|(name, value)| match name.as_str() {
            "state" => self
                .orders
                .get(id)
                .is_some_and(|o| o.state.as_str() == value),
            "id" => id == value,
            _ => true,
        })
    }

    /// Moves an order that has not ended; false when it has.
    pub fn advance(&mut self, id: &str, state: OrderState) -> bool {
        match self.orders.get_mut(id) {
            Some(order) if !order.state.is_final() => {
                order.state = state;
                true
            }
            _ => false,
        }
    }

    /// Ends an order as its fate wants; false when it has ended already.
    pub fn finish(&mut self, id: &str, now: Micros) -> bool {
        let Some(order) = self.orders.get_mut(id).filter(|o| !o.state.is_final()) else {
            return false;
        };
        order.ended = Some(now);
        match &order.fate.end {
            End::Completed => order.state = OrderState::Completed,
            End::Failed(why) => {
                order.state = OrderState::Failed;
                order.error = Some(why.clone());
            }
            End::Rejected(why) => {
                order.state = OrderState::Rejected;
                order.error = Some(why.clone());
            }
        }
        if order.state == OrderState::Completed {
            let made_by = order.external_id.as_deref().unwrap_or(&order.id);
            for wish in &order.wishes {
                match wish.action.as_str() {
                    "add" => {
                        let service = SimService::new(&self.settings, wish, made_by);
                        self.services.insert(service.id.clone(), service);
                    }
                    action => {
                        if let Some(service) = self.services.get_mut(&wish.service) {
                            service.set(&wish.characteristics);
                            service.active &= action != "delete";
                        }
                    }
                }
            }
        }
        true
    }

    /// Cancels an order; the id of the task and, if it will not be cancelled, why. `None` when there is
    /// no such order.
    pub fn cancel(&mut self, id: &str, now: Micros) -> Option<(String, Option<String>)> {
        let order = self.orders.get_mut(id)?;
        let refusal = if order.fate.refuses_cancel {
            Some("the work cannot be stopped".to_owned())
        } else if order.state.is_final() && order.state != OrderState::Cancelled {
            Some(format!("the order is {}", order.state.as_str()))
        } else {
            None
        };
        if refusal.is_none() && order.state != OrderState::Cancelled {
            order.state = OrderState::Cancelled;
            order.ended = Some(now);
        }
        let task = format!("cancel-{}", self.tasks.len());
        self.tasks.push(Task {
            id: task.clone(),
            order: id.to_owned(),
            refusal: refusal.clone(),
        });
        Some((task, refusal))
    }

    /// A request to cancel as a version shows it.
    pub fn task(&self, id: &str, version: Version) -> Option<Value> {
        let task = self.tasks.iter().find(|task| task.id == id)?;
        let refusal = task.refusal.as_deref();
        Some(dress::task(
            id,
            &task.order,
            refusal,
            version,
            &self.ordering,
        ))
    }

    /// Marks orders that wait, or will, as released; their ids.
    pub fn release(&mut self, matching: &str) -> Vec<String> {
        let mut released = Vec::new();
        for order in self.orders.values_mut() {
            let external_id = order.external_id.as_deref().unwrap_or_default();
            if external_id.contains(matching) && !order.released && !order.state.is_final() {
                order.released = true;
                released.push(order.id.clone());
            }
        }
        released
    }

    /// Services as a version shows them, in the state that is asked for.
    pub fn inventory(&self, version: Version, state: Option<&str>) -> Vec<Value> {
        let wanted = |service: &&SimService| match state {
            Some("active") => service.active,
            Some("terminated") => !service.active,
            Some(_) => false,
            None => true,
        };
        let services = self.services.values().filter(wanted);
        services
            .map(|service| dress::service(service, version, &self.inventory))
            .collect()
    }

    pub fn service(&self, id: &str, version: Version) -> Option<Value> {
        let service = self.services.get(id)?;
        Some(dress::service(service, version, &self.inventory))
    }

    /// Adds a subscription; `None` when the callback is subscribed already.
    pub fn subscribe(
        &mut self,
        version: Version,
        callback: &str,
        types: Vec<String>,
    ) -> Option<Hub> {
        let same = |hub: &Hub| hub.version == version && hub.callback == callback;
        if self.hubs.iter().any(same) {
            return None;
        }
        self.hubs_made += 1;
        let hub = Hub {
            id: format!("hub-{}", self.hubs_made),
            version,
            callback: callback.to_owned(),
            types,
        };
        self.hubs.push(hub.clone());
        Some(hub)
    }

    /// False when there was none.
    pub fn unsubscribe(&mut self, id: &str) -> bool {
        let before = self.hubs.len();
        self.hubs.retain(|hub| hub.id != id);
        self.hubs.len() < before
    }

    /// The callbacks of an event about an order, as it is now. `edit` may change what is said.
    pub fn announce(
        &mut self,
        event: Event,
        id: &str,
        now: Micros,
        edit: impl Fn(&mut Value),
    ) -> Vec<Call> {
        self.announce_subject(event, now, |book, version| {
            let mut subject = book.shown(id, version)?;
            edit(&mut subject);
            Some(subject)
        })
    }

    /// The callbacks of the end of a request to cancel.
    pub fn announce_task(&mut self, task: &str, now: Micros) -> Vec<Call> {
        self.announce_subject(Event::CancelStateChange, now, |book, version| {
            book.task(task, version)
        })
    }

    fn announce_subject(
        &mut self,
        event: Event,
        now: Micros,
        subject: impl Fn(&Book, Version) -> Option<Value>,
    ) -> Vec<Call> {
        self.events += 1;
        let event_id = format!("event-{}", self.events);
        let wants =
            |hub: &&Hub| hub.types.is_empty() || hub.types.iter().any(|t| t == event.name());
        let calls = self.hubs.iter().filter(wants).filter_map(|hub| {
            let subject = subject(self, hub.version)?;
            let doc = dress::event(event, &event_id, now, subject, hub.version);
            Some(Call {
                url: hub.callback.clone(),
                body: doc.to_string(),
                forged: false,
            })
        });
        calls.collect()
    }
}

/// Names of filters that look for the external id.
pub(super) fn is_external(name: &str) -> bool {
    [
        "externalId",
        "externalIdentifier.id",
        "externalReference.id",
    ]
    .contains(&name)
}

fn refused(status: u16, message: String) -> Taken {
    Taken::Refused { status, message }
}
