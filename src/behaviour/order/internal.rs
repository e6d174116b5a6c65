//! The work of a plan that is ours: numbers, the product inventory, the begin and end of charging.
//! It is done in the transaction that decides it.

use serde_json::{Value, json};

use super::books::Books;
use super::number;
use super::product::{self, Origin};
use super::snapshot::PRODUCT;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::ordering::catalog::RelationKind;
use crate::ordering::order::{Action, Characteristic};
use crate::ordering::plan::PlacedItem;
use crate::ordering::run::{Internal, InternalOp, Realized, Work};
use crate::store::{Due, Tx};

/// Result under which a change keeps what the product was before.
const BEFORE: &str = "@before";

/// A step as our own work sees it.
pub struct Desk<'a, 'b, 'tx> {
    pub tx: &'a mut Tx<'tx>,
    pub books: &'a mut Books<'b>,
    pub due: &'a Due,
    pub work: &'a Work,
    pub now: Micros,
}

impl Desk<'_, '_, '_> {
    /// Does a piece of our own work.
    ///
    /// # Errors
    /// A fault of the store ends the step; `Ok(Err(..))` says why the work itself cannot be done.
    pub fn carry_out(
        &mut self,
        internal: &Internal,
    ) -> Outcome<Result<Vec<Characteristic>, String>> {
        match internal.op {
            InternalOp::ReserveNumber => self.reserve(internal),
            InternalOp::ReleaseNumber => self.release(internal),
            _ => self.product(internal),
        }
    }

    fn reserve(&mut self, internal: &Internal) -> Outcome<Result<Vec<Characteristic>, String>> {
        let named = internal.parameters.get("pool").and_then(Value::as_str);
        let Some(pool) = named else {
            return Ok(Err(
                "the rule names no pool to take the number from".to_owned()
            ));
        };
        let known = internal
            .settings
            .iter()
            .find_map(|known| known.value.as_str());
        let taken = match known.filter(|_| internal.reverses.is_some()) {
            // What was given back is wanted again, not any other.
            Some(number) => {
                let node = &internal.node;
                number::take_again(self.tx, self.due, pool, node, number, self.now)?
            }
            None => number::take(self.tx, self.due, pool, &internal.node, self.now)?,
        };
        let name = internal.supplies.first().map_or("number", String::as_str);
        Ok(taken.map(|number| {
            vec![Characteristic {
                name: name.to_owned(),
                value: json!(number),
            }]
        }))
    }

    /// Gives a number back: the one that this order took, or the one that the product has, which the
    /// plan of its end names.
    fn release(&mut self, internal: &Internal) -> Outcome<Result<Vec<Characteristic>, String>> {
        number::release(self.tx, self.due, &internal.node, self.now)?;
        let pool = internal.parameters.get("pool").and_then(Value::as_str);
        let (Some(pool), None) = (pool, &internal.reverses) else {
            return Ok(Ok(Vec::new()));
        };
        let named = internal.settings.iter();
        for number in named.filter_map(|setting| setting.value.as_str()) {
            number::free(self.tx, self.due.tenant, pool, number, self.now)?;
        }
        Ok(Ok(Vec::new()))
    }

    fn product(&mut self, internal: &Internal) -> Outcome<Result<Vec<Characteristic>, String>> {
        let Some(id) = internal.product.clone() else {
            return Ok(Err("the item has no product".to_owned()));
        };
        let before = self.books.read(self.tx, PRODUCT, &id)?.cloned();
        let order = self
            .books
            .read(self.tx, super::KIND, &self.due.order)?
            .cloned()
            .unwrap_or_default();
        let Some(placed) = self.work.items.get(internal.item) else {
            return Ok(Err("the plan has no such item".to_owned()));
        };
        let item = order.pointer(&placed.pointer).cloned().unwrap_or_default();
        let services = services(&internal.services, before.as_ref());
        let parts = self.parts(internal.item, &|action| action != Action::Delete);
        let parts = self.there(parts)?;
        let parted = match placed.action {
            // What ended keeps what it consisted of.
            Action::Delete => Vec::new(),
            _ => self.parts(internal.item, &|action| action == Action::Delete),
        };
        let origin = Origin {
            order_id: &self.due.order,
            order: &order,
            item: &item,
            placed,
            found: &internal.supplied,
            services: &services,
            parts: &parts,
            parted: &parted,
            now: self.now,
        };
        let Some(known) = before else {
            return match internal.op {
                InternalOp::WriteProduct => {
                    let new = product::new(&origin);
                    self.books.write(self.tx, PRODUCT, &id, new)?;
                    self.enable(&id, placed, &item)?;
                    Ok(Ok(Vec::new()))
                }
                // What never was need not be taken back.
                InternalOp::WithdrawProduct | InternalOp::RestoreProduct => Ok(Ok(Vec::new())),
                _ => Ok(Err(format!("the product '{id}' is gone"))),
            };
        };
        let mut results = Vec::new();
        let after = match internal.op {
            InternalOp::WriteProduct => product::again(&known, &origin),
            InternalOp::ChangeProduct => {
                results.push(kept(&known));
                product::changed(&known, &origin)
            }
            InternalOp::TerminateProduct => {
                results.push(kept(&known));
                product::ended(&known, &origin, "terminated")
            }
            InternalOp::WithdrawProduct => product::ended(&known, &origin, "cancelled"),
            InternalOp::RestoreProduct | InternalOp::RestoreBilling => {
                product::restored(&known, internal.results.iter().find(|r| r.name == BEFORE))
            }
            InternalOp::StartBilling => product::charged_from(&known, self.now),
            InternalOp::StopBilling => {
                results.push(kept(&known));
                product::charged_until(&known, self.now)
            }
            InternalOp::ChangeBilling | InternalOp::ReserveNumber | InternalOp::ReleaseNumber => {
                known.clone()
            }
        };
        self.books.write(self.tx, PRODUCT, &id, after)?;
        Ok(Ok(results))
    }

    /// Has the products that an item relies on name its product: usage of theirs is rated with what it
    /// includes.
    fn enable(&mut self, id: &str, placed: &PlacedItem, item: &Value) -> Outcome<()> {
        if !placed.ordered {
            return Ok(());
        }
        for base in self.bases(item) {
            let Some(known) = self.books.read(self.tx, PRODUCT, &base)?.cloned() else {
                continue;
            };
            let after = product::enabling(&known, id);
            self.books.write(self.tx, PRODUCT, &base, after)?;
        }
        Ok(())
    }

    /// Products that an item relies on: of other items of the order, and those that it names.
    fn bases(&self, item: &Value) -> Vec<String> {
        let of_items = relied_on(item.get("productOrderItemRelationship"));
        let of_items = of_items.filter_map(|id| {
            let mut items = self.work.items.iter();
            items.find(|other| other.id == id)?.product.clone()
        });
        let product = item.get("product");
        let named = relied_on(product.and_then(|own| own.get("productRelationship")));
        of_items.chain(named.map(str::to_owned)).collect()
    }

    /// Those of some products that came about: work on a part may have been skipped or given up.
    fn there(&mut self, products: Vec<String>) -> Outcome<Vec<String>> {
        let mut there = Vec::with_capacity(products.len());
        for product in products {
            if self.books.read(self.tx, PRODUCT, &product)?.is_some() {
                there.push(product);
            }
        }
        Ok(there)
    }

    /// Products of the items that an item bundles. An item of several pieces has none itself.
    fn parts(&self, item: usize, of: &impl Fn(Action) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        let items = self.work.items.iter().enumerate();
        for (place, part) in items.filter(|(_, part)| part.parent == Some(item)) {
            match &part.product {
                Some(product) if of(part.action) => found.push(product.clone()),
                Some(_) => {}
                None => found.extend(self.parts(place, of)),
            }
        }
        found
    }
}

