//! Numbers from pools. A pool is a resource (`numberPool`) that says which numbers there are; they are
//! drawn in portions into a table, where they are taken and given back.

use serde_json::Value;

use crate::behaviour::stored::document;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::store::{Due, IdKey, NumberUse, Tx};

/// Kind of pools in the store.
pub const KIND: &str = "numberPool";
/// Numbers that are drawn at once.
const PORTION: u64 = 500;

/// Takes a number for a node, the same one when it is asked again.
///
/// # Errors
/// A fault of the store; `Ok(Err(..))` says why there is none.
pub fn take(
    tx: &mut Tx<'_>,
    due: &Due,
    pool: &str,
    node: &str,
    now: Micros,
) -> Outcome<Result<String, String>> {
    let to = NumberUse {
        tenant: due.tenant,
        pool,
        order: &due.order,
        node,
    };
    if let Some(number) = tx.direct(|session| session.take_number(&to, now.0))? {
        return Ok(Ok(number));
    }
    // One draws, the others wait and find what was drawn.
    tx.lock(&format!("numbers of pool {} {pool}", due.tenant))?;
    if let Some(number) = tx.direct(|session| session.take_number(&to, now.0))? {
        return Ok(Ok(number));
    }
    let rows = tx.versions(&IdKey::new(due.tenant, KIND, pool))?;
    let Some(row) = rows.into_iter().find(|row| row.current) else {
        return Ok(Err(format!("there is no number pool '{pool}'")));
    };
    let ranges = ranges(&document(&row)?);
    let drawn = tx.direct(|session| session.count_numbers(due.tenant, pool))?;
    let portion = portion(&ranges, u64::try_from(drawn).unwrap_or(0));
    if portion.is_empty() {
        return Ok(Err(format!(
            "the number pool '{pool}' has no free number left"
        )));
    }
    tx.direct(|session| session.add_numbers(due.tenant, pool, &portion))?;
    let number = tx.direct(|session| session.take_number(&to, now.0))?;
    Ok(number.ok_or_else(|| format!("the number pool '{pool}' has no free number left")))
}

/// Takes a certain number again that was given back.
///
/// # Errors
/// A fault of the store; `Ok(Err(..))` when somebody else has it by now.
pub fn take_again(
    tx: &mut Tx<'_>,
    due: &Due,
    pool: &str,
    node: &str,
    number: &str,
    now: Micros,
) -> Outcome<Result<String, String>> {
    let to = NumberUse {
        tenant: due.tenant,
        pool,
        order: &due.order,
        node,
    };
    let has = tx.direct(|session| session.take_this_number(&to, number, now.0))?;
    Ok(match has {
        true => Ok(number.to_owned()),
        false => Err(format!("the number {number} is somebody else's by now")),
    })
}

/// Gives a number back that another order took.
///
/// # Errors
/// A fault of the store.
pub fn free(tx: &mut Tx<'_>, tenant: i64, pool: &str, number: &str, now: Micros) -> Outcome<()> {
    tx.direct(|session| session.free_number(tenant, pool, number, now.0))
}

/// Gives the number of a node back.
///
/// # Errors
/// A fault of the store.
pub fn release(tx: &mut Tx<'_>, due: &Due, node: &str, now: Micros) -> Outcome<()> {
    tx.direct(|session| session.release_number(due.tenant, &due.order, node, now.0))
}

/// Numbers from `first` to `last`, written with a prefix and at least so many digits.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    prefix: String,
    first: u64,
    last: u64,
    digits: usize,
}

impl Range {
    /// Reads one; `None` for what is no range.
    fn read(prefix: &str, range: &Value) -> Option<Self> {
        let text = |name: &str| range.get(name).and_then(Value::as_str);
        let (first, last) = (text("first")?, text("last")?);
        let (from, to) = (first.parse().ok()?, last.parse().ok()?);
        (from <= to).then(|| Range {
            prefix: prefix.to_owned(),
            first: from,
            last: to,
            digits: first.len(),
        })
    }

    fn len(&self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }

    fn number(&self, place: u64) -> String {
        let number = self.first + place;
        format!("{}{number:0digits$}", self.prefix, digits = self.digits)
    }
}

/// The ranges of a pool: `range: [{first, last}]`, texts of digits behind a common `prefix`.
fn ranges(doc: &Value) -> Vec<Range> {
    let prefix = doc
        .get("prefix")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let all = doc.get("range").and_then(Value::as_array);
    let all = all.into_iter().flatten();
    all.filter_map(|range| Range::read(prefix, range)).collect()
}

/// The numbers behind those that were drawn already.
fn portion(ranges: &[Range], drawn: u64) -> Vec<String> {
    let mut skip = drawn;
    let mut numbers = Vec::new();
    for range in ranges {
        if skip >= range.len() {
            skip -= range.len();
            continue;
        }
        let room = PORTION - u64::try_from(numbers.len()).unwrap_or(PORTION);
        let end = range.len().min(skip.saturating_add(room));
        numbers.extend((skip..end).map(|place| range.number(place)));
        skip = 0;
        if end < range.len() {
            break;
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PORTION, portion, ranges};

    #[test]
    fn portions_go_through_the_ranges_in_their_order() {
        let pool = json!({
            "prefix": "+49155",
            "range": [{ "first": "0008", "last": "0009" }, { "first": "0100", "last": "9999" }],
        });
        let ranges = ranges(&pool);
        let first = portion(&ranges, 0);
        assert_eq!(first.len() as u64, PORTION);
        assert_eq!(first[..3], ["+491550008", "+491550009", "+491550100"]);
        let next = portion(&ranges, PORTION);
        assert_eq!(next[0], "+491550598");
        assert!(portion(&ranges, 2 + 9900).is_empty());
        assert_eq!(portion(&ranges, 2 + 9899), ["+491559999"]);
    }
}
