//! Amendments of an order under way: by a PATCH, or by another order. One that changes a product which
//! another order works on waits until that one is through, as a new order would.

use serde_json::Value;

use super::{KIND, Prepared, Reason, Stage, Told, Unit, sheet};
use crate::behaviour::order::prepare::claimed;
use crate::domain::descriptor::Change;
use crate::domain::problem::Outcome;
use crate::ordering::plan::{Plan, Planned};
use crate::ordering::run::{Act, Input, Note};
use crate::ordering::settings::SecondOrder;

/// Who amends an order, and how.
#[derive(Clone, Copy)]
pub(super) enum Amendment<'t> {
    /// Its items were changed; these were there before.
    Patched { before: &'t Value, by: &'t str },
    /// Another order does; nothing is changed yet.
    Ordered { order: &'t str, by: &'t str },
}

/// Whether an amendment can be followed now.
enum Way {
    Free,
    /// Another order is at work on one of the products.
    Waits(String),
    Barred(Reason),
}

impl<'t> Amendment<'t> {
    pub(super) fn of(told: &'t Told) -> Option<Self> {
        match told {
            Told::Amend { before, by } => Some(Amendment::Patched { before, by }),
            Told::AmendBy { order, by, .. } => Some(Amendment::Ordered { order, by }),
            _ => None,
        }
    }

    fn by(self) -> &'t str {
        match self {
            Amendment::Patched { by, .. } | Amendment::Ordered { by, .. } => by,
        }
    }
}

impl Unit<'_, '_> {
    /// Amends an order that has a plan.
    pub(super) fn amend(&mut self, prepared: &Prepared, amendment: Amendment<'_>) -> Outcome<()> {
        self.rewritten |= matches!(amendment, Amendment::Patched { .. });
        let plan = match &prepared.planned {
            Planned::Plan(plan) => plan,
            Planned::Rejected(reasons) => return self.refuse(prepared, amendment, reasons),
            Planned::Pending(missing) => {
                let reasons: Vec<Reason> = missing
                    .iter()
                    .map(|lack| Reason {
                        item: lack.item.clone(),
                        pointer: lack.pointer.clone(),
                        code: "informationRequired".to_owned(),
                        message: lack.message.clone(),
                    })
                    .collect();
                return self.refuse(prepared, amendment, &reasons);
            }
        };
        match self.way(plan)? {
            Way::Free => {}
            Way::Waits(other) => return self.park(plan, &other),
            Way::Barred(reason) => return self.refuse(prepared, amendment, &[reason]),
        }
        let act = Act::Amend {
            plan: plan.clone(),
            force: false,
        };
        if let Some(refusal) = self.act(act, amendment.by(), None)? {
            let reason = about_items("amendmentRefused", refusal.message);
            return self.refuse(prepared, amendment, &[reason]);
        }
        self.context = prepared.context.clone();
        self.replanned = true;
        self.take_terms(prepared);
        self.claim(plan)?;
        if let Some(doc) = prepared.priced.as_ref().or(prepared.amended.as_ref()) {
            let order = self.due.order.clone();
            self.books.write(self.tx, KIND, &order, doc.clone())?;
            self.rewritten = true;
        }
        self.go_on()?;
        self.answer(amendment, &[])
    }

    /// Another order amends this one, which lacks information: it may bring it.
    pub(super) fn complete(
        &mut self,
        prepared: &Prepared,
        amendment: Amendment<'_>,
    ) -> Outcome<()> {
        if let Planned::Rejected(reasons) = &prepared.planned {
            return self.answer(amendment, reasons);
        }
        if let Some(doc) = &prepared.amended {
            let order = self.due.order.clone();
            self.books.write(self.tx, KIND, &order, doc.clone())?;
        }
        self.begin(prepared)?;
        self.answer(amendment, &[])
    }

