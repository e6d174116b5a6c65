//! The numbers of bills: one after the other for each legal entity, taken in the transaction that uses them.

use crate::domain::problem::Outcome;
use crate::store::Tx;

/// Whose numbers bills have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbering {
    /// The legal entity that bills.
    pub entity: Box<str>,
    /// What numbers begin with.
    pub prefix: Box<str>,
}

impl Numbering {
    /// Numbers for some bills, in order. Until the transaction ends, others wait for theirs.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn take(&self, tx: &mut Tx<'_>, tenant: i64, bills: usize) -> Outcome<Vec<String>> {
        let Some(n) = i64::try_from(bills).ok().filter(|n| *n > 0) else {
            return Ok(Vec::new());
        };
        let first = tx.direct(|session| session.take_bill_numbers(tenant, &self.entity, n))?;
        let numbers = (first..).take(bills);
        Ok(numbers
            .map(|number| format!("{}{number:08}", self.prefix))
            .collect())
    }
}
