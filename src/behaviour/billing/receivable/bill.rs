//! A bill or a credit note, as far as payments change it.

use serde_json::{Map, Value, json};

use super::{CREDIT_NOTE, id_in, minus, money_json, negative, plus, stored_money};
use crate::behaviour::stored::document;
use crate::billing::receivable::allocation::{Credit, OpenBill};
use crate::billing::receivable::reversal::Applied;
use crate::billing::receivable::standing::Standing;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};
use crate::domain::problem::{Outcome, Problem};
use crate::store::ResourceRow;

pub const STATE: &str = "state";
pub const ON_HOLD: &str = "onHold";
pub const VALIDATED: &str = "validated";
const APPLIED: &str = "appliedPayment";
const REMAINING: &str = "remainingAmount";
/// Attribute of ours: the state to which a bill on hold goes back.
pub const HELD_STATE: &str = "heldState";

/// What pays a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payer {
    Payment,
    CreditNote,
}

impl Payer {
    const fn class(self) -> &'static str {
        match self {
            Payer::Payment => "Payment",
            Payer::CreditNote => "CustomerBill",
        }
    }
}

/// A bill with a number. `total` is below nothing when the customer gets something; then what is left is
/// a credit.
#[derive(Clone, Debug)]
pub struct Bill {
    pub id: String,
    /// As it was read; none for a bill that is being made.
    pub row: Option<ResourceRow>,
    pub doc: Value,
    pub account: String,
    pub currency: &'static Currency,
    pub total: Amount,
    pub remaining: Amount,
    pub state: String,
    pub issued: Micros,
    due: Option<Micros>,
}

impl Bill {
    /// Reads a stored bill. None for one without a number, which nobody owes yet, and for one without
    /// amounts or account.
    ///
    /// # Errors
    /// A fault of ours when it does not parse.
    pub fn stored(row: ResourceRow) -> Outcome<Option<Bill>> {
        let doc = document(&row)?;
        let id = row.id.clone();
        let created = Micros(row.created_at);
        Ok(Bill::of(id, doc, created).map(|bill| Bill {
            row: Some(row),
            ..bill
        }))
    }

    /// Reads the document of a bill.
    pub fn of(id: String, doc: Value, created: Micros) -> Option<Bill> {
        doc.get("billNo").and_then(Value::as_str)?;
        let (total, currency) = stored_money(&doc, "taxIncludedAmount")?;
        let remaining = stored_money(&doc, REMAINING).or_else(|| stored_money(&doc, "amountDue"));
        let instant = |name: &str| doc.get(name)?.as_str().and_then(Micros::parse);
        Some(Bill {
            account: id_in(&doc, "billingAccount")?.to_owned(),
            currency,
            total,
            remaining: remaining.map_or(total, |(amount, _)| amount),
            state: doc.get(STATE)?.as_str()?.to_owned(),
            issued: instant("billDate").unwrap_or(created),
            due: instant("paymentDueDate"),
            id,
            row: None,
            doc,
        })
    }

    /// Whether it takes something off another bill.
    pub fn is_credit_note(&self) -> bool {
        self.doc.get("category").and_then(Value::as_str) == Some(CREDIT_NOTE)
    }

    /// Whether it waits for a dispute to end, or for somebody to release it.
    pub fn is_held(&self) -> bool {
        self.state == ON_HOLD
    }

    /// What is left to be paid, if anything.
    pub fn open(&self) -> Option<OpenBill> {
        (self.remaining > Amount::ZERO).then(|| OpenBill {
            id: self.id.clone(),
            currency: self.currency,
            remaining: self.remaining,
            due: self.due,
            issued: self.issued,
            held: self.is_held(),
        })
    }

    /// What is left of a credit, if it is one.
    pub fn credit(&self) -> Option<Credit> {
        (self.remaining < Amount::ZERO).then(|| Credit {
            source: self.id.clone(),
            currency: self.currency,
            left: negative(self.remaining),
            since: self.issued,
        })
    }

    /// What a payment or credit note pays of it.
    pub fn applied(&self, payer: &str) -> Option<Applied> {
        let entry = entries(&self.doc).find(|entry| id_in(entry, "payment") == Some(payer))?;
        let (amount, _) = stored_money(entry, "appliedAmount")?;
        Some(Applied {
            bill: self.id.clone(),
            amount,
            due: self.due,
            issued: self.issued,
        })
    }

    /// Is paid by so much.
    ///
    /// # Errors
    /// `InvalidBody` for sums that are too large.
    pub fn pay(&mut self, payer: Payer, id: &str, amount: Amount) -> Outcome<()> {
        let before = self.applied(id).map_or(Amount::ZERO, |own| own.amount);
        self.remaining = minus(self.remaining, amount)?;
        self.put_applied(payer, id, plus(before, amount)?);
        self.settle();
        Ok(())
    }

