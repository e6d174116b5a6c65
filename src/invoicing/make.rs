//! Makes the bills of an account from what was gathered, ready to be written.

use serde_json::Value;

use super::document::{Heading, customer_bill, rate};
use super::gather::{Covers, Gathered};
use super::settings::Invoicing;
use super::usage::{Left, Taken};
use crate::billing::check::{Finding, check};
use crate::billing::{self, Bill, Span};
use crate::domain::clock::Micros;
use crate::domain::ids;
use crate::domain::money::{Amount, Currency};
use crate::domain::packed::Packed;
use crate::domain::problem::Outcome;
use crate::store::rates::{BillingWrite, SheetRow, pack_line};

/// What sort of bill is made.
#[derive(Clone, Debug)]
pub struct Sort {
    /// `normal`, `interim`, `last`, `trial`.
    pub category: &'static str,
    /// `onCycle` or `offCycle`.
    pub run_type: &'static str,
    /// Nothing is billed by it.
    pub trial: bool,
    /// Id of the run of the cycle.
    pub cycle: Option<String>,
}

/// A bill that is ready to be written.
#[derive(Clone, Debug)]
pub struct Made {
    pub id: String,
    pub account: String,
    pub doc: Value,
    pub lines: SheetRow,
    pub shapes: Vec<(i64, String)>,
    /// What is written with the bill; of several bills of an account with the first.
    pub billing: Option<BillingWrite>,
    /// Usage that is billed, likewise.
    pub usage: Vec<Taken>,
    pub currency: &'static Currency,
    pub net: Amount,
    pub gross: Amount,
    pub held: bool,
    pub is_numbered: bool,
    /// When it is to be sent, if that is later.
    pub mailing: Option<Micros>,
    pub at: i64,
}

impl Invoicing {
    /// Makes the bills of an account from what was gathered: one in each currency, that of the account first; none
    /// where there is nothing to bill.
    ///
    /// # Errors
    /// In words, why there can be none.
    pub fn make(
        &self,
        tenant: i64,
        gathered: Gathered,
        sort: &Sort,
        covers: Covers,
        now: Micros,
    ) -> Result<Vec<Made>, String> {
        let mut bills = billing::bills(&gathered.given).map_err(|fault| fault.to_string())?;
        let marks = bills.last_mut().map(|last| std::mem::take(&mut last.marks));
        bills.retain(|bill| !bill.lines.is_empty());
        let mut all = Vec::with_capacity(bills.len());
        for bill in &bills {
            all.push(self.made(tenant, &gathered, (bill, sort), covers, now)?);
        }
        let Some(first) = all.first_mut().filter(|_| !sort.trial) else {
            return Ok(all);
        };
        let totals = bills.iter().map(|bill| (bill.currency, bill.totals.gross));
        let state = gathered.state.after(
            gathered.period.span.to,
            &marks.unwrap_or_default(),
            totals,
            gathered.billed.account.currency,
        );
        first.billing = Some(BillingWrite {
            tenant,
            account: gathered.billed.id,
            expected_revision: gathered.revision,
            state: state.bytes(),
        });
        first.usage = taken(gathered.usage, tenant, gathered.period.span)
            .map_err(|problem| problem.to_string())?;
        Ok(all)
    }

    fn made(
        &self,
        tenant: i64,
        gathered: &Gathered,
        (bill, sort): (&Bill, &Sort),
        covers: Covers,
        now: Micros,
    ) -> Result<Made, String> {
        let own = gathered.billed.account.currency;
        let history = gathered.state.history(bill.currency, own);
        let findings = check(bill, &history, &self.settings.limits);
        if let Some(wrong) = findings.iter().find(|own| !own.is_for_review()) {
            return Err(format!("the bill does not add up: {wrong:?}"));
        }
        let held = findings.first().map(|finding| said(finding, bill.currency));
        let held = held.filter(|_| !sort.trial);
        let id = ids::new_id();
        let date = match covers {
            Covers::Due(_) => gathered.period.dates.billing,
            Covers::UpTo(at) => at,
        };
        let dates = gathered.period.dates;
        let due = dates.payment_due.or_else(|| {
            let days = i64::from(self.settings.due_days);
            Some(Micros(date.0.saturating_add(days * 86_400_000_000)))
        });
        let heading = Heading {
            date,
            due,
            next: gathered.next,
            category: sort.category,
            run_type: sort.run_type,
            state: match (&held, sort.trial, dates.mailing <= now) {
                (Some(_), ..) => "onHold",
                (None, true, _) => "new",
                (None, false, true) => "sent",
                (None, false, false) => "validated",
            },
            cycle: sort.cycle.as_deref(),
            held: held.as_deref(),
        };
        let doc = customer_bill(&id, &gathered.billed, bill, &gathered.period, &heading);
        let (lines, shapes) = sheet(tenant, &gathered.billed.id, &id, bill, date, now);
        let is_numbered = !sort.trial && held.is_none();
        Ok(Made {
            id,
            account: gathered.billed.id.clone(),
            doc,
            lines,
            shapes,
            billing: None,
            usage: Vec::new(),
            currency: bill.currency,
            net: bill.totals.net,
            gross: bill.totals.gross,
            is_numbered,
            mailing: Some(dates.mailing).filter(|at| *at > now && is_numbered),
            held: held.is_some(),
            at: now.0,
        })
    }
}

/// What the bills of an account take of its usage.
fn taken(usage: Vec<Left>, tenant: i64, period: Span) -> Outcome<Vec<Taken>> {
    let taken = usage.into_iter().map(|own| own.taken(tenant, period));
    taken.filter_map(Outcome::transpose).collect()
}

/// The lines of a bill as they are stored, and their shapes.
fn sheet(
    tenant: i64,
    account: &str,
    id: &str,
    bill: &Bill,
    date: Micros,
    now: Micros,
) -> (SheetRow, Vec<(i64, String)>) {
    let (mut packed, mut body) = (Packed::default(), Vec::new());
    let mut shapes: Vec<(i64, String)> = Vec::new();
    for line in &bill.lines {
        let doc = rate(line, bill.currency, date);
        let shape = pack_line(&doc, &mut packed, &mut body);
        if shapes.iter().all(|(number, _)| *number != shape.number) {
            shapes.push((shape.number, shape.text.to_string()));
        }
    }
    let sheet = SheetRow {
        seq: 0,
        tenant,
        account: account.to_owned(),
        bill: Some(id.to_owned()),
        revision: 1,
        created_at: now.0,
        updated_at: now.0,
        lines: i64::try_from(bill.lines.len()).unwrap_or(i64::MAX),
        body,
    };
    (sheet, shapes)
}

fn said(finding: &Finding, currency: &'static Currency) -> String {
    match finding {
        Finding::Outlier { amount, mean } => format!(
            "{} is much more than the mean of the bills before, {}",
            amount.in_currency(currency),
            mean.in_currency(currency)
        ),
        other => format!("{other:?}"),
    }
}
