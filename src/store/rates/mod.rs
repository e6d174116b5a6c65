//! Applied billing rates are stored apart from other resources: a bill has many, they are written once and
//! all together. A row holds a sheet, the lines that one bill has of an account, or that wait for its next
//! bill; each line is kept as leaves of a shape, as usage is (see [`crate::domain::packed`]). To the engine
//! a line is a resource like any other.
//!
//! Also here, because it is written together with them: what billing knows of accounts, and the numbers of
//! bills.

mod body;
mod column;
mod session;

pub use body::{Line, pack_line};
pub(in crate::store) use column::{Conditions, conditions};
pub use session::{BillDocument, BillingWrite, Rates, SheetKey};

use std::sync::Arc;

use diesel::prelude::*;
use serde_json::Value;

use super::error::{DbError, DbResult};
use super::rows::ResourceRow;
use super::schema;
use crate::domain::adapt::href::reference;

/// The kind of resource that is stored here.
pub const KIND: &str = "appliedCustomerBillingRate";

const BILL: &str = "customerBill";
const ACCOUNT: &str = "billingAccount";
/// Lines have ids made of their sequence numbers.
const ID_PREFIX: char = 'r';

/// Lines that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, QueryableByName)]
#[diesel(table_name = schema::rate_sheet, treat_none_as_default_value = false)]
pub struct SheetRow {
    /// Sequence number of the first line; the others follow.
    pub seq: i64,
    pub tenant: i64,
    /// Id of the billing account.
    pub account: String,
    /// Id of the bill; none before the lines are on one.
    pub bill: Option<String>,
    /// Counts the writes, from 1.
    pub revision: i64,
    /// Microseconds since 1970.
    pub created_at: i64,
    pub updated_at: i64,
    /// How many there are.
    pub lines: i64,
    pub body: Vec<u8>,
}

impl SheetRow {
    /// The sequence number behind the last line.
    pub const fn end(&self) -> i64 {
        self.seq.saturating_add(self.lines)
    }
}

/// The id of a line.
pub fn id_of(seq: i64) -> String {
    format!("{ID_PREFIX}{seq:x}")
}

/// The sequence number in the id of a line.
pub fn seq_of(id: &str) -> Option<i64> {
    let digits = id.strip_prefix(ID_PREFIX)?;
    let seq = i64::from_str_radix(digits, 16).ok()?;
    (id_of(seq) == id).then_some(seq)
}

/// What all lines of a sheet say besides their own content.
struct Shared {
    text: String,
}

impl Shared {
    fn of(sheet: &SheetRow) -> Self {
        let account = reference(
            "BillingAccountRef",
            ACCOUNT,
            "BillingAccount",
            &sheet.account,
        );
        let mut text = format!("{{\"isBilled\":{},", sheet.bill.is_some());
        if let Some(bill) = &sheet.bill {
            let bill = reference("CustomerBillRef", BILL, "CustomerBill", bill);
            text.push_str(&format!("\"bill\":{bill},"));
        }
        text.push_str(&format!("\"billingAccount\":{account}"));
        Shared { text }
    }

    /// The document of a line, around its own content.
    fn around(&self, own: &str) -> String {
        match own.strip_prefix('{').filter(|rest| *rest != "}") {
            Some(rest) => format!("{},{rest}", self.text),
            None => format!("{}}}", self.text),
        }
    }
}

/// The lines of a sheet as the engine knows resources. `shape` finds the text of a shape.
pub(in crate::store) fn resources_of(
    sheet: &SheetRow,
    shape: &mut dyn FnMut(i64) -> DbResult<Arc<str>>,
) -> DbResult<Vec<ResourceRow>> {
    let shared = Shared::of(sheet);
    let mut rows = Vec::new();
    for (line, seq) in body::lines(&sheet.body).zip(sheet.seq..) {
        let line = line.ok_or_else(|| broken(sheet))?;
        let text = shape(line.shape)?;
        let own = crate::domain::packed::unpack(&text, line.leaves).ok_or_else(|| broken(sheet))?;
        rows.push(ResourceRow {
            id: id_of(seq),
            seq,
            tenant: sheet.tenant,
            kind: KIND.to_owned(),
            version: String::new(),
            revision: sheet.revision,
            current: true,
            label: None,
            state: None,
            created_at: sheet.created_at,
            updated_at: sheet.updated_at,
            doc: shared.around(&own),
        });
    }
    Ok(rows)
}

fn broken(sheet: &SheetRow) -> DbError {
    DbError::Fault(format!("sheet {} cannot be read", sheet.seq))
}

/// The own content of a line: what the sheet says for all lines is left out.
pub fn own_content(mut doc: Value) -> Value {
    if let Some(members) = doc.as_object_mut() {
        for shared in ["isBilled", "bill", "billingAccount"] {
            members.shift_remove(shared);
        }
    }
    doc
}
