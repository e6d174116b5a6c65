//! What one account owes and has on account, while a transaction changes it.
//!
//! Whoever opens a ledger holds the account's receivables until the transaction ends, so that two payments
//! do not pay the same bill. Opening it puts to use what is on account and could pay a bill: a bill and a
//! payment that were written at the same time meet at the latest when either account holder or bank is heard
//! of again.

use std::collections::{BTreeMap, BTreeSet};

use super::bill::{Bill, Payer};
use super::fund::Fund;
use super::{BILL, ON_ACCOUNT, PAYMENT, RECEIVABLE, minus, negative, plus, refused, server};
use crate::behaviour::account::{Posting, post};
use crate::billing::receivable::allocation::{
    Allocation, Credit, Incoming, Matched, OpenBill, allocate, draw,
};
use crate::billing::receivable::reversal::{Funds, TakenBack, take_back};
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};
use crate::domain::problem::{Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::{Caller, Core, rewrite_in};
use crate::store::{Head, IdKey, ResourceRow, Tx};

const BILLING_ACCOUNT: &str = "billingAccount";
/// Payments of an account, by the path of their index.
const PAID_TO: &str = "account.id";
/// Bills of an account.
const BILLED_TO: &str = "billingAccount.id";
/// Bills that something pays.
const PAID_BY: &str = "appliedPayment.payment.id";
/// States of bills of which something may be left.
const OPEN: [&str; 4] = ["validated", "sent", "partiallyPaid", "onHold"];

/// Where a ledger is kept.
pub struct Desk<'d> {
    pub core: &'d Core,
    pub machines: &'d Machines,
    pub tenant: i64,
    pub now: Micros,
}

/// The receivables of an account.
pub struct Ledger<'d> {
    desk: Desk<'d>,
    caller: Caller,
    account: IdKey,
    bills: BTreeMap<String, Bill>,
    funds: BTreeMap<String, Fund>,
    changed: BTreeSet<String>,
    /// By currency: what more is owed, and what more is on account.
    moved: BTreeMap<&'static str, (&'static Currency, Amount, Amount)>,
}

