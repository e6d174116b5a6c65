//! An order gets its plan, or is refused one.

use super::{KIND, Prepared, Reason, Run, Stage, Unit, sheet};
use crate::domain::descriptor::Change;
use crate::domain::problem::Outcome;
use crate::ordering::plan::Planned;

impl Unit<'_, '_> {
    pub(super) fn begin(&mut self, prepared: &Prepared) -> Outcome<()> {
        let order = self.due.order.clone();
        let Some(mut doc) = self.books.read(self.tx, KIND, &order)?.cloned() else {
            self.stage = Stage::Ended;
            return Ok(());
        };
        self.priority = Some(i64::from(prepared.terms.priority));
        match &prepared.planned {
            Planned::Rejected(refusals) => return self.reject(refusals),
            Planned::Pending(missing) => {
                sheet::ask(&order, &mut doc, missing, self.now);
                self.books.write(self.tx, KIND, &order, doc)?;
                for lack in missing {
                    let (change, path) = (Change::InformationRequired, lack.pointer.clone());
                    self.books.announce_of(KIND, &order, change, Some(path));
                }
                if self.run.is_some() {
                    // It had a plan and waited; whoever waits behind it need not wait for answers.
                    self.free_products()?;
                    self.run = None;
                }
                self.stage = Stage::Incomplete;
            }
            Planned::Plan(plan) => {
                if let Some(priced) = &prepared.priced {
                    self.books.write(self.tx, KIND, &order, priced.clone())?;
                }
                self.context = prepared.context.clone();
                let policy = self.shared.policy.clone();
                self.run = Some(Run::new(plan.clone(), prepared.terms, policy));
                self.replanned = true;
                self.stage = Stage::Queued;
                self.claim(plan)?;
            }
        }
        Ok(())
    }

    pub(super) fn reject(&mut self, refusals: &[Reason]) -> Outcome<()> {
        let order = self.due.order.clone();
        self.reject_about(&order, refusals)
    }

    /// Rejects the order for reasons that are about the items of an order.
    pub(super) fn reject_about(&mut self, about: &str, refusals: &[Reason]) -> Outcome<()> {
        let order = &self.due.order;
        if let Some(mut doc) = self.books.read(self.tx, KIND, order)?.cloned() {
            sheet::reject(about, &mut doc, refusals, self.now);
            self.books.write(self.tx, KIND, order, doc)?;
            self.books.announce(KIND, order, Change::ErrorMessage);
        }
        self.run = None;
        self.stage = Stage::Ended;
        Ok(())
    }
}
