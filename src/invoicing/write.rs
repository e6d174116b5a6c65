//! Bills in the database: bill, lines, numbers, what billing knows and what usage has left behind, all in one
//! transaction, and nothing of it when an account was billed by somebody else meanwhile.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::document::{Heading, customer_bill, rate};
use super::gather::{ACCOUNT, Covers, Gathered};
use super::settings::Invoicing;
use super::usage::Taken;
use crate::behaviour::billing::{keep_documents, mail, receivable};
use crate::billing::check::{Finding, check};
use crate::billing::{self, Bill};
use crate::domain::clock::Micros;
use crate::domain::ids;
use crate::domain::money::{Amount, Currency};
use crate::domain::packed::Packed;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Caller, NewResource, create_in};
use crate::store::rates::{BillingWrite, SheetRow, pack_line};
use crate::store::usage::UsageSumRow;
use crate::store::{Addition, BalanceKey, Tx};

pub const BILL: &str = "customerBill";

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
    doc: Value,
    lines: SheetRow,
    shapes: Vec<(i64, String)>,
    billing: Option<BillingWrite>,
    usage: Vec<Taken>,
    pub currency: &'static Currency,
    pub net: Amount,
    pub gross: Amount,
    pub held: bool,
    is_numbered: bool,
    /// When it is to be sent, if that is later.
    mailing: Option<Micros>,
    at: i64,
}

/// What became of an account.
pub enum Outcomes {
    Made(Box<Made>),
    /// There was nothing to bill.
    Empty,
}

impl Invoicing {
    /// Makes the bill of an account from what was gathered.
    ///
    /// # Errors
    /// In words, why there is none.
    pub fn make(
        &self,
        tenant: i64,
        gathered: Gathered,
        sort: &Sort,
        covers: Covers,
        now: Micros,
    ) -> Result<Outcomes, String> {
        let bill = billing::bill(&gathered.given).map_err(|fault| fault.to_string())?;
        if bill.lines.is_empty() {
            return Ok(Outcomes::Empty);
        }
        let findings = check(&bill, &gathered.state.history(), &self.settings.limits);
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
        let doc = customer_bill(&id, &gathered.billed, &bill, &gathered.period, &heading);
        let (lines, shapes) = sheet(tenant, &gathered.billed.id, &id, &bill, date, now);
        let is_real = !sort.trial;
        let through = gathered.period.span.to;
        let billing = is_real.then(|| BillingWrite {
            tenant,
            account: gathered.billed.id.clone(),
            expected_revision: gathered.revision,
            state: gathered
                .state
                .after(through, &bill.marks, bill.totals.gross)
                .bytes(),
        });
        let usage = match is_real {
            true => {
                let usage = gathered.usage.into_iter();
                let usage = usage.map(|own| own.taken(tenant, gathered.period.span));
                let usage = usage.filter_map(Outcome::transpose).collect::<Outcome<_>>();
                usage.map_err(|problem| problem.to_string())?
            }
            false => Vec::new(),
        };
        Ok(Outcomes::Made(Box::new(Made {
            id,
            account: gathered.billed.id,
            doc,
            lines,
            shapes,
            billing,
            usage,
            currency: bill.currency,
            net: bill.totals.net,
            gross: bill.totals.gross,
            is_numbered: is_real && held.is_none(),
            mailing: Some(dates.mailing).filter(|at| *at > now && is_real && held.is_none()),
            held: held.is_some(),
            at: now.0,
        })))
    }

