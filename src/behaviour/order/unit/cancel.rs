//! Requests to cancel an order or items of it.

use serde_json::json;

use super::{KIND, Stage, Unit, records, sheet};
use crate::domain::problem::Outcome;
use crate::ordering::run::Act;

impl Unit<'_, '_> {
    pub(super) fn cancel(
        &mut self,
        task: &str,
        items: &[String],
        reason: Option<&str>,
        by: &str,
    ) -> Outcome<()> {
        let order = self.due.order.clone();
        if let Some(reason) = reason
            && let Some(mut doc) = self.books.read(self.tx, KIND, &order)?.cloned()
        {
            if let Some(doc) = doc.as_object_mut() {
                doc.insert("cancellationReason".to_owned(), json!(reason));
            }
            self.books.write(self.tx, KIND, &order, doc)?;
        }
        if self.run.is_none() {
            return self.cancel_unplanned(task);
        }
        let wanted: Vec<Option<String>> = match items {
            [] => vec![None],
            items => items.iter().cloned().map(Some).collect(),
        };
        for item in wanted {
            let act = Act::Cancel {
                task: task.to_owned(),
                item,
                force: false,
                dependants: false,
            };
            if let Some(refusal) = self.act(act, by, reason)? {
                records::end_task(&mut self.books, self.tx, task, Some(&refusal.message))?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// An order without a plan is cancelled at once, unless it has ended.
    pub(super) fn cancel_unplanned(&mut self, task: &str) -> Outcome<()> {
        let too_late = match self.stage {
            Stage::Ended => Some("the order has ended"),
            Stage::Amending => Some("the order that it amends decides about it right now"),
            _ => None,
        };
        if too_late.is_some() {
            return records::end_task(&mut self.books, self.tx, task, too_late);
        }
        let order = self.due.order.clone();
        if let Some(mut doc) = self.books.read(self.tx, KIND, &order)?.cloned() {
            sheet::cancel(&mut doc, self.now);
            self.books.write(self.tx, KIND, &order, doc)?;
        }
        self.stage = Stage::Ended;
        records::end_task(&mut self.books, self.tx, task, None)
    }
}
