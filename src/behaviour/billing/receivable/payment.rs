//! Payments (TMF676): what has come in is matched with bills in the same transaction.
//!
//! TMF676 lets nobody change a payment once it is there, so a payment is what a bank or a card scheme says
//! has come in: it is `done` at once. What pays no bill stays on account, and the payment says how much that
//! is (`unappliedAmount`). A payment by the method `writeOff` gives a debt up, and leaves nothing on account.

use std::sync::Arc;

use serde_json::Value;

use super::bill::Payer;
use super::fund::{DONE, STATUS, UNAPPLIED, set_status, set_unapplied};
use super::ledger::{Desk, Ledger, promised};
use super::{PAYMENT, WRITE_OFF, id_in, money_at};
use crate::behaviour::account;
use crate::behaviour::own::Own;
use crate::behaviour::value::is_spelled;
use crate::billing::receivable::allocation::{Incoming, Matched, Named};
use crate::domain::json::pointer;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::Change;
use crate::store::{IdKey, Tx};

/// What a payment was matched by: it stays.
const FIXED: [&str; 6] = [
    "totalAmount",
    "account",
    "paymentItem",
    "paymentMethod",
    STATUS,
    UNAPPLIED,
];

/// The own rules of the kind `payment`.
pub struct PaymentRules {
    machines: Arc<Machines>,
}

impl PaymentRules {
    pub fn new(machines: &Arc<Machines>) -> Self {
        PaymentRules {
            machines: Arc::clone(machines),
        }
    }

    fn take_in(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        let (amount, currency) = money_at(doc, "totalAmount", "")?;
        set_status(doc, DONE, change.now);
        let incoming = Incoming {
            id: change.id.to_owned(),
            currency,
            amount,
            named: named(doc)?,
        };
        let tenant = change.caller.tenant;
        let Some(account) = account_of(change.tx, tenant, doc)? else {
            // References are not checked: there is nobody whose bills it could pay.
            set_unapplied(doc, amount, currency);
            return Ok(());
        };
        account::refuse_strange(change.tx, &account, currency, "/totalAmount/unit")?;
        let id = change.id;
        let mut ledger = Ledger::open(desk(change, &self.machines), change.tx, account)?;
        let matched = ledger.receive(Payer::Payment, &incoming)?;
        if is_by(doc, WRITE_OFF) {
            refuse_strange(&incoming, &matched)?;
        }
        set_unapplied(doc, matched.left, currency);
        // The bills name it before it is written.
        change
            .tx
            .promise(IdKey::new(tenant, PAYMENT, id), promised(PAYMENT, id));
        ledger.write(change.tx)
    }
}

impl Own for PaymentRules {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        match old {
            None => self.take_in(change, doc),
            Some(_) if change.caller.is_server() => Ok(()),
            Some(old) => refuse_changes(&FIXED, old, doc),
        }
    }
}

/// A write-off gives up what it names, and nothing else.
fn refuse_strange(incoming: &Incoming, matched: &Matched) -> Outcome<()> {
    let is_named = |bill: &str| incoming.named.iter().any(|named| named.bill == bill);
    let strange = matched.allocations.iter().any(|own| !is_named(&own.bill));
    if matched.left.is_zero() && (incoming.named.is_empty() || !strange) {
        return Ok(());
    }
    let message = "is more than there is to give up";
    Err(Problem::at(Code::Conflict, "/totalAmount", message))
}

/// Refuses changes of what was booked.
///
/// # Errors
/// `Conflict` with the first attribute that differs.
pub fn refuse_changes(fixed: &[&str], old: &Value, doc: &Value) -> Outcome<()> {
    let changed = fixed.iter().find(|name| old.get(**name) != doc.get(**name));
    match changed {
        None => Ok(()),
        Some(name) => Err(Problem::at(
            Code::Conflict,
            pointer::child("", name),
            "was booked and cannot be changed any more",
        )),
    }
}

/// Where the ledger of a change is kept.
pub fn desk<'d>(change: &Change<'d, '_>, machines: &'d Machines) -> Desk<'d> {
    Desk {
        core: change.core,
        machines,
        tenant: change.caller.tenant,
        now: change.now,
    }
}

/// The account that a payment or refund is booked to; none when there is no such account.
///
/// # Errors
/// A fault of the store.
pub fn account_of(tx: &mut Tx<'_>, tenant: i64, doc: &Value) -> Outcome<Option<IdKey>> {
    let Some(id) = id_in(doc, "account") else {
        return Ok(None);
    };
    for kind in account::KINDS {
        let key = IdKey::new(tenant, kind, id);
        if !tx.versions(&key)?.is_empty() {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// Whether money is moved by a method of ours.
pub fn is_by(doc: &Value, method: &str) -> bool {
    let class = doc.get("paymentMethod").and_then(|own| own.get("@type"));
    class
        .and_then(Value::as_str)
        .is_some_and(|class| is_spelled(class, &method.to_ascii_lowercase()))
}

/// The bills that a payment names, with the part that is for each.
fn named(doc: &Value) -> Outcome<Vec<Named>> {
    let items = doc.get("paymentItem").and_then(Value::as_array);
    let mut named = Vec::new();
    for (at, item) in items.into_iter().flatten().enumerate() {
        let Some(bill) = id_in(item, "item") else {
            continue;
        };
        let place = format!("/paymentItem/{at}");
        let part = ["totalAmount", "amount"]
            .into_iter()
            .find(|name| item.get(*name).is_some_and(|value| !value.is_null()));
        let amount = part.map(|name| money_at(item, name, &place)).transpose()?;
        named.push(Named {
            bill: bill.to_owned(),
            amount: amount.map(|(amount, _)| amount),
        });
    }
    Ok(named)
}
