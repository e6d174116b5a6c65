//! Disputes: trouble tickets (TMF621) of the type `billingDispute` that name a bill or charges on it.
//!
//! While such a ticket is open its bill is on hold, so that nothing reminds of it and payments go to other
//! bills. The ticket ends with a decision, `disputeDecision`, an attribute of ours:
//!
//! ```json
//! {"decision": "accepted", "line": [{"id": "r1f", "taxIncludedAmount": {"unit": "EUR", "value": 5}}]}
//! ```
//!
//! What is accepted is credited, and the ticket names the credit note; then, or when the dispute is
//! rejected, cancelled or closed, the bill is released.

use std::sync::Arc;

use serde_json::{Value, json};

use super::bill::{Bill, VALIDATED};
use super::credit_note::{self, Order};
use super::ledger::Ledger;
use super::lines::{self, RATE};
use super::payment::desk;
use super::{BILL, TICKET, money_at};
use crate::behaviour::billing::mail;
use crate::behaviour::own::Own;
use crate::behaviour::stored::document;
use crate::behaviour::value::is_spelled;
use crate::billing::receivable::credit_note::{Asked, Portion};
use crate::domain::adapt::href::reference;
use crate::domain::money::{Amount, Currency};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::Change;
use crate::store::{IdKey, ResourceRow, Tx};

/// `ticketType` of a dispute, in small letters without separators.
const TYPE: &str = "billingdispute";
const STATUS: &str = "status";
/// Statuses in which nothing is decided.
const OPEN: [&str; 4] = ["acknowledged", "pending", "held", "inProgress"];
const RESOLVED: &str = "resolved";
const DECISION: &str = "disputeDecision";
const LINE: &str = "line";
const ABOUT: &str = "relatedEntity";
/// Roles of what a dispute names by itself.
const DISPUTED: &str = "disputedBill";
const CREDITED: &str = "creditNote";
/// Where tickets name what they are about.
const ABOUT_ID: &str = "relatedEntity.entity.id";

/// The own rules of the kind `troubleTicket`.
pub struct TicketRules {
    machines: Arc<Machines>,
}

impl TicketRules {
    pub fn new(machines: &Arc<Machines>) -> Self {
        TicketRules {
            machines: Arc::clone(machines),
        }
    }

    /// Puts the bill on hold, and names it in a ticket that names charges only.
    fn begin(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        let subject = Subject::of(change.tx, change.caller.tenant, doc)?;
        if !subject.is_named {
            name_entity(doc, DISPUTED, &subject.bill);
        }
        let mut ledger = Ledger::open(
            desk(change, &self.machines),
            change.tx,
            subject.account.clone(),
        )?;
        let Some(bill) = ledger.bill(change.tx, &subject.bill)? else {
            return Err(without_number(&subject));
        };
        // A bill that is paid has nothing to wait for.
        if !bill.remaining.is_zero() {
            bill.hold();
            ledger.touch(&subject.bill);
        }
        ledger.write(change.tx)
    }

    /// Draws the consequences of the decision.
    fn end(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        let tenant = change.caller.tenant;
        let subject = Subject::of(change.tx, tenant, doc)?;
        let asked = match status(doc) {
            Some(RESOLVED) => decision(doc, &subject)?,
            _ => None,
        };
        let others = open_disputes(change.tx, tenant, &subject.bill)?;
        let is_last = others.iter().all(|ticket| ticket == change.id);
        let mut ledger = Ledger::open(
            desk(change, &self.machines),
            change.tx,
            subject.account.clone(),
        )?;
        let Some(bill) = ledger.bill(change.tx, &subject.bill)? else {
            return Err(without_number(&subject));
        };
        if is_last {
            bill.release();
        }
        let bill = bill.clone();
        ledger.touch(&bill.id);
        if is_last && bill.state == VALIDATED {
            // It was to be sent while it was on hold, or still is.
            let own = [(bill.id.as_str(), change.now)];
            mail(change.tx, change.caller, own, change.now);
        }
        if let Some(asked) = asked {
            let order = Order {
                bill: &bill,
                asked,
                at: "/disputeDecision/line",
                tenant,
                now: change.now,
            };
            let note = credit_note::make(change.core, change.tx, &mut ledger, &order)?;
            name_entity(doc, CREDITED, &note);
        }
        // What is left of the bill may be paid by what came in meanwhile.
        ledger.use_credits()?;
        ledger.write(change.tx)
    }
}

