//! How far a usage has come, in the words of both versions of TMF635.
//!
//! v4 tells more than v5, so the status of a stored usage is that of v4, in `usageStatus`; beside it
//! stands what v5 calls it, in `status`. Each version shows its own as `status` and the other one under
//! the name of its enum: v5 `usageStatus`, v4 `productUsageStatus`. Nothing is lost either way, and both
//! are indexed.
//!
//! | v4 (`usageStatus`) | v5 (`status`) | |
//! |---|---|---|
//! | `received` | `initialized` | stored, waits to be rated |
//! | `rejected` | `rejected` | cannot be rated, `statusReason` says why |
//! | `recycled` | `corrected` | was rejected, waits to be rated again |
//! | `guided` | `validated` | its product is known |
//! | `rated` | `rated` | priced |
//! | `rerated` | `rated` | priced again |
//! | `billed` | `rated` | on a bill |
//!
//! `superseded`, `notRated` and `failed` of v5 are no status that a usage has here.

use serde_json::{Map, Value};

/// Attribute of a stored usage: the status in the words of v4.
pub const USAGE_STATUS: &str = "usageStatus";
/// Attribute of a stored usage: the status in the words of v5.
pub const PRODUCT_USAGE_STATUS: &str = "status";

/// `UsageStatusType` of TMF635 v4. The moves between them are those of the published state machine of the
/// kind `usage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UsageStatus {
    Received,
    Rejected,
    Recycled,
    Guided,
    Rated,
    Rerated,
    Billed,
}

impl UsageStatus {
    /// Each of them.
    pub const ALL: [UsageStatus; 7] = [
        UsageStatus::Received,
        UsageStatus::Rejected,
        UsageStatus::Recycled,
        UsageStatus::Guided,
        UsageStatus::Rated,
        UsageStatus::Rerated,
        UsageStatus::Billed,
    ];

    /// The word of v4.
    pub const fn as_str(self) -> &'static str {
        match self {
            UsageStatus::Received => "received",
            UsageStatus::Rejected => "rejected",
            UsageStatus::Recycled => "recycled",
            UsageStatus::Guided => "guided",
            UsageStatus::Rated => "rated",
            UsageStatus::Rerated => "rerated",
            UsageStatus::Billed => "billed",
        }
    }

    /// The word of v5 (`ProductUsageStatusType`).
    pub const fn in_v5(self) -> &'static str {
        match self {
            UsageStatus::Received => "initialized",
            UsageStatus::Rejected => "rejected",
            UsageStatus::Recycled => "corrected",
            UsageStatus::Guided => "validated",
            UsageStatus::Rated | UsageStatus::Rerated | UsageStatus::Billed => "rated",
        }
    }

    /// Reads the word of v4.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Its place among all, by which it is stored.
    pub fn number(self) -> i64 {
        let place = Self::ALL.iter().position(|one| *one == self);
        place
            .and_then(|place| i64::try_from(place).ok())
            .unwrap_or(0)
    }

    /// The one with a number.
    pub fn numbered(number: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// The status of a stored usage.
    pub fn of(doc: &Value) -> Option<Self> {
        Self::parse(doc.get(USAGE_STATUS)?.as_str()?)
    }

    /// True for usage that is to be rated.
    pub const fn is_waiting(self) -> bool {
        matches!(
            self,
            UsageStatus::Received | UsageStatus::Recycled | UsageStatus::Guided
        )
    }

    /// True once rating has read the usage and written to it: what was read cannot change any more.
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            UsageStatus::Guided | UsageStatus::Rated | UsageStatus::Rerated | UsageStatus::Billed
        )
    }

    /// True once the usage is charged, so that it cannot be deleted any more.
    pub const fn is_charged(self) -> bool {
        matches!(
            self,
            UsageStatus::Rated | UsageStatus::Rerated | UsageStatus::Billed
        )
    }

    /// Writes the status into a stored usage, in the words of both versions.
    pub fn write(self, doc: &mut Map<String, Value>) {
        doc.insert(USAGE_STATUS.to_owned(), Value::from(self.as_str()));
        doc.insert(PRODUCT_USAGE_STATUS.to_owned(), Value::from(self.in_v5()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::UsageStatus;

    #[test]
    fn a_status_is_written_in_both_words_and_read_back() {
        for status in UsageStatus::ALL {
            let mut doc = json!({"usageStatus": "received", "status": "failed"});
            status.write(doc.as_object_mut().unwrap());
            assert_eq!(UsageStatus::of(&doc), Some(status));
            assert_eq!(doc["status"], status.in_v5());
        }
        assert_eq!(UsageStatus::of(&json!({"status": "rated"})), None);
        assert_eq!(UsageStatus::of(&Value::Null), None);
    }

    #[test]
    fn only_what_is_charged_shares_a_word_of_v5() {
        for status in UsageStatus::ALL {
            let alike = UsageStatus::ALL
                .into_iter()
                .filter(|s| s.in_v5() == status.in_v5());
            let expected = if status.is_charged() { 3 } else { 1 };
            assert_eq!(alike.count(), expected, "{status:?}");
        }
    }
}
