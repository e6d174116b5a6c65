//! Requests about an order that was never placed: a draft can be cancelled at once, and where there is no
//! such order, the request says so. Nothing that was left for it may lie there for ever.

use super::{Books, By, Done, KIND, Reason, Step, Told, fallout, records, sheet};
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::store::{Due, OrderInputRow, Tx};

/// Takes in what was left for an order without a run.
///
/// # Errors
/// A fault of the store.
pub(super) fn answer(
    tx: &mut Tx<'_>,
    mut books: Books<'_>,
    due: &Due,
    left: Vec<OrderInputRow>,
    by: Option<&By>,
    now: Micros,
) -> Outcome<Step> {
    if left.is_empty() {
        return Ok(Step::Nothing);
    }
    let mut done = Done::default();
    for row in &left {
        match Told::read(row)? {
            Told::Cancel { task, .. } => cancel(tx, &mut books, due, &task, now)?,
            Told::Again { fallout, .. } => {
                fallout::passed(&mut books, tx, &fallout, by, now)?;
            }
            Told::AmendBy { order, .. } => {
                let refused = vec![Reason {
                    item: String::new(),
                    pointer: "/orderRelationship".to_owned(),
                    code: "amendmentRefused".to_owned(),
                    message: "there is no such order".to_owned(),
                }];
                let order_of = due.order.clone();
                let told = Told::Amended {
                    order: order_of,
                    refused,
                };
                told.leave(tx, due.tenant, &order, now)?;
                done.freed = true;
            }
            Told::Amend { .. } | Told::Amended { .. } | Told::WayIsFree => {}
        }
    }
    books.close(tx)?;
    tx.took_in(left);
    Ok(Step::Done(done))
}

fn cancel(
    tx: &mut Tx<'_>,
    books: &mut Books<'_>,
    due: &Due,
    task: &str,
    now: Micros,
) -> Outcome<()> {
    let order = books.read(tx, KIND, &due.order)?.cloned();
    let refusal = match order {
        None => Some("there is no such order"),
        Some(mut doc) if doc.get("state").and_then(|s| s.as_str()) == Some("draft") => {
            sheet::cancel(&mut doc, now);
            books.write(tx, KIND, &due.order, doc)?;
            None
        }
        Some(_) => Some("the order is not worked on here"),
    };
    records::end_task(books, tx, task, refusal)
}