/// Ids in relations to what something needs.
fn relied_on(relations: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = relations.and_then(Value::as_array).into_iter().flatten();
    let needed = list.filter(|relation| {
        let word = relation.get("relationshipType").and_then(Value::as_str);
        word.is_some_and(|word| RelationKind::parse(word) == RelationKind::Requires)
    });
    needed.filter_map(|relation| relation.get("id")?.as_str())
}

fn kept(product: &Value) -> Characteristic {
    Characteristic {
        name: BEFORE.to_owned(),
        value: product.clone(),
    }
}

/// Services that realize the product from now on: those that it had and that did not end, and those
/// that were made.
fn services(made: &[Realized], before: Option<&Value>) -> Vec<(String, Option<String>)> {
    let ended = |id: &str| made.iter().any(|service| service.ended && service.id == id);
    let had = before
        .and_then(|product| product.get("realizingService"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let had = had.filter_map(|service| {
        let id = service.get("id")?.as_str()?;
        let name = service.get("name").and_then(Value::as_str);
        Some((id.to_owned(), name.map(str::to_owned)))
    });
    let mut all: Vec<(String, Option<String>)> = had.filter(|(id, _)| !ended(id)).collect();
    for service in made.iter().filter(|service| !service.ended) {
        let name = service
            .specification
            .as_ref()
            .and_then(|spec| spec.name.clone());
        if all.iter().all(|(id, _)| *id != service.id) {
            all.push((service.id.clone(), name));
        }
    }
    all
}
