//! What prices refer to, loaded by the caller.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::calendar::Calendar;
use super::table::Table;
use crate::domain::usage_name::is_usual;

/// Everything that prices can name.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// Stored documents of prices by id, the version that is valid.
    pub prices: HashMap<Box<str>, Arc<Value>>,
    /// Tariff tables by id.
    pub tables: HashMap<Box<str>, Arc<Table>>,
    /// Calendars by id.
    pub calendars: HashMap<Box<str>, Arc<Calendar>>,
    /// Characteristics that usage specifications declare. Conditions on these and on the usual ones are
    /// about the event, all others about the product.
    pub event_names: Arc<HashSet<Box<str>>>,
}

impl Library {
    /// True for the name of a characteristic of events.
    pub fn is_of_event(&self, name: &str) -> bool {
        is_usual(name) || self.event_names.contains(name)
    }
}
