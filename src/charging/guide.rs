//! Which product pays for a usage: the one that it names, else the one that is known in the network by
//! what it says.

use std::collections::{HashMap, HashSet};

use super::charge::{Reason, Task, started};
use super::payer::Payers;
use crate::behaviour::rating::Book;
use crate::domain::identifier::{Found, Identifier, Row, resolve};
use crate::domain::problem::Outcome;
use crate::rating::rated::Code;
use crate::store::Session;
use crate::store::usage::IdentifierRow;

/// Finds who pays for each of the tasks.
///
/// # Errors
/// When the database cannot be read.
pub fn guide(
    session: &mut dyn Session,
    book: &Book,
    payers: &Payers,
    tasks: &mut [Task],
) -> Outcome<()> {
    let tenants: HashSet<i64> = tasks.iter().map(|task| task.tenant).collect();
    for tenant in tenants {
        let mut own: Vec<&mut Task> = tasks
            .iter_mut()
            .filter(|task| task.tenant == tenant)
            .collect();
        guide_tenant(session, book, payers, tenant, &mut own)?;
    }
    Ok(())
}

fn guide_tenant(
    session: &mut dyn Session,
    book: &Book,
    payers: &Payers,
    tenant: i64,
    tasks: &mut [&mut Task],
) -> Outcome<()> {
    let named = tasks.iter().map(|task| task.content.product());
    let named: Vec<Option<String>> = named.map(|id| id.map(str::to_owned)).collect();
    let known_by: Vec<Vec<Identifier>> = tasks
        .iter()
        .zip(&named)
        .map(|(task, named)| match named {
            Some(_) => Vec::new(),
            None => task.content.identifiers(),
        })
        .collect();
    let rows = identifiers(session, tenant, &known_by)?;
    let products: Vec<Result<String, Reason>> = tasks
        .iter()
        .zip(named)
        .zip(&known_by)
        .map(|((task, named), known_by)| match named {
            Some(id) => Ok(id),
            None => known(task, known_by, &rows),
        })
        .collect();
    let wanted: HashSet<&String> = products.iter().flatten().collect();
    let wanted: Vec<String> = wanted.into_iter().cloned().collect();
    let found = payers.of(session, book, tenant, &wanted)?;
    for (task, product) in tasks.iter_mut().zip(products) {
        task.guided = product.and_then(|id| {
            let payer = found.get(&id).cloned();
            payer.ok_or_else(|| Reason::new(Code::NoProduct, format!("there is no product '{id}'")))
        });
    }
    Ok(())
}

/// Rows by value.
fn identifiers(
    session: &mut dyn Session,
    tenant: i64,
    known_by: &[Vec<Identifier>],
) -> Outcome<HashMap<String, Vec<IdentifierRow>>> {
    let values: HashSet<&String> = known_by.iter().flatten().map(|own| &own.value).collect();
    let mut rows: HashMap<String, Vec<IdentifierRow>> = HashMap::with_capacity(values.len());
    if values.is_empty() {
        return Ok(rows);
    }
    let values: Vec<String> = values.into_iter().cloned().collect();
    for row in session.identifiers(tenant, &values)? {
        rows.entry(row.value.clone()).or_default().push(row);
    }
    Ok(rows)
}

fn known(
    task: &Task,
    known_by: &[Identifier],
    rows: &HashMap<String, Vec<IdentifierRow>>,
) -> Result<String, Reason> {
    let told = || {
        let texts = known_by
            .iter()
            .map(|own| format!("{} {}", own.name, own.value));
        texts.collect::<Vec<_>>().join(", ")
    };
    if known_by.is_empty() {
        let message = "the usage says nothing that a product is known by";
        return Err(Reason::new(Code::NoProduct, message));
    }
    let own = known_by.iter().filter_map(|own| rows.get(&own.value));
    let own: Vec<Row<'_>> = own.flatten().map(IdentifierRow::as_known).collect();
    match resolve(known_by, &own, started(task)) {
        Found::One(product) => Ok(product.to_owned()),
        Found::None => Err(Reason::new(
            Code::NoProduct,
            format!("no product is known by {}", told()),
        )),
        Found::Inactive => Err(Reason::new(
            Code::ProductInactive,
            format!("no product was known by {} when the usage began", told()),
        )),
        Found::Ambiguous => Err(Reason::new(
            Code::Ambiguous,
            format!("several products are known by {}", told()),
        )),
    }
}
