//! What an account owes or is owed. The amounts are rows of their own, because they change with
//! every charge and payment; an account shows them as `accountBalance`.
//!
//! Clients cannot write them. Charges, payments and disputes book by [`post`].

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::BALANCES;
use crate::behaviour::lifecycle::States;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency, Money, number_of};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::Decoration;
use crate::store::{
    Addition, BalanceKey, BalanceRow, DbResult, Hold, IdKey, ResourceRow, Session, Tx,
};

/// What is shown of an account that nothing was booked on.
const RECEIVABLE: &str = "ReceivableBalance";

/// An amount to be added to a balance.
#[derive(Clone, Debug)]
pub struct Posting {
    /// Kind, tenant and id of the account.
    pub account: IdKey,
    /// What is counted: `ReceivableBalance`, `DepositBalance`, `DisputedBalance` and so on.
    pub balance_type: String,
    /// What the holder owes more by, or, when it is negative, less.
    pub money: Money,
    /// When the balance holds, where that is new.
    pub valid_from: Option<Micros>,
    pub valid_to: Option<Micros>,
}

/// Adds to a balance, in the transaction of whatever causes it. The sum is exact, however many add
/// at the same time.
///
/// # Errors
/// `NotFound` without the account; `Conflict` when it is closed, and, at the commit, when the sum is larger
/// than can be kept; `InvalidBody` for an amount that cannot be booked exactly.
pub fn post(machines: &Machines, tx: &mut Tx<'_>, posting: &Posting, now: Micros) -> Outcome<()> {
    let IdKey { tenant, kind, id } = &posting.account;
    let rows = tx.hold(&posting.account, Hold::Shared)?;
    let row = rows
        .first()
        .ok_or_else(|| Problem::new(Code::NotFound, format!("There is no {kind} '{id}'.")))?;
    if !States::of(kind, machines).is_live(row.state.as_deref()) {
        let message = format!("Nothing is booked on {kind} '{id}', which is closed.");
        return Err(Problem::new(Code::Conflict, message));
    }
    let amount = Amount::of(posting.money.value)
        .map_err(|error| Problem::at(Code::InvalidBody, "/amount/value", error.to_string()))?;
    tx.add_to_balance(Addition {
        key: BalanceKey {
            tenant: *tenant,
            kind: kind.clone(),
            account: id.clone(),
            balance_type: posting.balance_type.clone(),
            currency: posting.money.currency.code.to_owned(),
        },
        amount: i128::from(amount.millionths()),
        valid_from: posting.valid_from.map(|instant| instant.0),
        valid_to: posting.valid_to.map(|instant| instant.0),
        at: now.0,
    });
    Ok(())
}

/// Refuses money in a currency that is neither that of the account nor one that it was ever billed in.
///
/// # Errors
/// `Conflict`; faults of the store.
pub fn refuse_strange(
    tx: &mut Tx<'_>,
    account: &IdKey,
    currency: &Currency,
    at: &str,
) -> Outcome<()> {
    let IdKey { tenant, kind, id } = account;
    let rows = tx.hold(account, Hold::Shared)?;
    let own = rows.first().and_then(|row| currency_of(&row.doc));
    if own.is_none_or(|own| own == currency.code) {
        return Ok(());
    }
    let balances = tx.balances(*tenant, kind, std::slice::from_ref(id))?;
    if balances.iter().any(|own| own.currency == currency.code) {
        return Ok(());
    }
    let message = format!("{kind} '{id}' owes nothing in {}", currency.code);
    Err(Problem::at(Code::Conflict, at, message))
}

/// The currency of a stored account. Nothing else of the document is kept in memory.
fn currency_of(doc: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Account {
        currency: Option<String>,
    }
    let account: Account = serde_json::from_str(doc).ok()?;
    account.currency
}

/// A balance in words: `ReceivableBalance is 9.90 EUR`.
pub fn shown(row: &BalanceRow) -> String {
    let value = decimal(row);
    format!("{} is {value} {}", row.balance_type, row.currency)
}

