//! What customers owe and what they paid: which payment pays which bill, what a credit note takes
//! off which line, how old debts are, and the journal that bookkeeping reads. Pure: amounts and dates
//! in, amounts out.
//!
//! - `allocation` which bills a payment or a credit pays, and what stays on account;
//! - `reversal` takes a payment back from the bills that it paid;
//! - `standing` what is left of a bill, and the state that this means;
//! - `credit_note` corrects lines of a bill, with the taxes that were billed on them;
//! - `aging` open items by the days that they are overdue;
//! - `journal` double entries of all of this, and their export.
//!
//! Amounts are whole millionths ([`Amount`](crate::domain::money::Amount)), so nothing is rounded but
//! where a share of a tax is taken. Nothing here ever adds two currencies.

pub mod aging;
pub mod allocation;
pub mod credit_note;
pub mod journal;
mod refusal;
pub mod reversal;
mod share;
pub mod standing;
#[cfg(test)]
mod tests;
mod total;

pub use refusal::Refusal;
pub use total::Total;
