//! Opaque cursors: the place of an item in a sorted list. They stay valid under writes, because
//! they hold the sort values and the sequence number of the item, not a count of items before it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::SortKey;

/// A place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Values of the sort keys as index texts, most significant first.
    pub keys: Vec<Option<String>>,
    pub seq: i64,
}

impl Cursor {
    /// The text a client is given.
    pub fn encode(&self, sort: &[SortKey]) -> String {
        let inner = json!([signature(sort), self.keys, self.seq]);
        URL_SAFE_NO_PAD.encode(inner.to_string())
    }

    /// Reads a text given earlier for the same order.
    ///
    /// # Errors
    /// `InvalidQuery` for anything else.
    pub fn decode(name: &str, text: &str, sort: &[SortKey]) -> Outcome<Self> {
        let refuse = |message: &str| Problem::at(Code::InvalidQuery, name, message);
        let parsed = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| {
            serde_json::from_slice::<(String, Vec<Option<String>>, i64)>(&bytes).ok()
        });
        let Some((made_for, keys, seq)) = parsed else {
            return Err(refuse("this is not a cursor of this server"));
        };
        if made_for != signature(sort) || keys.len() != sort.len() {
            return Err(refuse("the cursor belongs to a list in another order"));
        }
        Ok(Cursor { keys, seq })
    }
}

/// The order a cursor was made for.
fn signature(sort: &[SortKey]) -> String {
    let keys: Vec<String> = sort
        .iter()
        .map(|key| {
            format!(
                "{}{}",
                if key.descending { "-" } else { "" },
                key.path.dotted()
            )
        })
        .collect();
    Value::from(keys).to_string()
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_cursor_reads_back_and_others_are_refused() {
        let cursor = Cursor {
            keys: vec![],
            seq: 7,
        };
        let text = cursor.encode(&[]);
        assert_eq!(Cursor::decode("after", &text, &[]), Ok(cursor));
        for bad in ["", "x", "AAAA", "🦀"] {
            assert!(Cursor::decode("after", bad, &[]).is_err(), "{bad}");
        }
    }
}