impl Own for TicketRules {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        let was_open = old.is_some_and(is_open_dispute);
        let is_open = is_open_dispute(doc);
        if let Some(old) = old {
            refuse_new_subject(old, doc)?;
        }
        match (was_open, is_open) {
            (false, true) => {
                refuse_early_decision(old, doc)?;
                self.begin(change, doc)
            }
            (true, true) => refuse_early_decision(old, doc),
            (true, false) => self.end(change, doc),
            // What was decided elsewhere, or is no dispute.
            (false, false) => refuse_other_decision(old, doc),
        }
    }

    fn after_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        let mut doc = document(row)?;
        if !is_open_dispute(&doc) {
            return Ok(());
        }
        if let Some(doc) = doc.as_object_mut() {
            doc.insert(STATUS.to_owned(), json!("cancelled"));
        }
        self.end(change, &mut doc)
    }
}

/// Tickets that dispute a bill and are not decided, without those of other types.
///
/// # Errors
/// A fault of the store.
pub fn open_disputes(tx: &mut Tx<'_>, tenant: i64, bill: &str) -> Outcome<Vec<String>> {
    let numbers = tx.attributes().numbers([TICKET], ABOUT_ID);
    let mut found = Vec::new();
    for head in tx.heads_by_index(tenant, &numbers, bill, i64::MAX)? {
        if !head.state.as_deref().is_some_and(|s| OPEN.contains(&s)) {
            continue;
        }
        for row in tx.versions(&IdKey::new(tenant, TICKET, &head.id))? {
            let doc = document(&row)?;
            let names = |(referred, id): (&str, &str)| id == bill && is_bill(referred);
            if is_open_dispute(&doc) && entities(&doc).any(names) {
                found.push(row.id);
            }
        }
    }
    Ok(found)
}

/// What a dispute is about.
struct Subject {
    bill: String,
    /// Of the bill.
    account: IdKey,
    currency: &'static Currency,
    /// Charges on the bill; the whole bill when there are none.
    lines: Vec<String>,
    /// The ticket names the bill itself.
    is_named: bool,
}

impl Subject {
    /// Reads what a ticket is about.
    ///
    /// # Errors
    /// `InvalidBody` when it names more than one bill, `UnknownReference` for one that there is not,
    /// `Conflict` for a bill without a number.
    fn of(tx: &mut Tx<'_>, tenant: i64, doc: &Value) -> Outcome<Subject> {
        let mut bills: Vec<String> = Vec::new();
        let mut lines = Vec::new();
        for (referred, id) in about(doc) {
            match is_bill(referred) {
                true => bills.push(id.to_owned()),
                false => lines.push(id.to_owned()),
            }
        }
        let is_named = !bills.is_empty();
        for line in &lines {
            bills.push(bill_of_line(tx, tenant, line)?);
        }
        bills.dedup();
        let [bill] = bills.as_slice() else {
            let message = "must name one customer bill, or charges on one bill";
            return Err(Problem::at(Code::InvalidBody, about_pointer(), message));
        };
        let row = tx.versions(&IdKey::new(tenant, BILL, bill))?.pop();
        let row = row.ok_or_else(|| unknown(format!("there is no customerBill '{bill}'")))?;
        let read = Bill::stored(row)?.filter(|bill| !bill.is_credit_note());
        let read = read.ok_or_else(|| {
            let message = format!("'{bill}' is no bill that was sent, which could be disputed");
            Problem::at(Code::Conflict, about_pointer(), message)
        })?;
        Ok(Subject {
            account: IdKey::new(tenant, "billingAccount", &read.account),
            currency: read.currency,
            bill: bill.clone(),
            lines,
            is_named,
        })
    }
}

