//! One usage and its price: guided, rated, booked, and what becomes of its document.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::late::Times;
use super::owner::{Since, start_of};
use super::part::StoredSession;
use super::payer::{Payer, Terms};
use super::world::World;
use crate::domain::adapt;
use crate::domain::clock::Micros;
use crate::domain::descriptor::Resource;
use crate::domain::packed::Packed;
use crate::domain::usage_facts::{UsageFacts, source_of};
use crate::domain::usage_status::UsageStatus;
use crate::rating::fault::Fault;
use crate::rating::policy::{Policy, oldest};
use crate::rating::rated::{Code, Rated};
use crate::rating::record::Record;
use crate::rating::usage::rated_product_usage;
use crate::rating::{Request, rate_into, trace};
use crate::store::usage::{Shape, UsageRow, pack_usage};

/// Attribute of a stored usage: what it costs.
const PRICE: &str = "usageProductPrice";
const PRODUCT: &str = "product";
/// Attributes that rating writes.
const WRITTEN: [&str; 2] = [PRICE, PRODUCT];

/// Why a usage has no price, in the words of `statusReason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub code: Code,
    pub message: String,
}

impl Reason {
    /// A reason.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Reason {
            code,
            message: message.into(),
        }
    }
}

/// Who pays, or why nobody does.
pub type Guided = Result<Arc<Payer>, Reason>;

/// A usage that is to be rated.
#[derive(Debug)]
pub struct Task {
    pub tenant: i64,
    /// The stored form.
    pub doc: Value,
    pub facts: UsageFacts,
    pub source: Arc<str>,
    pub guided: Guided,
    /// The row, of one that is stored already.
    pub stored: Option<UsageRow>,
    /// An id that the client chose.
    pub id: Option<String>,
    /// What stood there before it was rated, of what rating writes.
    sent: [Option<Value>; 2],
}

impl Task {
    /// A usage in the stored form.
    pub fn new(tenant: i64, doc: Value, id: Option<String>, stored: Option<UsageRow>) -> Self {
        Task {
            tenant,
            facts: UsageFacts::of(&doc),
            source: source_of(&doc).into(),
            sent: WRITTEN.map(|name| doc.get(name).cloned()),
            guided: Err(Reason::new(Code::NoProduct, "nobody was asked who pays")),
            doc,
            stored,
            id,
        }
    }

    /// Makes it what it was before it was rated.
    pub fn reset(&mut self) {
        let Some(doc) = self.doc.as_object_mut() else {
            return;
        };
        for (name, sent) in WRITTEN.iter().zip(&self.sent) {
            match sent {
                Some(sent) => doc.insert((*name).to_owned(), sent.clone()),
                None => doc.shift_remove(*name),
            };
        }
        doc.shift_remove("statusReason");
    }

    /// It has a price already.
    pub fn was_rated(&self) -> bool {
        let status = self.stored.as_ref().map(|row| row.state);
        let status = status.and_then(UsageStatus::numbered);
        status.is_some_and(UsageStatus::is_charged)
    }
}

/// A usage that was rated, or was not.
pub struct Charged {
    pub row: UsageRow,
    pub shapes: [Option<Shape>; 2],
    pub status: UsageStatus,
    pub reason: Option<Reason>,
}

/// What rating a batch needs besides the batch.
pub struct Rater {
    /// Descriptor of TMF635 v4 usage, in whose form rating answers.
    pub resource: &'static Resource,
    pub zone: chrono_tz::Tz,
    pub world: World,
    pub tariffs: Arc<super::payer::Payers>,
    /// How long what comes late waits until it is rated again, in microseconds; none where it is not.
    pub late: Option<i64>,
    /// How old usage may be when it comes; none for any age.
    pub oldest: Option<Duration>,
    rated: Rated,
    packed: Packed,
}

