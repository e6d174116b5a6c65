//! Two orders for one product: the second waits until the first has ended, or is rejected.

use std::collections::HashSet;

use super::{Reason, Stage, Unit};
use crate::behaviour::order::claims::release;
use crate::behaviour::order::prepare::claimed;
use crate::domain::problem::Outcome;
use crate::ordering::order::Action;
use crate::ordering::plan::Plan;
use crate::ordering::run::Input;
use crate::ordering::settings::SecondOrder;
use crate::store::ClaimRow;

impl Unit<'_, '_> {
    /// Queues the order for the products that it changes.
    pub(super) fn claim(&mut self, plan: &Plan) -> Outcome<()> {
        let products = claimed(plan);
        if products.is_empty() {
            return Ok(());
        }
        self.lock_products(&products)?;
        // Behind all that came before, whatever the clocks of their processes said.
        let tenant = self.due.tenant;
        let others = self
            .tx
            .direct(|session| session.claims(tenant, &products))?;
        let last = others.iter().map(|claim| claim.at.saturating_add(1)).max();
        let at = last.unwrap_or_default().max(self.now.0);
        let rows: Vec<ClaimRow> = products
            .into_iter()
            .map(|product| ClaimRow {
                tenant: self.due.tenant,
                product,
                order_id: self.due.order.clone(),
                at,
            })
            .collect();
        self.tx.direct(|session| session.claim_products(&rows))
    }

    /// Two orders that come at the same instant see each other.
    pub(super) fn lock_products(&mut self, products: &[String]) -> Outcome<()> {
        for product in products {
            self.tx
                .lock(&format!("orders for product {} {product}", self.due.tenant))?;
        }
        Ok(())
    }

    /// Lets the run begin when no other order stands before it.
    pub(super) fn start_if_free(&mut self) -> Outcome<()> {
        if self.stage != Stage::Queued {
            return Ok(());
        }
        let Some(run) = self.run.as_ref().filter(|run| !run.status().is_final()) else {
            return Ok(());
        };
        let products: Vec<String> = run
            .work()
            .items
            .iter()
            .filter(|item| item.action != Action::Add)
            .filter_map(|item| item.product.clone())
            .collect();
        let ahead = self.ahead(&products)?;
        let Some(other) = ahead else {
            self.stage = Stage::Running;
            return self.feed(Input::Start).map(drop);
        };
        match self.shared.settings.second_order {
            SecondOrder::Wait => {
                tracing::debug!(order = self.due.order, other, "waits for another order");
                Ok(())
            }
            SecondOrder::Reject => self.reject(&[Reason {
                item: String::new(),
                pointer: "/productOrderItem".to_owned(),
                code: "productBusy".to_owned(),
                message: format!("the order '{other}' is at work on the same product"),
            }]),
        }
    }

    /// An order that claimed one of the products before.
    pub(super) fn ahead(&mut self, products: &[String]) -> Outcome<Option<String>> {
        if products.is_empty() {
            return Ok(None);
        }
        let tenant = self.due.tenant;
        let claims = self.tx.direct(|session| session.claims(tenant, products))?;
        for of_product in claims.chunk_by(|a, b| a.product == b.product) {
            if let Some(first) = of_product
                .first()
                .filter(|first| first.order_id != self.due.order)
            {
                return Ok(Some(first.order_id.clone()));
            }
        }
        Ok(None)
    }

    /// True when another order, or one that it waits for in turn, waits for this one: then neither would
    /// ever go on.
    pub(super) fn waits_for_this(&mut self, other: &str) -> Outcome<bool> {
        let tenant = self.due.tenant;
        let (mut todo, mut seen) = (vec![other.to_owned()], HashSet::new());
        while let Some(order) = todo.pop() {
            if order == self.due.order {
                return Ok(true);
            }
            if !seen.insert(order.clone()) {
                continue;
            }
            let own = self
                .tx
                .direct(|session| session.claims_of(tenant, &order))?;
            let products: Vec<String> = own.into_iter().map(|claim| claim.product).collect();
            let all = self
                .tx
                .direct(|session| session.claims(tenant, &products))?;
            let firsts = all
                .chunk_by(|a, b| a.product == b.product)
                .filter_map(|of_product| of_product.first());
            let before = firsts.filter(|first| first.order_id != order);
            todo.extend(before.map(|first| first.order_id.clone()));
        }
        Ok(false)
    }

    /// Orders that waited for the products of this one may look again.
    pub(super) fn free_products(&mut self) -> Outcome<()> {
        if self.run.is_none() && self.revision == 0 && !self.replanned {
            return Ok(());
        }
        self.done.freed = release(self.tx, self.due.tenant, &self.due.order, self.now)?;
        Ok(())
    }
}