impl<'d> Ledger<'d> {
    /// Opens the ledger of an account.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn open(desk: Desk<'d>, tx: &mut Tx<'_>, account: IdKey) -> Outcome<Self> {
        tx.lock(&format!("receivables {} {}", account.kind, account.id))?;
        let mut ledger = Ledger {
            caller: server(desk.tenant),
            desk,
            account,
            bills: BTreeMap::new(),
            funds: BTreeMap::new(),
            changed: BTreeSet::new(),
            moved: BTreeMap::new(),
        };
        ledger.load_bills(tx)?;
        if ledger.has_credit(tx)? {
            ledger.load_funds(tx)?;
            ledger.use_credits()?;
        }
        Ok(ledger)
    }

    /// Pays bills of what has come in, and answers what was paid and what is left. The payment or credit
    /// note itself is the caller's to write.
    ///
    /// # Errors
    /// What the rules of matching refuse.
    pub fn receive(&mut self, payer: Payer, incoming: &Incoming) -> Outcome<Matched> {
        let bills: Vec<OpenBill> = self.bills.values().filter_map(Bill::open).collect();
        let matched = allocate(incoming, &bills).map_err(|why| refused(&why, "/totalAmount"))?;
        for allocation in &matched.allocations {
            self.pay(payer, allocation)?;
        }
        self.book(incoming.currency, Amount::ZERO, matched.left)?;
        Ok(matched)
    }

    /// Takes an amount of a payment back, for a refund of it; one that the bank takes back as a whole has
    /// failed.
    ///
    /// # Errors
    /// `NotFound` without the payment; `Conflict` when it is another account's, in another currency, or
    /// less is left of it.
    pub fn take_back(
        &mut self,
        tx: &mut Tx<'_>,
        payment: &str,
        amount: Amount,
        by_bank: bool,
    ) -> Outcome<TakenBack> {
        let funds = self.funds_of(tx, payment)?;
        let all = funds.total().map_err(|why| refused(&why, "/totalAmount"))?;
        let taken = take_back(&funds, amount).map_err(|why| refused(&why, "/totalAmount"))?;
        for allocation in &taken.from_bills {
            let bill = self.bills.get_mut(&allocation.bill);
            let bill = bill.ok_or_else(|| Problem::internal("a bill was not read"))?;
            bill.unpay(payment, allocation.amount)?;
            let currency = bill.currency;
            self.changed.insert(allocation.bill.clone());
            self.book(currency, allocation.amount, Amount::ZERO)?;
        }
        let now = self.desk.now;
        let fund = self.funds.get_mut(payment);
        let fund = fund.ok_or_else(|| Problem::internal("a payment was not read"))?;
        fund.set_left(minus(fund.left, taken.from_account)?);
        if by_bank && amount == all {
            fund.fail(now);
        }
        let currency = fund.currency;
        self.changed.insert(payment.to_owned());
        self.book(currency, Amount::ZERO, negative(taken.from_account))?;
        // Bills that are open again may be paid by what else is on account.
        self.use_credits()?;
        Ok(taken)
    }

    /// Pays out what is on account, the oldest first; answers how much of it there was.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn pay_out(&mut self, amount: Amount, currency: &'static Currency) -> Outcome<Amount> {
        let wanted = OpenBill {
            id: String::new(),
            currency,
            remaining: amount,
            due: None,
            issued: self.desk.now,
            held: false,
        };
        let mut paid = Amount::ZERO;
        for allocation in draw(&self.credits(), &wanted) {
            self.use_credit(&allocation)?;
            paid = plus(paid, allocation.amount)?;
        }
        self.book(currency, Amount::ZERO, negative(paid))?;
        Ok(paid)
    }

    /// A payment of the account, when it is read.
    pub fn payment(&self, id: &str) -> Option<&Fund> {
        self.funds.get(id)
    }

    /// A bill of the account.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn bill(&mut self, tx: &mut Tx<'_>, id: &str) -> Outcome<Option<&mut Bill>> {
        if !self.bills.contains_key(id) {
            self.load(tx, vec![id.to_owned()])?;
        }
        Ok(self.bills.get_mut(id))
    }

    /// Notes that a bill was changed by who has it from [`Ledger::bill`].
    pub fn touch(&mut self, id: &str) {
        self.changed.insert(id.to_owned());
    }

    /// Reads a payment of the account.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn load_payment(&mut self, tx: &mut Tx<'_>, id: &str) -> Outcome<()> {
        if self.funds.contains_key(id) {
            return Ok(());
        }
        let rows = tx.versions(&IdKey::new(self.desk.tenant, PAYMENT, id))?;
        let row = rows.into_iter().find(|row| row.current);
        if let Some(fund) = row.map(Fund::stored).transpose()?.flatten() {
            self.keep_fund(fund);
        }
        Ok(())
    }

    /// Takes in a bill that gets its number: it is owed from now on, and what is on account pays it. Answers
    /// its document.
    fn enter(mut self, tx: &mut Tx<'_>, bill: Bill) -> Outcome<serde_json::Value> {
        let (id, currency, remaining) = (bill.id.clone(), bill.currency, bill.remaining);
        self.book(
            currency,
            remaining.max(Amount::ZERO),
            negative(remaining.min(Amount::ZERO)),
        )?;
        self.bills.insert(id.clone(), bill);
        self.use_credits()?;
        let mut bill = self.bills.remove(&id);
        if let Some(bill) = &mut bill {
            bill.demand();
        }
        self.changed.remove(&id);
        self.write(tx)?;
        bill.map(|bill| bill.doc)
            .ok_or_else(|| Problem::internal("a bill was lost"))
    }

    /// Writes what has changed, with its events, and books it on the balances of the account.
    ///
    /// # Errors
    /// `Conflict` when the account is closed or in another currency; what the rules of bills and payments
    /// refuse.
    pub fn write(self, tx: &mut Tx<'_>) -> Outcome<()> {
        let Ledger {
            desk,
            caller,
            account,
            bills,
            funds,
            changed,
            moved,
        } = self;
        let bills = bills
            .into_values()
            .map(|bill| (BILL, bill.id, bill.row, bill.doc));
        let funds = funds.into_values();
        let funds = funds.map(|fund| (PAYMENT, fund.row.id.clone(), Some(fund.row), fund.doc));
        for (kind, id, row, doc) in bills.chain(funds) {
            let Some(row) = row.filter(|_| changed.contains(&id)) else {
                continue;
            };
            let resource = desk.core.registry.canonical(kind);
            let resource =
                resource.ok_or_else(|| Problem::internal(format!("no form of {kind}")))?;
            rewrite_in(desk.core, tx, &caller, resource, row, doc, desk.now)?;
        }
        for (currency, owed, on_account) in moved.into_values() {
            for (balance, amount) in [(RECEIVABLE, owed), (ON_ACCOUNT, negative(on_account))] {
                if amount.is_zero() {
                    continue;
                }
                let posting = Posting {
                    account: account.clone(),
                    balance_type: balance.to_owned(),
                    money: amount.in_currency(currency),
                    valid_from: None,
                    valid_to: None,
                };
                post(desk.machines, tx, &posting, desk.now)?;
            }
        }
        Ok(())
    }

    /// Bills with a number of which something may be left.
    fn load_bills(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        if self.account.kind != BILLING_ACCOUNT {
            return Ok(());
        }
        let numbers = tx.attributes().numbers([BILL], BILLED_TO);
        let heads = tx.heads_by_index(self.desk.tenant, &numbers, &self.account.id, i64::MAX)?;
        let is_open = |head: &Head| head.state.as_deref().is_some_and(|s| OPEN.contains(&s));
        let open = heads.into_iter().filter(is_open).map(|head| head.id);
        self.load(tx, open.collect())
    }

    fn load(&mut self, tx: &mut Tx<'_>, ids: Vec<String>) -> Outcome<()> {
        for row in current(tx, self.desk.tenant, BILL, ids)? {
            if let Some(bill) = Bill::stored(row)?
                && bill.account == self.account.id
            {
                self.bills.entry(bill.id.clone()).or_insert(bill);
            }
        }
        Ok(())
    }

    /// Whether anything is on account, in any currency.
    fn has_credit(&self, tx: &mut Tx<'_>) -> Outcome<bool> {
        let IdKey { tenant, kind, id } = &self.account;
        let balances = tx.balances(*tenant, kind, std::slice::from_ref(id))?;
        Ok(balances
            .iter()
            .any(|own| own.balance_type == ON_ACCOUNT && own.amount != 0))
    }

    /// Payments of which something is on account. Credit notes are among the bills.
    fn load_funds(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let numbers = tx.attributes().numbers([PAYMENT], PAID_TO);
        let heads = tx.heads_by_index(self.desk.tenant, &numbers, &self.account.id, i64::MAX)?;
        let ids = heads.into_iter().map(|head| head.id).collect();
        for row in current(tx, self.desk.tenant, PAYMENT, ids)? {
            if let Some(fund) = Fund::stored(row)?
                && fund.credit().is_some()
            {
                self.keep_fund(fund);
            }
        }
        Ok(())
    }

    fn keep_fund(&mut self, fund: Fund) {
        if fund.account == self.account.id {
            self.funds.insert(fund.row.id.clone(), fund);
        }
    }

    /// A payment with the bills that it pays.
    fn funds_of(&mut self, tx: &mut Tx<'_>, payment: &str) -> Outcome<Funds> {
        let numbers = tx.attributes().numbers([BILL], PAID_BY);
        let heads = tx.heads_by_index(self.desk.tenant, &numbers, payment, i64::MAX)?;
        let known = |head: &Head| !self.bills.contains_key(&head.id);
        let ids = heads
            .into_iter()
            .filter(known)
            .map(|head| head.id)
            .collect();
        self.load(tx, ids)?;
        self.load_payment(tx, payment)?;
        let fund = self.funds.get(payment);
        let fund = fund.ok_or_else(|| Problem::internal("a payment of another account"))?;
        let applied = self.bills.values().filter_map(|bill| bill.applied(payment));
        Ok(Funds {
            source: payment.to_owned(),
            on_account: fund.left,
            applied: applied.collect(),
        })
    }

    fn credits(&self) -> Vec<Credit> {
        let of_bills = self.bills.values().filter_map(Bill::credit);
        of_bills
            .chain(self.funds.values().filter_map(Fund::credit))
            .collect()
    }

    /// Pays bills of what is on account, the oldest bill first. For bills that others have changed since the
    /// ledger was opened.
    ///
    /// # Errors
    /// `InvalidBody` for sums that are too large.
    pub fn use_credits(&mut self) -> Outcome<()> {
        let mut open: Vec<OpenBill> = self.bills.values().filter_map(Bill::open).collect();
        open.retain(|bill| !bill.held);
        open.sort_by_key(|bill| (bill.due.unwrap_or(Micros(i64::MAX)), bill.issued));
        for bill in open {
            for allocation in draw(&self.credits(), &bill) {
                let payer = match self.funds.contains_key(&allocation.source) {
                    true => Payer::Payment,
                    false => Payer::CreditNote,
                };
                self.use_credit(&allocation)?;
                self.pay(payer, &allocation)?;
                self.book(bill.currency, Amount::ZERO, negative(allocation.amount))?;
            }
        }
        Ok(())
    }

    /// Takes an amount off what is left of a payment or credit note.
    fn use_credit(&mut self, allocation: &Allocation) -> Outcome<()> {
        let source = &allocation.source;
        if let Some(fund) = self.funds.get_mut(source) {
            fund.set_left(minus(fund.left, allocation.amount)?);
        } else if let Some(note) = self.bills.get_mut(source) {
            note.use_credit(allocation.amount)?;
        }
        self.changed.insert(source.clone());
        Ok(())
    }

    fn pay(&mut self, payer: Payer, allocation: &Allocation) -> Outcome<()> {
        let bill = self.bills.get_mut(&allocation.bill);
        let bill = bill.ok_or_else(|| Problem::internal("a bill was not read"))?;
        bill.pay(payer, &allocation.source, allocation.amount)?;
        let currency = bill.currency;
        self.changed.insert(allocation.bill.clone());
        self.book(currency, negative(allocation.amount), Amount::ZERO)
    }

    fn book(
        &mut self,
        currency: &'static Currency,
        owed: Amount,
        on_account: Amount,
    ) -> Outcome<()> {
        let nothing = (currency, Amount::ZERO, Amount::ZERO);
        let sums = self.moved.entry(currency.code).or_insert(nothing);
        sums.1 = plus(sums.1, owed)?;
        sums.2 = plus(sums.2, on_account)?;
        Ok(())
    }
}