fn bill_of_line(tx: &mut Tx<'_>, tenant: i64, line: &str) -> Outcome<String> {
    let row = tx.versions(&IdKey::new(tenant, RATE, line))?.pop();
    let row = row.ok_or_else(|| unknown(format!("there is no {RATE} '{line}'")))?;
    let charge = lines::charge(row)?;
    if charge.bill.is_empty() {
        let message = format!("'{line}' is on no bill yet");
        return Err(Problem::at(Code::Conflict, about_pointer(), message));
    }
    Ok(charge.bill)
}

fn unknown(message: String) -> Problem {
    Problem::at(Code::UnknownReference, about_pointer(), message)
}

fn without_number(subject: &Subject) -> Problem {
    let message = format!("the bill '{}' is none that can be disputed", subject.bill);
    Problem::at(Code::Conflict, about_pointer(), message)
}

fn about_pointer() -> String {
    format!("/{ABOUT}")
}

/// Class and id of the bills and charges that a ticket disputes.
fn about(doc: &Value) -> impl Iterator<Item = (&str, &str)> {
    let all = doc
        .get(ABOUT)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let disputed = all.filter(|related| related.get("role") != Some(&json!(CREDITED)));
    disputed
        .filter_map(entity)
        .filter(|(referred, _)| is_bill(referred) || is_charge(referred))
}

/// Class and id of the entities that a ticket is about.
fn entities(doc: &Value) -> impl Iterator<Item = (&str, &str)> {
    let all = doc.get(ABOUT).and_then(Value::as_array);
    all.into_iter().flatten().filter_map(entity)
}

fn entity(related: &Value) -> Option<(&str, &str)> {
    let entity = related.get("entity")?;
    let referred = entity.get("@referredType").and_then(Value::as_str);
    Some((referred.unwrap_or_default(), entity.get("id")?.as_str()?))
}

fn is_charge(referred: &str) -> bool {
    is_spelled(referred, "appliedcustomerbillingrate")
}

fn is_bill(referred: &str) -> bool {
    is_spelled(referred, "customerbill")
}

/// Adds a bill to what a ticket is about.
fn name_entity(doc: &mut Value, role: &str, bill: &str) {
    let related = json!({
        "@type": "RelatedEntity",
        "role": role,
        "entity": reference("EntityRef", BILL, "CustomerBill", bill),
    });
    let Some(doc) = doc.as_object_mut() else {
        return;
    };
    match doc.get_mut(ABOUT) {
        Some(Value::Array(all)) => all.push(related),
        _ => drop(doc.insert(ABOUT.to_owned(), json!([related]))),
    }
}

fn status(doc: &Value) -> Option<&str> {
    doc.get(STATUS)?.as_str()
}

/// A ticket of the type that names no bill is one like any other.
fn is_dispute(doc: &Value) -> bool {
    let named = doc.get("ticketType").and_then(Value::as_str);
    named.is_some_and(|named| is_spelled(named, TYPE)) && about(doc).next().is_some()
}

fn is_open_dispute(doc: &Value) -> bool {
    is_dispute(doc) && status(doc).is_some_and(|status| OPEN.contains(&status))
}

/// What an open dispute is about stays until it ends, or its bill would wait for ever.
fn refuse_new_subject(old: &Value, doc: &Value) -> Outcome<()> {
    if !is_open_dispute(old) {
        return Ok(());
    }
    if old.get("ticketType") != doc.get("ticketType") {
        let message = "stays until the dispute has ended";
        return Err(Problem::at(Code::Conflict, "/ticketType", message));
    }
    let ids = |doc: &Value| -> Vec<(String, String)> {
        let all = entities(doc);
        all.map(|(class, id)| (class.to_owned(), id.to_owned()))
            .collect()
    };
    if ids(old) != ids(doc) {
        let message = "what a dispute is about stays until it has ended";
        return Err(Problem::at(Code::Conflict, about_pointer(), message));
    }
    Ok(())
}