    /// Writes bills.
    ///
    /// # Errors
    /// `Unavailable` where an account was billed, or usage rated, meanwhile
    /// ([`crate::store::DbError::is_outdated`]).
    pub fn write(&self, tx: &mut Tx<'_>, caller: &Caller, made: &[Made]) -> Outcome<()> {
        if made.is_empty() {
            return Ok(());
        }
        let tenant = caller.tenant;
        let accounts: Vec<String> = made.iter().map(|own| own.account.clone()).collect();
        tx.read_ahead(tenant, ACCOUNT, &accounts)?;
        let numbered = made.iter().filter(|own| own.is_numbered).count();
        let credited = self.credited(tx, tenant, &accounts)?;
        tx.direct(|session| {
            let lines: i64 = made.iter().map(|own| own.lines.lines).sum();
            let seqs = session.allocate(usize::try_from(lines).unwrap_or(0))?;
            let mut next = seqs.first().copied().unwrap_or(0);
            let mut sheets = Vec::with_capacity(made.len());
            let mut shapes = HashMap::new();
            for own in made {
                sheets.push(SheetRow {
                    seq: next,
                    ..own.lines.clone()
                });
                next += own.lines.lines;
                for (number, text) in &own.shapes {
                    shapes.entry(*number).or_insert_with(|| text.clone());
                }
            }
            let mut shapes: Vec<(i64, String)> = shapes.into_iter().collect();
            shapes.sort_unstable();
            session.insert_sheets(&sheets, &shapes)?;
            let states: Vec<BillingWrite> =
                made.iter().filter_map(|own| own.billing.clone()).collect();
            session.write_billing_states(&states)?;
            let parts: Vec<i64> = taken(made).flat_map(|own| own.parts.clone()).collect();
            session.take_usage_sums(&parts)?;
            let mut rest: Vec<UsageSumRow> =
                taken(made).filter_map(|own| own.rest.clone()).collect();
            let seqs = session.allocate(rest.len())?;
            for (row, seq) in rest.iter_mut().zip(seqs) {
                row.seq = seq;
            }
            session.insert_usage_sums(&rest)?;
            Ok(())
        })?;
        let resource = self.core.registry.canonical(BILL);
        let resource = resource.ok_or_else(|| Problem::internal("there are no bills"))?;
        let numbers = self.settings.numbering.take(tx, tenant, numbered)?;
        let mut numbers = numbers.into_iter();
        for own in made {
            let mut doc = own.doc.clone();
            if own.is_numbered
                && let Some(number) = numbers.next()
            {
                if let Some(members) = doc.as_object_mut() {
                    members.insert("billNo".to_owned(), json!(number));
                }
                doc = self.enter(tx, caller, own, &credited, doc)?;
            }
            let new = NewResource {
                id: Some(own.id.clone()),
                doc,
            };
            create_in(&self.core, tx, caller, resource, &new, Micros(own.at))?;
        }
        follow(tx, caller, made, self.core.clock.now());
        Ok(())
    }

    /// Accounts that have something on account, which pays what they owe next.
    fn credited(
        &self,
        tx: &mut Tx<'_>,
        tenant: i64,
        accounts: &[String],
    ) -> Outcome<HashSet<String>> {
        let balances = tx.direct(|session| session.balances(tenant, ACCOUNT, accounts))?;
        let credits = balances
            .into_iter()
            .filter(|own| own.balance_type == receivable::ON_ACCOUNT && own.amount != 0);
        Ok(credits.map(|own| own.account).collect())
    }

    /// Has a bill owed from now on. Mostly that is all; where there is a credit, it pays.
    fn enter(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        own: &Made,
        credited: &HashSet<String>,
        doc: Value,
    ) -> Outcome<Value> {
        if own.gross > Amount::ZERO && !credited.contains(&own.account) {
            tx.add_to_balance(own.receivable(caller.tenant));
            return Ok(doc);
        }
        let desk = receivable::Desk {
            core: &self.core,
            machines: &self.machines,
            tenant: caller.tenant,
            now: Micros(own.at),
        };
        receivable::enter(desk, tx, &own.id, doc)
    }
}

fn taken(made: &[Made]) -> impl Iterator<Item = &Taken> {
    made.iter().flat_map(|own| &own.usage)
}

/// What follows when bills are there.
fn follow(tx: &mut Tx<'_>, caller: &Caller, made: &[Made], now: Micros) {
    let numbered = made.iter().filter(|own| own.is_numbered);
    let numbered: Vec<&str> = numbered.map(|own| own.id.as_str()).collect();
    keep_documents(tx, caller, &numbered, now);
    let later = made.iter();
    let later = later.filter_map(|own| Some((own.id.as_str(), own.mailing?)));
    mail(tx, caller, later, now);
}

impl Made {
    fn receivable(&self, tenant: i64) -> Addition {
        Addition {
            key: BalanceKey {
                tenant,
                kind: ACCOUNT.to_owned(),
                account: self.account.clone(),
                balance_type: receivable::RECEIVABLE.to_owned(),
                currency: self.currency.code.to_owned(),
            },
            amount: i128::from(self.gross.millionths()),
            valid_from: Some(self.at),
            valid_to: None,
            at: self.at,
        }
    }
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
