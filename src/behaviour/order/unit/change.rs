//! Amendments and cancels.

use serde_json::json;

use super::{KIND, Prepared, Reason, Stage, Unit, records, sheet};
use crate::domain::descriptor::Change;
use crate::domain::problem::Outcome;
use crate::ordering::plan::Planned;
use crate::ordering::run::Act;

impl Unit<'_, '_> {
    pub(super) fn amend(
        &mut self,
        prepared: &Prepared,
        before: &serde_json::Value,
        by: &str,
    ) -> Outcome<()> {
        self.rewritten = true;
        let reasons = match &prepared.planned {
            Planned::Plan(plan) => {
                let context = prepared.context.clone();
                let claims = plan.clone();
                let act = Act::Amend {
                    plan: plan.clone(),
                    force: false,
                };
                match self.act(act, by, None)? {
                    None => {
                        self.context = context;
                        self.replanned = true;
                        if let Some(run) = &mut self.run {
                            run.set_terms(prepared.terms);
                        }
                        self.claim(&claims)?;
                        if let Some(priced) = &prepared.priced {
                            let order = self.due.order.clone();
                            self.books.write(self.tx, KIND, &order, priced.clone())?;
                        }
                        return Ok(());
                    }
                    Some(refusal) => vec![Reason {
                        item: String::new(),
                        pointer: "/productOrderItem".to_owned(),
                        code: "amendmentRefused".to_owned(),
                        message: refusal.message,
                    }],
                }
            }
            Planned::Rejected(refusals) => refusals.clone(),
            Planned::Pending(missing) => missing
                .iter()
                .map(|lack| Reason {
                    item: lack.item.clone(),
                    pointer: lack.pointer.clone(),
                    code: "informationRequired".to_owned(),
                    message: lack.message.clone(),
                })
                .collect(),
        };
        self.take_back_amendment(before, &reasons)
    }

    /// The items are again what they were, and the order says why.
    pub(super) fn take_back_amendment(
        &mut self,
        before: &serde_json::Value,
        reasons: &[Reason],
    ) -> Outcome<()> {
        let order = &self.due.order;
        let Some(mut doc) = self.books.read(self.tx, KIND, order)?.cloned() else {
            return Ok(());
        };
        if let Some(doc) = doc.as_object_mut() {
            doc.insert("productOrderItem".to_owned(), before.clone());
        }
        sheet::explain(order, &mut doc, reasons, self.now);
        self.books.write(self.tx, KIND, order, doc)?;
        self.books.announce(KIND, order, Change::ErrorMessage);
        Ok(())
    }

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
        if self.stage == Stage::Ended {
            let why = "the order has ended";
            return records::end_task(&mut self.books, self.tx, task, Some(why));
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
