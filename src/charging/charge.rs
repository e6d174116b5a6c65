//! One usage and its price: guided, rated, booked, and what becomes of its document.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::alert::Alert;
use super::book::{Booked, Own};
use super::intake::{Accepted, Content};
use super::owner::start_of;
use super::payer::Payer;
use super::pen::{Pen, Priced, Written, add_outcome, add_price};
use super::world::World;
use crate::domain::clock::Micros;
use crate::domain::usage_facts::{UsageFacts, source_of};
use crate::domain::usage_status::UsageStatus;
use crate::rating::fault::Fault;
use crate::rating::rate_into;
use crate::rating::rated::{Code, Rated};
use crate::rating::record::Record;
use crate::rating::trace::Trace;
use crate::rating::usage::{Entries, Form};
use crate::store::usage::{Shape, UsageRow};

/// Attributes that rating writes.
const WRITTEN: [&str; 2] = ["usageProductPrice", "product"];

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
    pub content: Content,
    pub facts: UsageFacts,
    pub source: Arc<str>,
    pub guided: Guided,
    /// The row, of one that is stored already.
    pub stored: Option<UsageRow>,
    /// An id that the client chose.
    pub id: Option<String>,
    /// What stood there before it was changed, of what rating writes.
    before: Option<[Option<Value>; 2]>,
}

impl Task {
    /// A usage that comes in.
    pub fn accepted(tenant: i64, new: Accepted) -> Self {
        Task {
            tenant,
            facts: new.facts,
            source: new.source,
            before: None,
            guided: Err(Reason::new(Code::NoProduct, "nobody was asked who pays")),
            content: new.content,
            stored: None,
            id: new.id,
        }
    }

    /// A usage that is stored.
    pub fn stored(row: UsageRow, doc: Value) -> Self {
        let tenant = row.tenant;
        let read = Accepted {
            facts: UsageFacts::of(&doc),
            source: source_of(&doc).into(),
            content: Content::Whole(doc),
            id: None,
        };
        Task {
            stored: Some(row),
            ..Task::accepted(tenant, read)
        }
    }

    /// The document, to be changed.
    fn change(&mut self) -> Option<&mut Map<String, Value>> {
        let doc = self.content.members_mut()?;
        let before = || WRITTEN.map(|name| doc.get(name).cloned());
        self.before.get_or_insert_with(before);
        Some(doc)
    }

    /// Makes it what it was before it was rated.
    pub fn reset(&mut self) {
        let Some(before) = self.before.take() else {
            return;
        };
        let Some(doc) = self.content.members_mut() else {
            return;
        };
        for (name, before) in WRITTEN.into_iter().zip(before) {
            match before {
                Some(before) => doc.insert(name.to_owned(), before),
                None => doc.shift_remove(name),
            };
        }
        doc.shift_remove("statusReason");
    }

    /// It has a price already.
    pub fn was_rated(&self) -> bool {
        self.status().is_some_and(UsageStatus::is_charged)
    }

    /// It is on a bill, so it keeps its price.
    pub fn is_billed(&self) -> bool {
        self.status() == Some(UsageStatus::Billed)
    }

    fn status(&self) -> Option<UsageStatus> {
        let status = self.stored.as_ref().map(|row| row.state);
        status.and_then(UsageStatus::numbered)
    }
}

/// A usage that was rated, or was not.
pub struct Charged {
    pub row: UsageRow,
    pub shapes: [Option<Shape>; 2],
    pub status: UsageStatus,
    pub reason: Option<Reason>,
    /// What customers are to be told of because of it.
    pub alerts: Vec<Alert>,
}

/// What rating a batch needs besides the batch.
pub struct Rater {
    pub zone: chrono_tz::Tz,
    pub world: World,
    pub tariffs: Arc<super::payer::Payers>,
    /// How long what comes late waits until it is rated again, in microseconds; none where it is not.
    pub late: Option<i64>,
    /// How old usage may be when it comes; none for any age.
    pub oldest: Option<Duration>,
    rated: Rated,
    pen: Pen,
    date: Date,
}

impl Rater {
    /// A rater that knows nobody yet.
    pub fn new(zone: chrono_tz::Tz, tariffs: Arc<super::payer::Payers>) -> Self {
        Rater {
            zone,
            world: World::default(),
            tariffs,
            late: None,
            oldest: None,
            rated: Rated::default(),
            pen: Pen::default(),
            date: Date::default(),
        }
    }

