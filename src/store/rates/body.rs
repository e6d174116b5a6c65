//! The lines of a sheet, one after the other: the number of the shape, the length of the leaves, the leaves.

use serde_json::Value;

use crate::domain::packed::{Frame, Packed, pack};
use crate::store::usage::{Shape, shape_in};

const NUMBER: usize = 8;
const LENGTH: usize = 4;
/// Longest text that is taken for a name.
const NAME_MAX: usize = 64;

/// A line as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'b> {
    pub shape: i64,
    pub leaves: &'b [u8],
}

/// Which values of a charge are as good as names.
struct RateFrame;

impl Frame for RateFrame {
    fn holds(&self, _: &str, key: &str, text: &str) -> bool {
        text.len() <= NAME_MAX
            && matches!(
                key,
                "@type"
                    | "@baseType"
                    | "@referredType"
                    | "appliedBillingRateType"
                    | "chargeType"
                    | "name"
                    | "taxCategory"
                    | "unit"
                    | "valueType"
            )
    }
}

/// Adds a line to the body of a sheet, and answers its shape, which must be in the database with it.
pub fn pack_line(own: &Value, packed: &mut Packed, body: &mut Vec<u8>) -> Shape {
    pack(own, &RateFrame, packed);
    let shape = shape_in(packed);
    let length = u32::try_from(packed.leaves.len()).unwrap_or(u32::MAX);
    body.extend_from_slice(&shape.number.to_le_bytes());
    body.extend_from_slice(&length.to_le_bytes());
    body.extend_from_slice(&packed.leaves);
    shape
}

/// The lines in a body; none for one that ends too early, which is the last.
pub(super) fn lines(body: &[u8]) -> impl Iterator<Item = Option<Line<'_>>> {
    let mut rest = Some(body);
    std::iter::from_fn(move || {
        let now = rest.take().filter(|now| !now.is_empty())?;
        let read = line(now);
        rest = read.map(|(_, after)| after);
        Some(read.map(|(line, _)| line))
    })
}

fn line(bytes: &[u8]) -> Option<(Line<'_>, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<NUMBER>()?;
    let (length, rest) = rest.split_first_chunk::<LENGTH>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (leaves, after) = rest.split_at_checked(length)?;
    let shape = i64::from_le_bytes(*number);
    Some((Line { shape, leaves }, after))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{lines, pack_line};
    use crate::domain::packed::{Packed, unpack};

    #[test]
    fn lines_come_back_as_they_were() {
        let docs = [
            json!({"@type": "AppliedCustomerBillingRate", "name": "Monthly fee",
                "taxExcludedAmount": {"unit": "EUR", "value": 12.340}}),
            json!({}),
            json!({"characteristic": [{"name": "quantity", "value": 3}], "date": "2026-02-01T00:00:00Z"}),
        ];
        let (mut packed, mut body, mut shapes) = (Packed::default(), Vec::new(), Vec::new());
        for doc in &docs {
            shapes.push(pack_line(doc, &mut packed, &mut body));
        }
        let read: Vec<String> = lines(&body)
            .zip(&shapes)
            .map(|(line, shape)| {
                let line = line.unwrap();
                assert_eq!(line.shape, shape.number);
                unpack(&shape.text, line.leaves).unwrap()
            })
            .collect();
        let texts: Vec<String> = docs.iter().map(ToString::to_string).collect();
        assert_eq!(read, texts);
    }

    #[test]
    fn a_body_that_was_cut_off_is_no_line() {
        let mut body = Vec::new();
        pack_line(&json!({"id": "x"}), &mut Packed::default(), &mut body);
        body.pop();
        let read: Vec<_> = lines(&body).collect();
        assert_eq!(read, [None]);
    }
}
