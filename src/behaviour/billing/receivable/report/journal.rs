//! The journal: entries of what happened in a time, read from bills, payments and refunds.
//!
//! A bill is booked on its date, with the charges on it; a payment when it was taken in; a refund on its
//! date. What became of them later (which bill a payment pays, what a dispute led to) books nothing by
//! itself, so once the bills of a time are made, its journal is always the same.

use std::collections::HashMap;
use std::io::Write;

use serde_json::Value;

use super::super::bill::Bill;
use super::super::fund::{DONE, FAILED, STATUS};
use super::super::lines::{self, Charge};
use super::super::payment::is_by;
use super::super::{BILL, CHARGEBACK, PAYMENT, REFUND, WRITE_OFF, id_in, stored_money};
use super::{Dated, by_date, instant, is, read};
use crate::billing::receivable::Refusal;
use crate::billing::receivable::journal::export::{Csv, json};
use crate::billing::receivable::journal::{
    Chart, Document, DocumentKind, Entry, Movement, MovementKind, PostedLine, PostedTax, Span, Sums,
};
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::store::{Attributes, DbError, DbResult, ResourceRow, Session, Store};

/// A day.
const DAY: i64 = 24 * 3600 * 1_000_000;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    from: Micros,
    /// Not part of it.
    to: Micros,
    account: Option<String>,
}

impl Asked {
    /// Reads a question: the last day when nothing is said.
    ///
    /// # Errors
    /// `InvalidQuery` for what is no instant, and for an end before the beginning.
    pub fn read(
        from: Option<String>,
        to: Option<String>,
        account: Option<String>,
        now: Micros,
    ) -> Outcome<Self> {
        let to = instant("to", to)?.unwrap_or(now);
        let from = instant("from", from)?.unwrap_or(Micros(to.0.saturating_sub(DAY)));
        if from > to {
            return Err(Problem::at(Code::InvalidQuery, "from", "is behind `to`"));
        }
        Ok(Asked { from, to, account })
    }
}

/// How entries are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Ndjson,
    Csv,
}

impl Format {
    /// The media type.
    pub const fn media(self) -> &'static str {
        match self {
            Format::Ndjson => "application/x-ndjson",
            Format::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// What was written.
pub struct Written<W> {
    pub into: W,
    pub sums: Sums,
}

/// Writes the journal of a time as a text; none when it has more entries than `most`.
///
/// # Errors
/// When the database cannot be read.
pub async fn text(
    store: &Store,
    tenant: i64,
    asked: Asked,
    format: Format,
    most: usize,
) -> Outcome<Option<Vec<u8>>> {
    let written = write(store, tenant, asked, format, Vec::new(), Some(most)).await?;
    Ok(written.map(|written| written.into))
}

/// Writes the journal of a time entry by entry, so that it may be of any length. None when it has more
/// entries than `most`.
///
/// # Errors
/// When the database cannot be read, or nothing can be written.
pub async fn write<W: Write + Send + 'static>(
    store: &Store,
    tenant: i64,
    asked: Asked,
    format: Format,
    into: W,
    most: Option<usize>,
) -> Outcome<Option<Written<W>>> {
    let own = store.clone();
    store
        .scan(move |session| {
            let chart = Chart::default();
            let mut sums = Sums::default();
            let mut writer = Writer::new(format, into)?;
            let full = |sums: &Sums| most.is_some_and(|most| sums.entries > most as u64);
            entries(
                session,
                own.attributes(),
                tenant,
                &asked,
                &chart,
                &mut |entry| {
                    sums.add(&entry);
                    if full(&sums) {
                        return Ok(());
                    }
                    writer.write(&entry)
                },
            )?;
            if full(&sums) {
                return Ok(None);
            }
            let into = writer.finish()?;
            Ok(Some(Written { into, sums }))
        })
        .await
}

/// Entries in one of the formats.
enum Writer<W: Write> {
    Ndjson(W),
    Csv(Box<Csv<W>>),
}

impl<W: Write> Writer<W> {
    fn new(format: Format, into: W) -> DbResult<Self> {
        Ok(match format {
            Format::Ndjson => Writer::Ndjson(into),
            Format::Csv => Writer::Csv(Box::new(Csv::new(into).map_err(unwritten)?)),
        })
    }

    fn write(&mut self, entry: &Entry) -> DbResult<()> {
        match self {
            Writer::Ndjson(into) => writeln!(into, "{}", json(entry)).map_err(unwritten),
            Writer::Csv(csv) => csv.write(entry).map_err(unwritten),
        }
    }