impl Rater {
    /// A rater that knows nobody yet.
    pub fn new(
        resource: &'static Resource,
        zone: chrono_tz::Tz,
        tariffs: Arc<super::payer::Payers>,
    ) -> Self {
        Rater {
            resource,
            zone,
            world: World::default(),
            tariffs,
            late: None,
            oldest: None,
            rated: Rated::default(),
            packed: Packed::default(),
        }
    }

    /// Sends a rejected usage through rating again: the same as when a client sets it to `recycled`.
    pub fn recycle(&mut self, task: &mut Task, now: Micros) -> Charged {
        self.finish(task, UsageStatus::Recycled, None, None, now)
    }

    /// Takes a usage in that another process will rate.
    pub fn receive(&mut self, task: &mut Task, now: Micros) -> Charged {
        self.finish(task, UsageStatus::Received, None, None, now)
    }

    /// Rates a usage and books what it moves. The owners of its payer are loaded.
    pub fn charge(&mut self, task: &mut Task, now: Micros) -> Charged {
        let priced = match &task.guided {
            Ok(payer) => {
                let payer = Arc::clone(payer);
                self.price(&payer, task, now)
            }
            Err(reason) => Err(reason.clone()),
        };
        match priced {
            Ok(trace) => {
                let status = match task.was_rated() {
                    true => UsageStatus::Rerated,
                    false => UsageStatus::Rated,
                };
                self.finish(task, status, None, Some(trace), now)
            }
            Err(reason) => self.finish(task, UsageStatus::Rejected, Some(reason), None, now),
        }
    }

    /// The trace; the price stands in the document.
    fn price(&mut self, payer: &Payer, task: &mut Task, now: Micros) -> Result<Value, Reason> {
        let terms = payer.terms.as_ref();
        let terms = terms.map_err(|why| Reason::new(Code::NoPrice, why.clone()))?;
        let record = Record::read(&task.doc).map_err(|faults| unreadable(&faults))?;
        let event = record.event();
        let name = session_name(&task.source, &record);
        let before = event.partial.and_then(|_| {
            let owner = self.world.product(payer)?;
            owner.session(name.as_deref()?).cloned()
        });
        // The prices of the first part hold for all of the session.
        let old = before.as_ref().filter(|own| own.tariff != terms.priced.id);
        let old = old.and_then(|own| self.tariffs.tariff(own.tariff));
        let terms = Terms {
            product: Arc::clone(&terms.product),
            priced: old.unwrap_or_else(|| Arc::clone(&terms.priced)),
        };
        let start = before.as_ref().map_or(event.start, |own| Micros(own.start));
        let since = Since {
            start: payer.start,
            zone: self.zone,
        };
        let tariff = &terms.priced.tariff;
        let reach = self.world.reach(payer, tariff, &since, start);
        let session = before.as_ref().and_then(StoredSession::session);
        // A price is for ever: only usage that comes can be too old.
        let came = task
            .stored
            .as_ref()
            .map_or(now, |row| Micros(row.created_at));
        let limit = self.oldest.filter(|_| !task.was_rated());
        let policy = Policy {
            oldest: oldest(limit, came),
            ..terms.priced.policy.clone()
        };
        let request = Request {
            event: &event,
            product: &terms.product,
            cards: &tariff.cards,
            buckets: &reach.buckets,
            tiers: &reach.tiers,
            session: session.as_ref(),
            policy: &policy,
        };
        rate_into(&request, &mut self.rated)
            .map_err(|own| Reason::new(own.code, own.message(&tariff.cards)))?;
        let rated = &self.rated;
        let lines = rated_product_usage(&request, rated, now);
        let trace = trace::render(&request, rated);
        self.world.book(payer, &reach, &rated.buckets, event.start);
        if rated.tier != 0
            && let Some(card) = request.card(rated.card)
        {
            let price = card.price.clone();
            self.world
                .move_tier(payer, tariff, &reach, &price, start, rated.tier);
        }
        let times = Times {
            began: event.start,
            start,
            now,
            wait: self.late,
        };
        self.world.note_order(payer, &request, rated, times);
        if let (Some(session), Some(name)) = (&rated.session, &name)
            && let Some(owner) = self.world.product_mut(payer)
        {
            owner.note(StoredSession::of(name, terms.priced.id, session));
        }
        drop(record);
        self.write_price(task, payer, lines);
        Ok(trace)
    }

