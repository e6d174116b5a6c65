//! The account before and after the bill.

use super::summary::{Row, Weight};
use super::{Passage, Writer};
use crate::billing::document::statement::Kind;

impl Writer<'_> {
    pub(super) fn account(&self) -> Option<Passage<Vec<Row>>> {
        let carried = self.statement.carried.as_ref()?;
        let label = &self.locale.label;
        let this = match self.statement.kind {
            Kind::Bill => &label.this_bill,
            Kind::CreditNote => &label.this_credit_note,
        };
        let mut rows = vec![Row::new(&label.previous, self.money(carried.previous))];
        rows.extend(carried.movements.iter().map(|movement| {
            let date = self.locale.date(movement.date);
            let text = format!("{}, {date}", movement.text);
            Row::new(&text, self.money(movement.amount))
        }));
        rows.push(Row::new(this, self.money(self.statement.totals.due)));
        let balance = Row::new(&label.balance_due, self.money(carried.balance));
        rows.push(balance.weighing(Weight::Total));
        Some(Passage {
            title: label.your_account.clone(),
            text: Vec::new(),
            body: rows,
        })
    }
}
