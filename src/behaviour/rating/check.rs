//! Looking for what compiles but is hardly meant.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::book::Book;
use super::compile::unusable;
use super::prices::{OFFERING, PRICE, current, of_offering};
use super::shelf::Shelf;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Caller;
use crate::rating::lint::{self, Finding};
use crate::rating::tariff::{PriceFault, Tariff};
use crate::store::Store;

/// What is hardly meant in a table.
///
/// # Errors
/// `NotFound`.
pub async fn lint_table(shelf: &Shelf, id: &str, version: Option<&str>) -> Outcome<Value> {
    let source = shelf.source(id, version).await?;
    let found = tokio::task::spawn_blocking(move || lint::table(&source)).await;
    Ok(shown(&found.map_err(Problem::internal)?))
}

/// What is hardly meant in a price and all that it refers to.
///
/// # Errors
/// `NotFound`; `UnusablePrice` for one that does not compile.
pub async fn lint_price(store: &Store, book: &Book, caller: &Caller, id: &str) -> Outcome<Value> {
    let wanted = json!({ "productOfferingPrice": [{ "id": id }] });
    let (tenant, own) = (caller.tenant, id.to_owned());
    let read = store.scan(move |session| Ok(of_offering(session, tenant, &wanted)));
    let prices = read.await??;
    if !prices.iter().any(|(id, _)| *id == own) {
        return Err(missing(PRICE, id));
    }
    findings(&prices, book, tenant, Some(id))
}

/// What is hardly meant in the prices of an offering.
///
/// # Errors
/// `NotFound`; `UnusablePrice` where one does not compile.
pub async fn lint_offering(
    store: &Store,
    book: &Book,
    caller: &Caller,
    id: &str,
) -> Outcome<Value> {
    let (tenant, own) = (caller.tenant, id.to_owned());
    let read = store.scan(move |session| {
        let found = current(session, tenant, OFFERING, &own);
        Ok(found.and_then(|offering| match offering {
            Some(offering) => of_offering(session, tenant, &offering).map(Some),
            None => Ok(None),
        }))
    });
    let prices = read.await??.ok_or_else(|| missing(OFFERING, id))?;
    findings(&prices, book, tenant, None)
}

fn missing(kind: &str, id: &str) -> Problem {
    Problem::new(Code::NotFound, format!("There is no {kind} '{id}'."))
}

/// Compiles prices together and looks at them. Pointers of faults begin with the price, unless it is the
/// one that was asked for.
fn findings(
    prices: &[(String, Value)],
    book: &Book,
    tenant: i64,
    own: Option<&str>,
) -> Outcome<Value> {
    let documents = prices.iter();
    let documents: HashMap<Box<str>, Arc<Value>> = documents
        .map(|(id, doc)| (id.as_str().into(), Arc::new(doc.clone())))
        .collect();
    let library = book.library(tenant).with_prices(documents);
    let named: Vec<(&str, &Value)> = prices.iter().map(|(id, doc)| (id.as_str(), doc)).collect();
    let placed = |PriceFault { price, fault }: PriceFault| match own {
        Some(own) if own == &*price => fault,
        _ => fault.below(&format!("/{price}")),
    };
    match Tariff::compile(&named, &library) {
        Ok(tariff) => Ok(shown(&lint::tariff(&tariff))),
        Err(faults) => Err(unusable(faults.into_iter().map(placed).collect())),
    }
}

fn shown(findings: &[Finding]) -> Value {
    let list = findings.iter().map(|finding| {
        json!({
            "id": &*finding.id,
            "path": finding.pointer,
            "kind": finding.kind.as_str(),
            "message": finding.message,
        })
    });
    json!({ "@type": "TariffLint", "finding": list.collect::<Vec<_>>() })
}
