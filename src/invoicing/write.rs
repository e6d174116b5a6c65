//! Bills in the database: bill, lines, numbers, what billing knows and what usage has left behind, all in one
//! transaction, and nothing of it when an account was billed by somebody else meanwhile.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::gather::ACCOUNT;
use super::make::Made;
use super::settings::Invoicing;
use super::usage::Taken;
use crate::behaviour::billing::{keep_documents, mail, receivable};
use crate::domain::clock::Micros;
use crate::domain::money::Amount;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Caller, NewResource, create_in};
use crate::store::rates::{BillingWrite, SheetRow};
use crate::store::usage::UsageSumRow;
use crate::store::{Addition, BalanceKey, Tx};

pub const BILL: &str = "customerBill";

impl Invoicing {
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
        let mut accounts: Vec<String> = made.iter().map(|own| own.account.clone()).collect();
        // Those of an account stand together.
        accounts.dedup();
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
