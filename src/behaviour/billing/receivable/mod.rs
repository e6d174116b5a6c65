//! What becomes of bills once they have a number: they are paid, disputed and corrected.
//!
//! - `rules` what clients may do to bills; `payment`, `refund` and `dispute` the rules of these kinds;
//! - `ledger` what one account owes and has on account, while it is changed; `bill` and `fund` are what
//!   it is made of;
//! - `mailing` sends bills when that is due;
//! - `credit_note` makes credit notes; `lines` reads and writes the charges on bills;
//! - `report` reads what the store has for the aging report and the journal.
//!
//! Which payment pays what is decided in `billing::receivable`, which is pure. All that follows from one
//! request is written in its transaction. docs/receivables.md tells clients the same.

mod bill;
mod credit_note;
mod dispute;
mod fund;
mod ledger;
mod lines;
pub mod mailing;
mod payment;
mod refund;
pub mod report;
mod rules;

use serde_json::Value;

use crate::billing::receivable::Refusal;
use crate::domain::json::pointer;
use crate::domain::money::{Amount, Currency, Money};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Caller;

pub use dispute::TicketRules;
pub use ledger::{Desk, enter};
pub use payment::PaymentRules;
pub use refund::RefundRules;
pub use rules::BillRules;

/// Bills and credit notes.
pub const BILL: &str = "customerBill";
/// Money that came in.
pub const PAYMENT: &str = "payment";
/// Money that is given back.
pub const REFUND: &str = "refund";
/// Disputes are tickets.
pub const TICKET: &str = "troubleTicket";

/// Balance of an account: what is left to be paid of its bills.
pub const RECEIVABLE: &str = "ReceivableBalance";
/// Balance of an account: what was paid or credited and pays no bill yet. It is below nothing.
pub const ON_ACCOUNT: &str = "OnAccountBalance";

/// `category` of a bill that takes something off another.
pub const CREDIT_NOTE: &str = "creditNote";
/// `@type` of the payment method by which a debt is given up.
pub const WRITE_OFF: &str = "writeOff";
/// `@type` of the payment method of a refund that the bank made.
pub const CHARGEBACK: &str = "chargeback";

/// Who writes bills and payments when something follows from a request.
fn server(tenant: i64) -> Caller {
    Caller {
        tenant,
        principal: "@receivables".to_owned(),
    }
}

/// Money in a document, exactly.
///
/// # Errors
/// What is wrong with it, by pointer.
fn money_at(doc: &Value, name: &str, at: &str) -> Outcome<(Amount, &'static Currency)> {
    let at = pointer::child(at, name);
    let missing = || Problem::at(Code::InvalidBody, at.clone(), "is missing");
    let json = doc.get(name).filter(|json| !json.is_null());
    let money = Money::read(json.ok_or_else(missing)?).map_err(|error| {
        let path = format!("{at}{}", error.attribute());
        Problem::at(Code::InvalidBody, path, error.to_string())
    })?;
    let amount = Amount::of(money.value).map_err(|error| {
        let path = pointer::child(&at, "value");
        Problem::at(Code::InvalidBody, path, error.to_string())
    })?;
    Ok((amount, money.currency))
}

/// Money in a stored document, if there is any that can be booked.
fn stored_money(doc: &Value, name: &str) -> Option<(Amount, &'static Currency)> {
    let money = Money::read(doc.get(name)?).ok()?;
    Some((Amount::of(money.value).ok()?, money.currency))
}

/// The `Money` of an amount.
fn money_json(amount: Amount, currency: &'static Currency) -> Value {
    amount.in_currency(currency).to_json()
}

/// A refusal in the words of the API. What is wrong with the amount itself is the body's fault, the rest
/// contradicts what is there.
fn refused(refusal: &Refusal, at: &str) -> Problem {
    let code = match refusal {
        Refusal::NotPositive | Refusal::TooFine | Refusal::TooLarge => Code::InvalidBody,
        _ => Code::Conflict,
    };
    Problem::at(code, at, refusal.to_string())
}

/// The id in a reference.
fn id_in<'d>(doc: &'d Value, name: &str) -> Option<&'d str> {
    doc.get(name)?.get("id")?.as_str()
}

/// Less than before by an amount; amounts of one account never come near the end of 64 bits.
fn minus(from: Amount, amount: Amount) -> Outcome<Amount> {
    plus(from, negative(amount))
}

/// More than before by an amount.
fn plus(to: Amount, amount: Amount) -> Outcome<Amount> {
    to.plus(amount)
        .ok_or_else(|| refused(&Refusal::TooLarge, ""))
}

/// The other sign.
const fn negative(amount: Amount) -> Amount {
    Amount::from_millionths(amount.millionths().saturating_neg())
}
