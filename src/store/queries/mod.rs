//! The queries, written once. `store::sqlite` and `store::postgres` each include this folder as a
//! module of their own, so every query is compiled, and type-checked by Diesel, for both concrete
//! connections. What truly differs stands in each one's `dialect`.

mod balances;
mod book;
mod catalogue;
mod events;
mod jobs;
mod list;
mod orders;
mod papers;
mod rates;
mod rates_session;
mod resources;
mod routed;
mod session;
pub(super) mod sql;
mod sums;
mod usage;
mod usage_session;
mod words;

use std::ops::DerefMut;

use super::Conn;

/// Rows of one statement: databases limit the values that a statement may bind.
const ROWS_AT_ONCE: usize = 500;

/// A connection, owned or lent by a pool.
pub(in crate::store) struct Connected<C>(pub C);

impl<C: DerefMut<Target = Conn>> Connected<C> {
    fn conn(&mut self) -> &mut Conn {
        &mut self.0
    }
}