    fn finish(self) -> DbResult<W> {
        match self {
            Writer::Ndjson(mut into) => into.flush().map(|()| into).map_err(unwritten),
            Writer::Csv(csv) => csv.finish().map_err(unwritten),
        }
    }
}

fn unwritten(error: impl std::fmt::Display) -> DbError {
    DbError::Fault(format!("the journal cannot be written: {error}"))
}

/// Takes an entry; an error ends the journal.
type Take<'t> = &'t mut dyn FnMut(Entry) -> DbResult<()>;

/// Hands out the entries of a time: bills and credit notes, then payments, then refunds, each by date.
///
/// # Errors
/// When the database cannot be read, and those of `take`.
fn entries(
    session: &mut dyn Session,
    attributes: &Attributes,
    tenant: i64,
    asked: &Asked,
    chart: &Chart,
    take: Take<'_>,
) -> DbResult<()> {
    let dated = |kind: &'static str, name: &'static str, account: &str| -> DbResult<Dated> {
        let no_index = || DbError::Fault(format!("{kind}.{name} has no index"));
        let account = attributes
            .number(kind, account)
            .zip(asked.account.as_deref());
        Ok(Dated {
            attribute: attributes.number(kind, name).ok_or_else(no_index)?,
            name,
            from: asked.from,
            to: asked.to,
            more: account.map(|(n, id)| is(n, id)).into_iter().collect(),
        })
    };
    let bills = dated(BILL, "billDate", "billingAccount.id")?;
    by_date(session, (tenant, BILL), &bills, &mut |session, rows| {
        of_bills(session, tenant, rows, chart, take)
    })?;
    for (kind, date) in [(PAYMENT, "paymentDate"), (REFUND, "refundDate")] {
        let moved = dated(kind, date, "account.id")?;
        by_date(session, (tenant, kind), &moved, &mut |_, rows| {
            for row in rows {
                if let Some(movement) = movement(&row)? {
                    take(movement.entry(chart).map_err(fault)?)?;
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn fault(refusal: Refusal) -> DbError {
    DbError::Fault(format!("an entry {refusal}"))
}

fn of_bills(
    session: &mut dyn Session,
    tenant: i64,
    rows: Vec<ResourceRow>,
    chart: &Chart,
    take: Take<'_>,
) -> DbResult<()> {
    let mut bills = Vec::with_capacity(rows.len());
    for row in rows {
        let doc = read(&row)?;
        bills.extend(Bill::of(row.id, doc, Micros(row.created_at)));
    }
    let ids: Vec<String> = bills.iter().map(|bill| bill.id.clone()).collect();
    let mut posted: HashMap<String, Vec<PostedLine>> = HashMap::new();
    for row in lines::of_bills(session, tenant, &ids)? {
        let charge = lines::charge(row).map_err(|problem| DbError::Fault(problem.to_string()))?;
        let line = line(&charge);
        posted.entry(charge.bill).or_default().push(line);
    }
    for bill in bills {
        let lines = posted.remove(&bill.id).unwrap_or_default();
        let document = Document {
            kind: match bill.is_credit_note() {
                true => DocumentKind::CreditNote,
                false => DocumentKind::Bill,
            },
            number: bill
                .doc
                .get("billNo")
                .and_then(Value::as_str)
                .map(str::to_owned),
            id: bill.id,
            at: bill.issued,
            account: bill.account,
            currency: bill.currency,
            lines,
        };
        take(document.entry(chart).map_err(fault)?)?;
    }
    Ok(())
}

fn line(charge: &Charge) -> PostedLine {
    let amounts = lines::line(charge);
    let period = charge.doc.get("periodCoverage").map(|period| {
        let instant = |name: &str| period.get(name)?.as_str().and_then(Micros::parse);
        Span {
            start: instant("startDateTime"),
            end: instant("endDateTime"),
        }
    });
    PostedLine {
        code: lines::account_code(&charge.doc),
        net: amounts.net,
        taxes: amounts
            .taxes
            .into_iter()
            .map(|tax| PostedTax {
                category: tax.category,
                rate: tax.rate,
                amount: tax.amount,
            })
            .collect(),
        period,
    }
}

/// What a payment or refund books; nothing as long as no money has moved.
fn movement(row: &ResourceRow) -> DbResult<Option<Movement>> {
    let doc = read(row)?;
    let status = doc.get(STATUS).and_then(Value::as_str).unwrap_or_default();
    let is_refund = row.kind == REFUND;
    // A payment that the bank took back had come in first; the refund says that it went.
    let has_moved = status == DONE || (!is_refund && status == FAILED);
    let amount = stored_money(&doc, "totalAmount").filter(|_| has_moved);
    let Some(((amount, currency), account)) = amount.zip(id_in(&doc, "account")) else {
        return Ok(None);
    };
    let kind = match (is_refund, is_by(&doc, WRITE_OFF), is_by(&doc, CHARGEBACK)) {
        (true, true, _) => MovementKind::Recovery,
        (true, _, true) => MovementKind::Chargeback,
        (true, ..) => MovementKind::Refund,
        (false, true, _) => MovementKind::WriteOff,
        (false, ..) => MovementKind::Payment,
    };
    let date = doc.get(if is_refund {
        "refundDate"
    } else {
        "paymentDate"
    });
    let date = date.and_then(Value::as_str).and_then(Micros::parse);
    Ok(Some(Movement {
        kind,
        id: row.id.clone(),
        at: date.unwrap_or(Micros(row.created_at)),
        account: account.to_owned(),
        currency,
        amount,
    }))
}
