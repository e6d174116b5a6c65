//! [`Rates`] for a connection: one line for each operation.

use std::ops::DerefMut;

use super::{Conn, Connected, papers, rates};
use crate::store::error::DbResult;
use crate::store::rates::{BillDocument, BillingWrite, Rates, SheetKey, SheetRow};
use crate::store::rows::ResourceRow;

impl<C: DerefMut<Target = Conn> + Send> Rates for Connected<C> {
    fn insert_sheets(&mut self, sheets: &[SheetRow], shapes: &[(i64, String)]) -> DbResult<()> {
        rates::insert(self.conn(), sheets, shapes)
    }

    fn sheets_of_bills(&mut self, tenant: i64, bills: &[String]) -> DbResult<Vec<SheetRow>> {
        rates::of_bills(self.conn(), tenant, bills)
    }

    fn open_sheets(&mut self, tenant: i64, accounts: &[String]) -> DbResult<Vec<SheetRow>> {
        rates::open(self.conn(), tenant, accounts)
    }

    fn sheet_documents(&mut self, sheets: &[SheetRow]) -> DbResult<Vec<ResourceRow>> {
        rates::documents(self.conn(), sheets)
    }

    fn bill_sheets(&mut self, sheets: &[SheetKey], bill: &str, at: i64) -> DbResult<()> {
        rates::bill(self.conn(), sheets, bill, at)
    }

    fn billing_states(
        &mut self,
        tenant: i64,
        accounts: &[String],
    ) -> DbResult<Vec<(String, i64, Vec<u8>)>> {
        rates::states(self.conn(), tenant, accounts)
    }

    fn write_billing_states(&mut self, rows: &[BillingWrite]) -> DbResult<()> {
        rates::write_states(self.conn(), rows)
    }

    fn take_bill_numbers(&mut self, tenant: i64, entity: &str, n: i64) -> DbResult<i64> {
        rates::take_numbers(self.conn(), tenant, entity, n)
    }

    fn keep_bill_documents(&mut self, documents: &[BillDocument]) -> DbResult<()> {
        papers::keep(self.conn(), documents)
    }

    fn bill_document(&mut self, tenant: i64, bill: &str, form: &str) -> DbResult<Option<Vec<u8>>> {
        papers::find(self.conn(), tenant, bill, form)
    }
}
