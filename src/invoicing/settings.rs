//! What all of billing works with.

use std::sync::Arc;

use super::bound::Offerings;
use super::catalog::Catalog;
use super::paper::{Form, House, Printer};
use crate::behaviour::billing::Numbering;
use crate::behaviour::document;
use crate::behaviour::rating::Book;
use crate::billing::Span;
use crate::billing::account::Rules;
use crate::billing::check::Limits;
use crate::domain::bill_calendar::Calendar;
use crate::domain::billing_cycle::Schedule;
use crate::domain::clock::Micros;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::Core;
use crate::store::{IdKey, Session, Store, Tx};

const CYCLE: &str = "billingCycleSpecification";

/// How bills are made.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where days begin for accounts whose cycle does not say.
    pub zone: chrono_tz::Tz,
    pub numbering: Numbering,
    /// Days from the date of a bill to when it is due, where the cycle does not say.
    pub due_days: u32,
    pub rules: Rules,
    /// How far back changes still come to a bill, in microseconds.
    pub back_micros: i64,
    /// Which bills are held for review.
    pub limits: Limits,
    /// How documents look.
    pub house: House,
    /// Documents that are made and kept as soon as a bill has its number.
    pub kept: Vec<Form>,
    /// Accounts of one chunk.
    pub chunk: usize,
}

/// Billing, put together.
pub struct Invoicing {
    pub core: Arc<Core>,
    pub store: Store,
    pub book: Arc<Book>,
    pub machines: Arc<Machines>,
    pub settings: Settings,
    pub catalog: Catalog,
    pub offerings: Offerings,
    pub printer: Printer,
    /// Tells workers and dispatchers that something was written.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

impl Invoicing {
    /// Reads the database at one instant.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn read<T>(&self, work: impl FnOnce(&mut dyn Session) -> Outcome<T>) -> Outcome<T> {
        self.store.read_blocking(|session| {
            session.begin_read()?;
            let done = work(session);
            // Nothing was written: how the transaction ends makes no difference.
            session.rollback()?;
            Ok(done)
        })?
    }

    /// The number of an indexed attribute.
    ///
    /// # Errors
    /// A fault of ours where it is not indexed.
    pub(super) fn indexed(&self, kind: &str, path: &str) -> Outcome<i64> {
        let number = self.store.attributes().number(kind, path);
        number.ok_or_else(|| Problem::internal(format!("{kind} is not found by {path}")))
    }

    /// The month that is billed last by an instant, for accounts without a cycle.
    pub fn month_due(&self, at: Micros) -> Option<Span> {
        let calendar = Calendar::of(None, self.settings.zone);
        calendar.due(at).map(|period| period.span)
    }

    /// When accounts of a cycle are billed; those without one on the first of every month.
    pub(super) fn calendar_of(
        &self,
        tx: &mut Tx<'_>,
        tenant: i64,
        cycle: Option<&str>,
    ) -> Outcome<Calendar> {
        let Some(cycle) = cycle else {
            return Ok(Calendar::of(None, self.settings.zone));
        };
        let rows = tx.versions(&IdKey::new(tenant, CYCLE, cycle))?;
        let row = rows.into_iter().find(|row| row.current);
        let doc = row.as_ref().map(document).transpose()?;
        let schedule = doc.as_ref().and_then(Schedule::read);
        Ok(Calendar::of(schedule.as_ref(), self.settings.zone))
    }
}