    fn write_price(&self, task: &mut Task, payer: &Payer, lines: Vec<Value>) {
        let Some(doc) = task.doc.as_object_mut() else {
            return;
        };
        let mut priced = Map::new();
        priced.insert("ratedProductUsage".to_owned(), Value::Array(lines));
        let priced = adapt::up(self.resource, Value::Object(priced), None);
        if let Value::Object(priced) = priced {
            for (name, value) in priced {
                doc.insert(name, value);
            }
        }
        if doc.get(PRODUCT).and_then(|own| own.get("id")).is_none() {
            doc.insert(
                PRODUCT.to_owned(),
                json!({
                    "@type": "ProductRef",
                    "id": payer.id,
                    "href": format!("tollgate:product/{}", payer.id),
                }),
            );
        }
    }

    fn finish(
        &mut self,
        task: &mut Task,
        status: UsageStatus,
        reason: Option<Reason>,
        trace: Option<Value>,
        now: Micros,
    ) -> Charged {
        if let Some(doc) = task.doc.as_object_mut() {
            status.write(doc);
            doc.shift_remove("statusReason");
            if task.stored.is_some() {
                doc.insert("lastUpdate".to_owned(), Value::from(now.to_rfc3339()));
            }
            if let Some(reason) = &reason {
                doc.insert(
                    "statusReason".to_owned(),
                    json!({ "code": reason.code.as_str(), "detail": reason.message }),
                );
            }
        }
        let shape = pack_usage(&task.doc, &mut self.packed);
        let leaves = self.packed.leaves.clone();
        let (trace_shape, trace) = match &trace {
            Some(trace) => {
                let shape = pack_usage(trace, &mut self.packed);
                (Some(shape), self.packed.leaves.clone())
            }
            None => (None, Vec::new()),
        };
        let key = task
            .guided
            .as_ref()
            .map_or(task.facts.product, |payer| payer.key);
        let stored = task.stored.as_ref();
        let row = UsageRow {
            seq: stored.map_or(0, |row| row.seq),
            tenant: task.tenant,
            id: stored.map_or_else(|| task.id.clone(), |row| row.id.clone()),
            identity: task.facts.identity.clone(),
            revision: stored.map_or(1, |row| row.revision + 1),
            state: status.number(),
            reason: reason.as_ref().map_or(0, |own| number(own.code)),
            created_at: stored.map_or(now.0, |row| row.created_at),
            updated_at: now.0,
            start_at: task.facts.start_at,
            product: key,
            shape: shape.number,
            leaves,
            trace_shape: trace_shape.as_ref().map_or(0, |shape| shape.number),
            trace,
        };
        Charged {
            row,
            shapes: [Some(shape), trace_shape],
            status,
            reason,
        }
    }
}

/// The number by which a reason is stored.
pub fn number(code: Code) -> i64 {
    crate::domain::usage_facts::reason_number(code.as_str())
}

/// When a usage began.
pub fn started(task: &Task) -> Micros {
    start_of(task.facts.start_at)
}

fn unreadable(faults: &[Fault]) -> Reason {
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Reason::new(Code::BadCharacteristic, texts.join("; "))
}

/// Parts of one session have its name at their source.
fn session_name(source: &str, record: &Record<'_>) -> Option<String> {
    record.name().map(|name| format!("{source}\u{1f}{name}"))
}

#[cfg(test)]
mod tests {
    use crate::domain::usage_facts::REASONS;
    use crate::rating::rated::Code;

    #[test]
    fn reasons_are_stored_by_the_place_of_their_code() {
        let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes, REASONS);
    }
}
