//! Refunds (TMF676): money that is given back, of a payment or of what is on account.
//!
//! A refund that names a payment takes it back: first what of it is on account, then from the bills that it
//! paid, which are open again. A refund by the method `chargeback` says that the bank did so. A refund that
//! names none pays out what is on account. A refund by the method `writeOff` takes a write-off back.

use std::sync::Arc;

use serde_json::Value;

use super::fund::{DONE, STATUS, set_status};
use super::ledger::Ledger;
use super::payment::{account_of, desk, is_by, refuse_changes};
use super::{CHARGEBACK, WRITE_OFF, id_in, money_at};
use crate::behaviour::own::Own;
use crate::domain::money::{Amount, Currency};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::Change;

/// What a refund was booked by: it stays.
const FIXED: [&str; 5] = ["totalAmount", "account", "payment", "paymentMethod", STATUS];

/// The own rules of the kind `refund`.
pub struct RefundRules {
    machines: Arc<Machines>,
}

impl RefundRules {
    pub fn new(machines: &Arc<Machines>) -> Self {
        RefundRules {
            machines: Arc::clone(machines),
        }
    }

    fn give_back(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        let (amount, currency) = money_at(doc, "totalAmount", "")?;
        if amount <= Amount::ZERO {
            let message = "must be more than nothing";
            return Err(Problem::at(
                Code::InvalidBody,
                "/totalAmount/value",
                message,
            ));
        }
        set_status(doc, DONE, change.now);
        let tenant = change.caller.tenant;
        let Some(account) = account_of(change.tx, tenant, doc)? else {
            return Ok(());
        };
        let mut ledger = Ledger::open(desk(change, &self.machines), change.tx, account)?;
        match id_in(doc, "payment") {
            Some(payment) => {
                ledger.load_payment(change.tx, payment)?;
                refuse_other(&ledger, payment, currency)?;
                refuse_other_method(&ledger, payment, doc)?;
                let by_bank = is_by(doc, CHARGEBACK);
                ledger.take_back(change.tx, payment, amount, by_bank)?;
            }
            None if is_by(doc, WRITE_OFF) => {
                let message = "is missing: which write-off is taken back";
                return Err(Problem::at(Code::InvalidBody, "/payment", message));
            }
            None => {
                let paid = ledger.pay_out(amount, currency)?;
                if paid < amount {
                    let there = paid.in_currency(currency);
                    let message = format!("no more than {there} is on account");
                    return Err(Problem::at(Code::Conflict, "/totalAmount", message));
                }
            }
        }
        ledger.write(change.tx)
    }
}

/// Only what was paid to the account is refunded from it, in the currency it came in.
fn refuse_other(ledger: &Ledger<'_>, payment: &str, currency: &'static Currency) -> Outcome<()> {
    let Some(fund) = ledger.payment(payment) else {
        let message = format!("there is no payment '{payment}' to the account");
        return Err(Problem::at(Code::Conflict, "/payment/id", message));
    };
    if fund.currency != currency {
        let message = format!("the payment was made in {}", fund.currency.code);
        return Err(Problem::at(Code::Conflict, "/totalAmount/unit", message));
    }
    Ok(())
}

/// No money moves when a write-off is taken back, so it is by the same method.
fn refuse_other_method(ledger: &Ledger<'_>, payment: &str, doc: &Value) -> Outcome<()> {
    let was = ledger
        .payment(payment)
        .is_some_and(|fund| is_by(&fund.doc, WRITE_OFF));
    if was == is_by(doc, WRITE_OFF) {
        return Ok(());
    }
    let message = "a write-off, and nothing else, is taken back by the method 'writeOff'";
    Err(Problem::at(Code::Conflict, "/paymentMethod/@type", message))
}

impl Own for RefundRules {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        match old {
            None => self.give_back(change, doc),
            Some(old) => refuse_changes(&FIXED, old, doc),
        }
    }
}