    /// Is not paid by so much any more.
    ///
    /// # Errors
    /// A fault of ours when it was not.
    pub fn unpay(&mut self, id: &str, amount: Amount) -> Outcome<()> {
        let before = self.applied(id).map_or(Amount::ZERO, |own| own.amount);
        let left = minus(before, amount)?;
        if left < Amount::ZERO {
            return Err(Problem::internal("more was taken back than was paid"));
        }
        self.remaining = plus(self.remaining, amount)?;
        self.put_applied(Payer::Payment, id, left);
        self.settle();
        Ok(())
    }

    /// So much of the credit that it is pays another bill or is paid out.
    ///
    /// # Errors
    /// `InvalidBody` for sums that are too large.
    pub fn use_credit(&mut self, amount: Amount) -> Outcome<()> {
        self.remaining = plus(self.remaining, amount)?;
        self.settle();
        Ok(())
    }

    /// Asks for what is left: what was on account is taken off what is to be paid with a new bill.
    pub fn demand(&mut self) {
        let due = money_json(self.remaining, self.currency);
        self.set("amountDue", due);
        self.settle();
    }

    /// Waits from now on, until it is released.
    pub fn hold(&mut self) {
        if self.is_held() {
            return;
        }
        let from = Value::from(self.state.as_str());
        self.set(HELD_STATE, from);
        self.set_state(ON_HOLD);
    }

    /// Goes back to where it was, or to what payments have made of it meanwhile.
    pub fn release(&mut self) {
        if !self.is_held() {
            return;
        }
        let from = self.doc.get(HELD_STATE).and_then(Value::as_str);
        let state = match from {
            Some(VALIDATED) => VALIDATED,
            _ => self.standing().as_str(),
        };
        if let Some(doc) = self.doc.as_object_mut() {
            doc.shift_remove(HELD_STATE);
        }
        self.set_state(state);
    }

    /// Is sent, if that is what it waits for; answers whether it was.
    pub fn send(&mut self) -> bool {
        let waits = self.state == VALIDATED;
        if waits {
            self.set_state(self.standing().as_str());
        }
        waits
    }

    /// How far it is paid, or how far the credit is used.
    pub fn standing(&self) -> Standing {
        let size = |amount: Amount| amount.max(negative(amount));
        Standing::of(size(self.total), size(self.remaining))
    }

    /// Writes what is left, and the state that follows from it unless something else decides on it: a
    /// bill that was not sent yet or waits stays so.
    fn settle(&mut self) {
        let remaining = money_json(self.remaining, self.currency);
        self.set(REMAINING, remaining);
        if !self.is_held() && self.state != VALIDATED {
            self.set_state(self.standing().as_str());
        }
    }

    fn set_state(&mut self, state: &str) {
        state.clone_into(&mut self.state);
        self.set(STATE, Value::from(state));
    }

    fn set(&mut self, name: &str, value: Value) {
        if let Some(doc) = self.doc.as_object_mut() {
            doc.insert(name.to_owned(), value);
        }
    }

    /// Notes what something pays of it; nothing is not noted.
    fn put_applied(&mut self, payer: Payer, id: &str, amount: Amount) {
        let Some(doc) = self.doc.as_object_mut() else {
            return;
        };
        let list = doc.entry(APPLIED).or_insert_with(|| json!([]));
        let Some(list) = list.as_array_mut() else {
            return;
        };
        let place = list
            .iter()
            .position(|entry| id_in(entry, "payment") == Some(id));
        let money = money_json(amount, self.currency);
        match place {
            Some(at) if amount.is_zero() => {
                list.remove(at);
            }
            Some(at) => {
                if let Some(entry) = list.get_mut(at).and_then(Value::as_object_mut) {
                    entry.insert("appliedAmount".to_owned(), money);
                }
            }
            None if amount.is_zero() => {}
            None => list.push(entry(payer, id, money)),
        }
        if list.is_empty() {
            doc.shift_remove(APPLIED);
        }
    }
}

fn entries(doc: &Value) -> impl Iterator<Item = &Value> {
    let list = doc.get(APPLIED).and_then(Value::as_array);
    list.into_iter().flatten()
}

/// An `AppliedPayment`. A credit note is named like a payment: the standard has no other place for it.
fn entry(payer: Payer, id: &str, money: Value) -> Value {
    let mut entry = Map::new();
    entry.insert("appliedAmount".to_owned(), money);
    let payment = json!({ "@type": "PaymentRef", "id": id, "@referredType": payer.class() });
    entry.insert("payment".to_owned(), payment);
    Value::Object(entry)
}
