//! Which documents an order needs next.

use std::collections::HashSet;

use super::{Catalog, OfferedPrice, Offering, Part, Price};
use crate::ordering::inventory::Inventory;
use crate::ordering::order::{Action, Order};

/// Kinds of catalog documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Offering,
    ProductSpecification,
    ServiceSpecification,
    Price,
}

impl Kind {
    /// Name of the kind in the store.
    pub const fn stored(self) -> &'static str {
        match self {
            Kind::Offering => "productOffering",
            Kind::ProductSpecification => "productSpecification",
            Kind::ServiceSpecification => "serviceSpecification",
            Kind::Price => "productOfferingPrice",
        }
    }
}

/// Ids to read next, each once, in the order in which they were met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub wanted: Vec<(Kind, String)>,
}

impl Reach {
    /// True when the snapshot is complete.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// The ids of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &str> {
        let all = self.wanted.iter();
        all.filter(move |(own, _)| *own == kind)
            .map(|(_, id)| id.as_str())
    }
}

impl Catalog {
    /// What must be read before the order can be planned, as far as the snapshot can tell. Ask
    /// again when that is read; what is not found goes into [`Catalog::absent`]. There are as many
    /// rounds as the longest chain of references has links.
    ///
    /// Reached are: offerings of the items with what bundles bring unasked, their specifications,
    /// prices and services down to the last relation; offerings and specifications of the products
    /// that are installed, for rules between products. Relations that require or exclude are judged
    /// by id, so what they name is not read.
    pub fn missing(&self, order: &Order, inventory: &Inventory) -> Reach {
        let mut walk = Walk {
            catalog: self,
            seen: HashSet::new(),
            reach: Reach::default(),
        };
        for item in &order.items {
            let product = item.product.as_ref();
            let installed = product
                .and_then(|product| product.id.as_deref())
                .and_then(|id| inventory.products.get(id));
            let own = item.offering.as_deref();
            let kept = installed.and_then(|installed| installed.offering.as_deref());
            if let Some(offering) = own.or(kept) {
                walk.offering(offering, item.action != Action::NoChange);
            }
            let named = product.and_then(|product| product.specification.as_deref());
            let installed = installed.and_then(|installed| installed.specification.as_deref());
            for specification in [named, installed].into_iter().flatten() {
                walk.specification(specification, true);
            }
        }
        for installed in inventory.products.values().filter(|p| p.is_live()) {
            if let Some(offering) = &installed.offering {
                walk.offering(offering, false);
            }
            if let Some(specification) = &installed.specification {
                walk.specification(specification, false);
            }
        }
        walk.reach
    }
}

struct Walk<'c> {
    catalog: &'c Catalog,
    /// Visited: kind, id, and whether all below it was.
    seen: HashSet<(Kind, &'c str, bool)>,
    reach: Reach,
}

impl<'c> Walk<'c> {
    /// Notes an entry that is not loaded, unless it is known not to be there.
    fn want(&mut self, kind: Kind, id: &str) {
        let entry = (kind, id.to_owned());
        if !self.catalog.absent.contains(&entry) && !self.reach.wanted.contains(&entry) {
            self.reach.wanted.push(entry);
        }
    }

    /// `deep` is with prices, services and what a bundle brings.
    fn offering(&mut self, id: &str, deep: bool) {
        let Some(offering) = self.catalog.offerings.get(id) else {
            return self.want(Kind::Offering, id);
        };
        if !self.seen.insert((Kind::Offering, &offering.id, deep)) {
            return;
        }
        if let Some(specification) = &offering.specification {
            self.specification(&specification.id, deep);
        }
        if deep {
            self.below(offering);
        }
    }

    fn below(&mut self, offering: &'c Offering) {
        for price in &offering.prices {
            match price {
                OfferedPrice::Reference(price) => self.price(&price.id),
                OfferedPrice::Inline(price) => self.price_relations(price),
            }
        }
        let mut brought: Vec<&'c Part> = Vec::new();
        offering.bundle.each_part(&mut |part| {
            if part.implied() > 0 {
                brought.push(part);
            }
        });
        for part in brought {
            self.offering(&part.offering.id, true);
        }
    }

    fn specification(&mut self, id: &str, deep: bool) {
        let Some(specification) = self.catalog.specifications.get(id) else {
            return self.want(Kind::ProductSpecification, id);
        };
        let key = (Kind::ProductSpecification, specification.id.as_str(), deep);
        if !deep || !self.seen.insert(key) {
            return;
        }
        for service in &specification.services {
            self.service(&service.id);
        }
        for part in &specification.bundled {
            self.specification(&part.id, true);
        }
    }

    fn service(&mut self, id: &str) {
        let Some(service) = self.catalog.services.get(id) else {
            return self.want(Kind::ServiceSpecification, id);
        };
        let key = (Kind::ServiceSpecification, service.id.as_str(), true);
        if self.seen.insert(key) {
            for relation in &service.relations {
                self.service(&relation.to.id);
            }
        }
    }

    fn price(&mut self, id: &str) {
        let Some(price) = self.catalog.prices.get(id) else {
            return self.want(Kind::Price, id);
        };
        if self.seen.insert((Kind::Price, &price.id, true)) {
            self.price_relations(price);
        }
    }

    fn price_relations(&mut self, price: &'c Price) {
        for other in price.bundled.iter().chain(&price.altered_by) {
            self.price(&other.id);
        }
    }
}
