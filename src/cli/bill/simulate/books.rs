//! What was billed: every bill is read once, when it has been made.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::super::Failure;
use super::charges::{Bill, Charge};
use super::world::World;
use crate::behaviour::billing::receivable;
use crate::domain::clock::Micros;
use crate::domain::problem::Problem;
use crate::engine::Caller;
use crate::store::{DbError, DbResult, Plan, Position, Session};

/// Bills that are read at once.
const PAGE: u64 = 500;

/// All that was billed and paid.
#[derive(Default)]
pub struct Books {
    /// What was read up to now.
    seq: i64,
    pub accounts: HashMap<String, Own>,
    /// Numbers of bills, and those of credit notes.
    pub numbers: BTreeMap<&'static str, BTreeSet<u64>>,
    pub digest: u128,
    pub bills: u64,
    pub charges: u64,
    /// What all bills come to, with tax.
    pub gross: i128,
}

/// What an account was billed and has paid, in millionths.
#[derive(Default)]
pub struct Own {
    pub owed: i64,
    pub paid: i64,
    /// The end of what its last bill covers.
    pub through: Option<Micros>,
    /// Without usage and without tax, by product.
    pub charged: HashMap<String, i64>,
    /// Usage before rounding and without tax, by product.
    pub used: HashMap<String, i64>,
}

fn fault(problem: Problem) -> DbError {
    DbError::Fault(problem.logged().to_string())
}

/// Bills behind one, with their charges.
fn page(session: &mut dyn Session, after: i64) -> DbResult<Vec<Bill>> {
    let tenant = Caller::local().tenant;
    let plan = Plan {
        after: (after > 0).then_some(Position {
            value: None,
            seq: after,
        }),
        limit: PAGE,
        ..Plan::all(tenant, receivable::BILL)
    };
    let bills = session.list(&plan)?.into_iter().map(Bill::read);
    let mut bills = bills.collect::<Result<Vec<_>, _>>().map_err(fault)?;
    let ids: Vec<String> = bills.iter().map(|bill| bill.id.clone()).collect();
    let sheets = session.sheets_of_bills(tenant, &ids)?;
    let mut charges: HashMap<String, Vec<Charge>> = HashMap::new();
    for row in session.sheet_documents(&sheets)? {
        let charge = Charge::read(row).map_err(fault)?;
        charges.entry(charge.bill.clone()).or_default().push(charge);
    }
    for bill in &mut bills {
        bill.charges = charges.remove(&bill.id).unwrap_or_default();
    }
    Ok(bills)
}

impl Books {
    /// Bills that were made since the last were taken in.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn fresh(&self, world: &World) -> Result<Vec<Bill>, Failure> {
        let after = self.seq;
        world
            .read(move |session| {
                let (mut all, mut after) = (Vec::new(), after);
                loop {
                    let mut some = page(session, after)?;
                    let Some(last) = some.last() else {
                        return Ok(all);
                    };
                    after = last.seq;
                    all.append(&mut some);
                }
            })
            .await
    }

    /// Takes bills in. Answers what is wrong with their numbers.
    pub fn take(&mut self, bills: &[Bill]) -> Vec<String> {
        let mut wrong = Vec::new();
        for bill in bills {
            self.seq = self.seq.max(bill.seq);
            self.bills += 1;
            self.charges += bill.charges.len() as u64;
            self.digest = self.digest.wrapping_add(bill.digest());
            self.gross += i128::from(bill.gross);
            if !self.take_number(bill) {
                wrong.push(format!(
                    "account {}, bill {}: its number {:?} is none, or that of another bill",
                    bill.account, bill.id, bill.number
                ));
            }
            self.accounts
                .entry(bill.account.clone())
                .or_default()
                .take(bill);
        }
        wrong
    }

    fn take_number(&mut self, bill: &Bill) -> bool {
        let series = match bill.is_credit_note() {
            true => "credit notes",
            false => "bills",
        };
        let digits = |text: &String| {
            let place = text.rfind(|c: char| !c.is_ascii_digit());
            let digits = place.and_then(|place| text.get(place + 1..));
            digits.unwrap_or(text).parse::<u64>().ok()
        };
        let number = bill.number.as_ref().and_then(digits);
        number.is_some_and(|number| self.numbers.entry(series).or_default().insert(number))
    }

    /// Takes a payment in.
    pub fn pay(&mut self, account: &str, millionths: i64) {
        let own = self.accounts.entry(account.to_owned()).or_default();
        own.paid = own.paid.saturating_add(millionths);
    }
}

impl Own {
    fn take(&mut self, bill: &Bill) {
        self.owed = self.owed.saturating_add(bill.gross);
        if bill.is_credit_note() {
            return;
        }
        self.through = self.through.max(bill.to);
        for charge in &bill.charges {
            let product = charge.product.clone().unwrap_or_default();
            let (sums, amount) = match charge.usage {
                Some(exact) => (&mut self.used, exact),
                None => (&mut self.charged, charge.net),
            };
            let sum = sums.entry(product).or_default();
            *sum = sum.saturating_add(amount);
        }
    }
}
