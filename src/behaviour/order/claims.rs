//! Products that an order claimed are free again when it ends or goes.

use super::input::Told;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::store::Tx;

/// Gives up what an order claimed. Orders that waited for it may look again; true when there are any.
///
/// # Errors
/// A fault of the store.
pub fn release(tx: &mut Tx<'_>, tenant: i64, order: &str, now: Micros) -> Outcome<bool> {
    let claims = tx.direct(|session| session.claims_of(tenant, order))?;
    if claims.is_empty() {
        return Ok(false);
    }
    let products: Vec<String> = claims.into_iter().map(|claim| claim.product).collect();
    let all = tx.direct(|session| session.claims(tenant, &products))?;
    tx.direct(|session| session.release_claims(tenant, order))?;
    let mut others: Vec<String> = all.into_iter().map(|claim| claim.order_id).collect();
    others.retain(|other| other != order);
    others.sort_unstable();
    others.dedup();
    for other in &others {
        Told::WayIsFree.leave(tx, tenant, other, now)?;
    }
    Ok(!others.is_empty())
}