    /// It is too late for an amendment.
    pub(super) fn come_late(&mut self, amendment: Amendment<'_>) -> Outcome<()> {
        let reason = about_items("amendmentRefused", "the order has ended".to_owned());
        if let Amendment::Patched { before, .. } = amendment {
            self.rewritten = true;
            return self.take_back(before, &[reason]);
        }
        self.answer(amendment, &[reason])
    }

    fn take_terms(&mut self, prepared: &Prepared) {
        if let Some(run) = &mut self.run {
            run.set_terms(prepared.terms);
            self.replanned = true;
            self.priority = Some(i64::from(prepared.terms.priority));
        }
    }

    fn refuse(
        &mut self,
        prepared: &Prepared,
        amendment: Amendment<'_>,
        reasons: &[Reason],
    ) -> Outcome<()> {
        if let Amendment::Patched { before, .. } = amendment {
            let order = self.books.read(self.tx, KIND, &self.due.order)?;
            let items = order.and_then(|order| order.get("productOrderItem"));
            if items == Some(before) {
                // Nothing but dates or priority: they need no other plan.
                self.take_terms(prepared);
            } else {
                self.take_back(before, reasons)?;
            }
        }
        self.go_on()?;
        self.answer(amendment, reasons)
    }

    /// Tells the order that amends this one what became of that.
    fn answer(&mut self, amendment: Amendment<'_>, refused: &[Reason]) -> Outcome<()> {
        let Amendment::Ordered { order, by } = amendment else {
            return Ok(());
        };
        if refused.is_empty() {
            self.note(format!("amended by the order {order}"), Some(by));
        }
        let told = Told::Amended {
            order: self.due.order.clone(),
            refused: refused.to_vec(),
        };
        told.leave(self.tx, self.due.tenant, order, self.now)?;
        self.done.freed = true;
        Ok(())
    }

    /// The items are again what they were, and the order says why.
    fn take_back(&mut self, before: &Value, reasons: &[Reason]) -> Outcome<()> {
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

    /// Whether other orders are at work on products that the plan changes. An order that has not begun
    /// waits for all of its products anyway.
    fn way(&mut self, plan: &Plan) -> Outcome<Way> {
        if self.stage != Stage::Running {
            return Ok(Way::Free);
        }
        let products = claimed(plan);
        self.lock_products(&products)?;
        let Some(other) = self.ahead(&products)? else {
            return Ok(Way::Free);
        };
        let waits = self.shared.settings.second_order == SecondOrder::Wait;
        let in_turn = self.waits_for_this(&other)?;
        if waits && !in_turn {
            return Ok(Way::Waits(other));
        }
        let why = if in_turn {
            "and waits for this one"
        } else {
            "already"
        };
        Ok(Way::Barred(about_items(
            "productBusy",
            format!("the order '{other}' is at work on the same product {why}"),
        )))
    }

    /// Keeps an amendment for later. Nothing new is begun until then: the order could end without it.
    fn park(&mut self, plan: &Plan, other: &str) -> Outcome<()> {
        self.claim(plan)?;
        self.parked = true;
        let waits = self.run.as_mut().is_some_and(|run| run.wait(true));
        if waits {
            self.note(format!("the amendment waits for the order {other}"), None);
        }
        Ok(())
    }

    /// No amendment waits any more.
    fn go_on(&mut self) -> Outcome<()> {
        if self.run.as_mut().is_some_and(|run| run.wait(false)) {
            self.feed(Input::Tick)?;
        }
        Ok(())
    }

    fn note(&mut self, why: String, by: Option<&str>) {
        let Some(run) = &self.run else {
            return;
        };
        let state = run.status().as_str();
        self.notes.push(Note {
            at: self.now,
            node: None,
            external_id: None,
            from: state,
            to: state,
            why,
            by: by.map(str::to_owned),
        });
    }
}

fn about_items(code: &str, message: String) -> Reason {
    Reason {
        item: String::new(),
        pointer: "/productOrderItem".to_owned(),
        code: code.to_owned(),
        message,
    }
}
