//! An order that amends another one (TMF622 `orderRelationship` with `amends`) is no work of its own: it is
//! passed on to the other order, and ends with what that one says to it.

use super::{DONE, KIND, Progress, Reason, Stage, Told, Unit, sheet};
use crate::domain::problem::Outcome;
use crate::ordering::order::amends;

impl Unit<'_, '_> {
    /// The orders that a new order amends.
    pub(super) fn amended(&mut self) -> Outcome<Vec<String>> {
        if self.stage != Stage::Placed {
            return Ok(Vec::new());
        }
        let order = self.books.read(self.tx, KIND, &self.due.order)?;
        let amended = order.map(amends).unwrap_or_default();
        Ok(amended.into_iter().map(str::to_owned).collect())
    }

    /// Passes it on to the order that it amends.
    pub(super) fn pass_on(&mut self, amended: &[String]) -> Outcome<()> {
        let [other] = amended else {
            let why = "an order amends one other order".to_owned();
            return self.reject(&[about_relation(why)]);
        };
        if let Some(why) = self.cannot_be_amended(other)? {
            return self.reject(&[about_relation(why)]);
        }
        let doc = self.books.read(self.tx, KIND, &self.due.order)?;
        let told = Told::AmendBy {
            order: self.due.order.clone(),
            doc: doc.cloned().unwrap_or_default(),
            by: format!("order {}", self.due.order),
        };
        told.leave(self.tx, self.due.tenant, other, self.now)?;
        self.stage = Stage::Amending;
        self.done.freed = true;
        Ok(())
    }

    fn cannot_be_amended(&mut self, other: &str) -> Outcome<Option<String>> {
        let Some(run) = self.tx.order_run(self.due.tenant, other)? else {
            let why = format!("there is no order '{other}' that was placed");
            return Ok(Some(why));
        };
        if run.state == DONE {
            return Ok(Some(format!("the order '{other}' has ended")));
        }
        let is_amending = Progress::read(&run)?.stage == Stage::Amending;
        Ok(is_amending.then(|| format!("the order '{other}' itself amends another one")))
    }

    /// The other order was amended, or says why not.
    pub(super) fn hear_answer(&mut self, told: &[Told]) -> Outcome<()> {
        let answer = told.iter().find_map(|told| match told {
            Told::Amended { order, refused } => Some((order, refused)),
            _ => None,
        });
        let Some((other, refused)) = answer else {
            return Ok(());
        };
        if !refused.is_empty() {
            return self.reject_about(other, refused);
        }
        let order = self.due.order.clone();
        if let Some(mut doc) = self.books.read(self.tx, KIND, &order)?.cloned() {
            sheet::complete(&mut doc, self.now);
            self.books.write(self.tx, KIND, &order, doc)?;
        }
        self.stage = Stage::Ended;
        Ok(())
    }
}

fn about_relation(message: String) -> Reason {
    Reason {
        item: String::new(),
        pointer: "/orderRelationship".to_owned(),
        code: "amendmentRefused".to_owned(),
        message,
    }
}
