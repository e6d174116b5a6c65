//! Conditions of lists that columns of sheets answer.

use super::SheetRow;
use crate::store::plan::Match;

/// What a list asks of the columns; none where anything will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Conditions {
    pub accounts: Option<Vec<String>>,
    pub bills: Option<Vec<String>>,
    pub billed: Option<bool>,
    /// Nothing can be all that is asked for.
    pub never: bool,
}

impl Conditions {
    /// Whether the lines of a sheet are asked for.
    pub fn allow(&self, sheet: &SheetRow) -> bool {
        let is_in = |asked: &Option<Vec<String>>, own: Option<&String>| {
            let asked = asked.as_ref();
            asked.is_none_or(|asked| own.is_some_and(|own| asked.contains(own)))
        };
        !self.never
            && is_in(&self.accounts, Some(&sheet.account))
            && is_in(&self.bills, sheet.bill.as_ref())
            && self
                .billed
                .is_none_or(|billed| billed == sheet.bill.is_some())
    }
}

/// The conditions on attributes that say the same of columns. Only those are indexed, so only those are
/// asked of the store.
pub(in crate::store) fn conditions<'c>(
    all: impl Iterator<Item = (&'c str, &'c Match)>,
) -> Conditions {
    let mut found = Conditions::default();
    for (path, test) in all {
        let values = match test {
            Match::Equals(value) => std::slice::from_ref(value),
            Match::AnyOf(values) => values.as_slice(),
            Match::Range { .. } => &[],
        };
        match path {
            "billingAccount.id" => narrow(&mut found.accounts, values),
            "bill.id" => narrow(&mut found.bills, values),
            "isBilled" => {
                let allows = |word: &str| values.iter().any(|value| value == word);
                match (allows("true"), allows("false")) {
                    (true, true) => {}
                    (false, false) => found.never = true,
                    (billed, _) => {
                        found.never |= found.billed.is_some_and(|known| known != billed);
                        found.billed = Some(billed);
                    }
                }
            }
            _ => found.never = true,
        }
    }
    found
}

fn narrow(known: &mut Option<Vec<String>>, values: &[String]) {
    let allowed = match known.take() {
        None => values.to_vec(),
        Some(before) => before
            .into_iter()
            .filter(|own| values.contains(own))
            .collect(),
    };
    *known = Some(allowed);
}
