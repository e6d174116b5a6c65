//! The lines of bills that a record of usage is in.

use serde_json::{Value, json};

use super::{Line, RATE, priced};
use crate::behaviour::document;
use crate::charging::tally::noted;
use crate::domain::adapt::href::reference;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::invoicing::gather::{BILLED_TO, PRODUCT};
use crate::invoicing::settings::Invoicing;
use crate::store::{IdKey, Match, Plan, ResourceRow, Session};

/// A record that has a price.
struct Priced {
    at: i64,
    product: String,
    doc: Value,
    trace: Value,
}

impl Invoicing {
    /// The lines that the parts of a record are in, each with its bill; nothing for what waits to be billed or has
    /// no price. A part is in the first line of its sum that was made after the record was priced.
    ///
    /// # Errors
    /// `NotFound` without the record; faults of the store.
    pub fn lines_with(&self, tenant: i64, usage: &str) -> Outcome<Vec<Value>> {
        self.read(|session| {
            let Some(own) = read(session, tenant, usage)? else {
                return Ok(Vec::new());
            };
            let mut found: Vec<&ResourceRow> = Vec::new();
            let lines = self.lines_of_payer(session, tenant, &own)?;
            for (key, _) in noted(&own.doc, &own.trace) {
                let of_sum = lines.iter().filter(|(_, line)| line.has(&key));
                let first = of_sum.min_by_key(|(row, _)| (row.created_at, row.seq));
                let first = first.map(|(row, _)| row);
                found.extend(first.filter(|row| found.iter().all(|other| other.seq != row.seq)));
            }
            found.into_iter().map(shown).collect()
        })
    }

    /// Lines of usage of the product that were made since the record was priced.
    fn lines_of_payer(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        own: &Priced,
    ) -> Outcome<Vec<(ResourceRow, Line)>> {
        let key = IdKey::new(tenant, PRODUCT, &own.product);
        let rows = session.versions(&key)?;
        let Some(row) = rows.into_iter().find(|row| row.current) else {
            return Ok(Vec::new());
        };
        let product = document(&row)?;
        let Some(account) = product
            .pointer("/billingAccount/id")
            .and_then(Value::as_str)
        else {
            return Ok(Vec::new());
        };
        let of_account = Match::Equals(account.to_owned());
        let plan = Plan::having(tenant, RATE, self.indexed(RATE, BILLED_TO)?, of_account);
        let mut lines = Vec::new();
        for row in session.list(&plan)? {
            if row.created_at < own.at {
                continue;
            }
            let line = Line::read(&document(&row)?);
            lines.extend(
                line.filter(|line| line.product == own.product)
                    .map(|line| (row, line)),
            );
        }
        Ok(lines)
    }
}

/// A record; none for one without a price.
fn read(session: &mut dyn Session, tenant: i64, id: &str) -> Outcome<Option<Priced>> {
    let missing = || Problem::new(Code::NotFound, format!("There is no usage '{id}'."));
    let row = session.usage_record(tenant, id)?.ok_or_else(missing)?;
    let (Some(at), Some(trace)) = (priced(&row), session.usage_trace(&row)?) else {
        return Ok(None);
    };
    let broken = |error| Problem::internal(format!("a trace that is no JSON: {error}"));
    let trace = serde_json::from_str(&trace).map_err(broken)?;
    let Some(resource) = session.usage_documents(vec![row])?.into_iter().next() else {
        return Ok(None);
    };
    let doc = document(&resource)?;
    let product = doc.pointer("/product/id").and_then(Value::as_str);
    let Some(product) = product.map(str::to_owned) else {
        return Ok(None);
    };
    Ok(Some(Priced {
        at,
        product,
        doc,
        trace,
    }))
}

fn shown(row: &ResourceRow) -> Outcome<Value> {
    let doc = document(row)?;
    let mut line = reference(
        "AppliedCustomerBillingRateRef",
        RATE,
        "AppliedCustomerBillingRate",
        &row.id,
    );
    if let Some(members) = line.as_object_mut() {
        for name in ["name", "bill"] {
            members.insert(
                name.to_owned(),
                doc.get(name).cloned().unwrap_or(json!(null)),
            );
        }
    }
    Ok(line)
}