/// Current versions of ids, read with one query.
fn current(
    tx: &mut Tx<'_>,
    tenant: i64,
    kind: &str,
    ids: Vec<String>,
) -> Outcome<Vec<ResourceRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    tx.read_ahead(tenant, kind, &ids)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in &ids {
        let rows = tx.versions(&IdKey::new(tenant, kind, id))?;
        found.extend(rows.into_iter().find(|row| row.current));
    }
    Ok(found)
}

/// Takes in a bill that gets its number, before it is written: it is owed from now on, and what is on account
/// pays it. Answers the document to write. What has no amounts is as it was.
///
/// # Errors
/// `Conflict` when the account is closed or in another currency.
pub fn enter(
    desk: Desk<'_>,
    tx: &mut Tx<'_>,
    id: &str,
    doc: serde_json::Value,
) -> Outcome<serde_json::Value> {
    let Some(bill) = Bill::of(id.to_owned(), doc.clone(), desk.now) else {
        return Ok(doc);
    };
    // What pays the credit that a bill is must be there to be named.
    tx.promise(IdKey::new(desk.tenant, BILL, id), promised(BILL, id));
    let account = IdKey::new(desk.tenant, BILLING_ACCOUNT, &bill.account);
    Ledger::open(desk, tx, account)?.enter(tx, bill)
}

/// A resource that is about to be written.
pub fn promised(kind: &str, id: &str) -> Head {
    Head {
        seq: 0,
        kind: kind.to_owned(),
        id: id.to_owned(),
        version: String::new(),
        current: true,
        label: None,
        state: None,
    }
}