fn decimal(row: &BalanceRow) -> rust_decimal::Decimal {
    let currency = Currency::of(&row.currency);
    let digits = currency.and_then(|currency| currency.digits);
    Amount::from_millionths(row.amount).decimal(digits.unwrap_or_default())
}

/// Shows balances at accounts.
pub struct Balances {
    /// The currency of accounts that name none.
    pub currency: &'static Currency,
}

impl Decoration for Balances {
    fn attributes(&self) -> &'static [&'static str] {
        &[BALANCES]
    }

    fn decorate(&self, session: &mut dyn Session, rows: &mut [ResourceRow]) -> DbResult<()> {
        let Some((tenant, kind)) = rows.first().map(|row| (row.tenant, row.kind.clone())) else {
            return Ok(());
        };
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        let mut by_account: HashMap<String, Vec<BalanceRow>> = HashMap::new();
        for balance in session.balances(tenant, &kind, &ids)? {
            let account = balance.account.clone();
            by_account.entry(account).or_default().push(balance);
        }
        for row in rows {
            let balances = by_account.get(&row.id).map_or(&[][..], Vec::as_slice);
            let list = self.list(row, balances);
            row.doc = with(&row.doc, &list);
        }
        Ok(())
    }
}

impl Balances {
    /// The balances of an account, or a receivable of nothing.
    fn list(&self, row: &ResourceRow, balances: &[BalanceRow]) -> Value {
        let own = currency_of(&row.doc);
        let own = own.as_deref().unwrap_or(self.currency.code);
        // What is left of a currency that the account had before is nothing, or it could not have
        // been changed.
        let list: Vec<Value> = balances
            .iter()
            .filter(|balance| balance.amount != 0 || balance.currency == own)
            .map(|balance| entry(row, balance))
            .collect();
        if !list.is_empty() {
            return Value::Array(list);
        }
        let nothing = BalanceRow {
            tenant: row.tenant,
            kind: row.kind.clone(),
            account: row.id.clone(),
            balance_type: RECEIVABLE.to_owned(),
            currency: own.to_owned(),
            amount: 0,
            valid_from: None,
            valid_to: None,
            updated_at: row.created_at,
        };
        Value::Array(vec![entry(row, &nothing)])
    }
}

/// An `AccountBalance`. A balance without a beginning of its own begins with the account.
fn entry(row: &ResourceRow, balance: &BalanceRow) -> Value {
    let mut period = Map::new();
    let start = balance.valid_from.unwrap_or(row.created_at);
    period.insert(
        "startDateTime".to_owned(),
        Micros(start).to_rfc3339().into(),
    );
    if let Some(end) = balance.valid_to {
        period.insert("endDateTime".to_owned(), Micros(end).to_rfc3339().into());
    }
    json!({
        "@type": "AccountBalance",
        "id": format!("{}-{}", balance.balance_type, balance.currency),
        "balanceType": balance.balance_type,
        "amount": { "unit": balance.currency, "value": number_of(decimal(balance)) },
        "validFor": period,
    })
}

/// A stored document with balances behind its last member: no JSON is read.
fn with(doc: &str, list: &Value) -> String {
    let Some(body) = doc.strip_suffix('}') else {
        return doc.to_owned();
    };
    let comma = if body.ends_with('{') { "" } else { "," };
    format!("{body}{comma}\"{BALANCES}\":{list}}}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{currency_of, with};

    #[test]
    fn balances_stand_behind_the_last_member() {
        let list = json!([1]);
        assert_eq!(with("{}", &list), r#"{"accountBalance":[1]}"#);
        assert_eq!(
            with(r#"{"a":{}}"#, &list),
            r#"{"a":{},"accountBalance":[1]}"#
        );
    }

    #[test]
    fn the_currency_is_read_alone() {
        assert_eq!(
            currency_of(r#"{"name":"a","currency":"CHF","x":[{}]}"#).as_deref(),
            Some("CHF")
        );
        assert_eq!(currency_of(r#"{"contact":{"currency":"CHF"}}"#), None);
        assert_eq!(currency_of(r#"{"currency":5}"#), None);
    }
}