    /// Sends a rejected usage through rating again: the same as when a client sets it to `recycled`.
    pub fn recycle(&mut self, task: &mut Task, now: Micros) -> Charged {
        self.unpriced(task, UsageStatus::Recycled, None, now)
    }

    /// Takes a usage in that another process will rate.
    pub fn receive(&mut self, task: &mut Task, now: Micros) -> Charged {
        self.unpriced(task, UsageStatus::Received, None, now)
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
            Ok(charged) => charged,
            Err(reason) => self.unpriced(task, UsageStatus::Rejected, Some(reason), now),
        }
    }

    fn price(&mut self, payer: &Payer, task: &mut Task, now: Micros) -> Result<Charged, Reason> {
        let record = task.content.record();
        let record = record.map_err(|faults| unreadable(&faults))?;
        let event = record.event();
        let session = event.partial.as_ref();
        let session = session.and_then(|_| session_name(&task.source, &record));
        let basis = self.basis(payer, task, (&event, session.as_deref()), now)?;
        let request = basis.request(&event);
        rate_into(&request, &mut self.rated)
            .map_err(|own| Reason::new(own.code, own.message(request.cards)))?;
        let rated = &self.rated;
        let gone = || Reason::new(Code::NoPrice, "the price has gone");
        let Booked {
            alerts,
            added,
            tallied,
        } = self.world.book_all(&Own {
            payer,
            basis: &basis,
            request: &request,
            card: request.card(rated.card).ok_or_else(gone)?,
            rated,
            session: session.as_deref(),
            is_billed: task.is_billed(),
            now,
            wait: self.late,
        });
        let date = self.date.of(now);
        let entries = Entries::new(&request, rated, Form::Stored, &date).ok_or_else(gone)?;
        let trace = Trace::new(&request, rated).ok_or_else(gone)?;
        let trace = self.pen.trace(&trace, &added, tallied.as_ref());
        let priced = Priced {
            entries,
            product: &basis.terms.product,
        };
        let status = match task.was_rated() {
            true => UsageStatus::Rerated,
            false => UsageStatus::Rated,
        };
        let written = match &task.content {
            Content::Formed(formed) => self.pen.priced(formed, &priced),
            Content::Whole(_) => {
                let priced = priced.values();
                let is_stored = task.stored.is_some();
                if let Some(doc) = task.change() {
                    add_price(doc, priced);
                    add_outcome(doc, status, None, is_stored, now);
                }
                self.pen.document(&task.content.doc())
            }
        };
        Ok(Charged {
            alerts,
            ..charged(task, status, None, written, Some(trace), now)
        })
    }

    fn unpriced(
        &mut self,
        task: &mut Task,
        status: UsageStatus,
        reason: Option<Reason>,
        now: Micros,
    ) -> Charged {
        let is_stored = task.stored.is_some();
        if let Some(doc) = task.change() {
            add_outcome(doc, status, reason.as_ref(), is_stored, now);
        }
        let written = self.pen.document(&task.content.doc());
        charged(task, status, reason, written, None, now)
    }
}

/// An instant as text, made once for all usage that is rated at that instant.
#[derive(Debug, Default)]
struct Date {
    at: Micros,
    text: Arc<str>,
}

impl Date {
    fn of(&mut self, now: Micros) -> Arc<str> {
        if self.at != now || self.text.is_empty() {
            *self = Date {
                at: now,
                text: now.to_rfc3339().into(),
            };
        }
        Arc::clone(&self.text)
    }
}

fn charged(
    task: &Task,
    status: UsageStatus,
    reason: Option<Reason>,
    written: Written,
    trace: Option<Written>,
    now: Micros,
) -> Charged {
    let key = task
        .guided
        .as_ref()
        .map_or(task.facts.product, |payer| payer.key);
    let stored = task.stored.as_ref();
    let (trace_shape, trace) = match trace {
        Some(Written { shape, leaves }) => (Some(shape), leaves),
        None => (None, Vec::new()),
    };
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
        shape: written.shape.number,
        leaves: written.leaves,
        trace_shape: trace_shape.as_ref().map_or(0, |shape| shape.number),
        trace,
    };
    Charged {
        row,
        shapes: [Some(written.shape), trace_shape],
        status,
        reason,
        alerts: Vec::new(),
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