/// A dispute that is open has no decision; one that is taken up again forgets what was decided before.
fn refuse_early_decision(old: Option<&Value>, doc: &mut Value) -> Outcome<()> {
    let known = old.and_then(|old| old.get(DECISION));
    match doc.get(DECISION) {
        None => Ok(()),
        now if now == known => {
            if let Some(doc) = doc.as_object_mut() {
                doc.shift_remove(DECISION);
            }
            Ok(())
        }
        Some(_) => {
            let message = "comes with the status 'resolved', which ends the dispute";
            Err(Problem::at(Code::Conflict, decision_pointer(), message))
        }
    }
}

/// What was credited stays so.
fn refuse_other_decision(old: Option<&Value>, doc: &Value) -> Outcome<()> {
    let decided = old.filter(|old| is_dispute(old) && old.get(DECISION).is_some());
    match decided {
        Some(old) if old.get(DECISION) != doc.get(DECISION) => {
            let message = "was carried out and cannot be changed";
            Err(Problem::at(Code::Conflict, decision_pointer(), message))
        }
        _ => Ok(()),
    }
}

fn decision_pointer() -> String {
    format!("/{DECISION}")
}

/// What is to be credited: the lines of the decision, or all that is disputed. None when nothing is.
fn decision(doc: &Value, subject: &Subject) -> Outcome<Option<Vec<Asked>>> {
    let at = decision_pointer();
    let missing = || {
        Problem::at(
            Code::InvalidBody,
            at.clone(),
            "is missing: it ends the dispute",
        )
    };
    let decision = doc.get(DECISION).ok_or_else(missing)?;
    let word = decision.get("decision").and_then(Value::as_str);
    match word {
        Some("accepted") => {}
        Some("rejected") => return Ok(None),
        _ => {
            let message = "must be 'accepted' or 'rejected'";
            return Err(Problem::at(
                Code::InvalidBody,
                format!("{at}/decision"),
                message,
            ));
        }
    }
    let lines = decision.get(LINE).and_then(Value::as_array);
    let Some(lines) = lines.filter(|lines| !lines.is_empty()) else {
        let rest = |line: &String| Asked {
            line: line.clone(),
            portion: Portion::Rest,
        };
        return Ok(Some(subject.lines.iter().map(rest).collect()));
    };
    let asked = lines.iter().enumerate();
    let asked = asked.map(|(index, line)| asked_of(line, &format!("{at}/{LINE}/{index}"), subject));
    asked.collect::<Outcome<Vec<Asked>>>().map(Some)
}

/// A line of a decision: all of it, or the part that is named with or without taxes.
fn asked_of(line: &Value, at: &str, subject: &Subject) -> Outcome<Asked> {
    let id = line.get("id").and_then(Value::as_str);
    let missing = || Problem::at(Code::InvalidBody, format!("{at}/id"), "is missing");
    let part = |name: &str| -> Outcome<Option<Amount>> {
        if line.get(name).is_none_or(Value::is_null) {
            return Ok(None);
        }
        let (amount, currency) = money_at(line, name, at)?;
        if currency == subject.currency {
            return Ok(Some(amount));
        }
        let message = format!("must be '{}', as the bill is", subject.currency.code);
        Err(Problem::at(
            Code::InvalidBody,
            format!("{at}/{name}/unit"),
            message,
        ))
    };
    let portion = match (part("taxIncludedAmount")?, part("taxExcludedAmount")?) {
        (Some(gross), _) => Portion::Gross(gross),
        (None, Some(net)) => Portion::Net(net),
        (None, None) => Portion::Rest,
    };
    Ok(Asked {
        line: id.ok_or_else(missing)?.to_owned(),
        portion,
    })
}
