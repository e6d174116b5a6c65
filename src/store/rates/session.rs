//! What a connection does with applied rates and what belongs to them.

use diesel::Insertable;

use super::SheetRow;
use crate::store::error::DbResult;
use crate::store::schema;

/// The next state of what billing knows of an account; applies only to the revision before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillingWrite {
    pub tenant: i64,
    pub account: String,
    /// Of the state that it follows; 0 where there was none.
    pub expected_revision: i64,
    pub state: Vec<u8>,
}

/// A document of a bill, as it was made when the bill got its number.
#[derive(Clone, Debug, PartialEq, Eq, Insertable)]
#[diesel(table_name = schema::bill_document)]
pub struct BillDocument {
    pub tenant: i64,
    pub bill: String,
    /// `pdf`, `html` or `xml`.
    pub form: String,
    /// Microseconds since 1970.
    pub made_at: i64,
    pub body: Vec<u8>,
}

/// A sheet as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetKey {
    pub seq: i64,
    pub revision: i64,
}

/// The operations on applied rates.
pub trait Rates {
    /// Adds sheets; their shapes, by number, are added where they are not there.
    fn insert_sheets(&mut self, sheets: &[SheetRow], shapes: &[(i64, String)]) -> DbResult<()>;
    /// The sheets of bills, in order of creation.
    fn sheets_of_bills(&mut self, tenant: i64, bills: &[String]) -> DbResult<Vec<SheetRow>>;
    /// Sheets of accounts that are on no bill, in order of creation.
    fn open_sheets(&mut self, tenant: i64, accounts: &[String]) -> DbResult<Vec<SheetRow>>;
    /// The lines of sheets as the engine knows resources.
    fn sheet_documents(
        &mut self,
        sheets: &[SheetRow],
    ) -> DbResult<Vec<crate::store::rows::ResourceRow>>;
    /// Puts open sheets on a bill; `Outdated` when one has moved on.
    fn bill_sheets(&mut self, sheets: &[SheetKey], bill: &str, at: i64) -> DbResult<()>;
    /// What billing knows of accounts, with revisions.
    fn billing_states(
        &mut self,
        tenant: i64,
        accounts: &[String],
    ) -> DbResult<Vec<(String, i64, Vec<u8>)>>;
    /// Writes states over the revisions that are expected; `Outdated` when one has moved on.
    fn write_billing_states(&mut self, rows: &[BillingWrite]) -> DbResult<()>;
    /// The first of `n` numbers of a legal entity that follow each other. They are gone only when the
    /// transaction commits; until then others wait for them.
    fn take_bill_numbers(&mut self, tenant: i64, entity: &str, n: i64) -> DbResult<i64>;
    /// Keeps documents; one that is kept already stays as it is.
    fn keep_bill_documents(&mut self, documents: &[BillDocument]) -> DbResult<()>;
    /// The document of a bill in a form, if it is kept.
    fn bill_document(&mut self, tenant: i64, bill: &str, form: &str) -> DbResult<Option<Vec<u8>>>;
}
