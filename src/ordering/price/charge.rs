//! Which prices of the catalog an order pays.

use rust_decimal::Decimal;
use serde_json::Value;

use super::alter::{Alteration, Altered};
use crate::domain::clock::Micros;
use crate::domain::money::{Currency, Money};
use crate::ordering::catalog::{Catalog, OfferedPrice, Offering, Price, PriceKind, Use};
use crate::ordering::order::{Action, Order};
use crate::ordering::plan::PlacedItem;
use crate::ordering::plan::validate::{Refusal, code};

/// Prices in prices at most.
const DEPTH_MAX: usize = 8;

/// A price that one piece of an item is charged.
pub(super) struct Charge<'a> {
    pub price: &'a Price,
    /// Place of the item.
    pub placed: usize,
    pub quantity: u32,
    pub currency: &'static Currency,
    /// As listed, for one piece, without tax.
    pub list: Decimal,
    /// With alterations.
    pub net: Decimal,
    pub altered: Vec<Altered<'a>>,
    /// Account that pays, where the item names one.
    pub account: Option<&'a str>,
}

/// What is found for an order.
#[derive(Default)]
pub(super) struct Collected<'a> {
    pub charges: Vec<Charge<'a>>,
    pub alterations: Vec<Alteration<'a>>,
    pub faults: Vec<Refusal>,
}

/// Finds charges and alterations of all items.
pub(super) fn collect<'a>(
    order: &'a Order,
    placed: &'a [PlacedItem],
    catalog: &'a Catalog,
) -> Collected<'a> {
    let mut out = Collected::default();
    for (index, item) in placed.iter().enumerate() {
        let offering = item.offering.as_deref();
        let offering = offering.and_then(|id| catalog.offerings.get(id));
        let is_charged = matches!(item.action, Action::Add | Action::Modify) && item.quantity > 0;
        let Some(offering) = offering.filter(|_| is_charged) else {
            continue;
        };
        let own = order.items.get(index).filter(|_| item.ordered);
        let mut collecting = Collecting {
            catalog,
            offering,
            placed,
            item,
            index,
            term: own
                .and_then(|own| chosen(&own.terms, offering))
                .or_else(|| offering.terms.first()?.name.as_deref()),
            account: own.and_then(|own| own.billing_account.as_deref()),
            at: order.placed_at,
            out: &mut out,
        };
        for price in &offering.prices {
            match price {
                OfferedPrice::Inline(price) => collecting.price(price, 0),
                OfferedPrice::Reference(price) => collecting.by_id(&price.id, 0),
            }
        }
    }
    out
}

/// The name of the term that an item has chosen.
fn chosen<'a>(terms: &'a [Value], offering: &Offering) -> Option<&'a str> {
    let mut names = terms.iter().filter_map(|term| term.get("name")?.as_str());
    names.find(|name| {
        let mut own = offering.terms.iter();
        own.any(|own| own.name.as_deref() == Some(name))
    })
}

struct Collecting<'a, 'o> {
    catalog: &'a Catalog,
    offering: &'a Offering,
    placed: &'a [PlacedItem],
    item: &'a PlacedItem,
    index: usize,
    term: Option<&'a str>,
    account: Option<&'a str>,
    at: Micros,
    out: &'o mut Collected<'a>,
}

impl<'a> Collecting<'a, '_> {
    fn by_id(&mut self, id: &str, depth: usize) {
        match self.find(id) {
            Some(price) => self.price(price, depth),
            None => self.fault(id, "is not in the catalog"),
        }
    }

    fn find(&self, id: &str) -> Option<&'a Price> {
        let inline = self.offering.inline_price(id);
        let price = inline.or_else(|| self.catalog.prices.get(id))?;
        Some(price)
    }

    fn price(&mut self, price: &'a Price, depth: usize) {
        if price.kind == PriceKind::Later || self.is_of_usage(price) || !self.is_due(price) {
            return;
        }
        if depth > DEPTH_MAX {
            return self.fault(&price.id, "consists of too many in each other");
        }
        let is_usage = price.kind == PriceKind::Usage;
        for part in &price.bundled {
            // Fees and discounts that are parts of a price of usage are rated with it.
            let own = |part: &Price| !is_usage || part.kind == PriceKind::Usage;
            if self.find(&part.id).is_none_or(own) {
                self.by_id(&part.id, depth + 1);
            }
        }
        for alteration in price.altered_by.iter().filter(|_| !is_usage) {
            self.alteration(&alteration.id, &price.id);
        }
        if price.kind.is_alteration() && !self.stands_alone(price) {
            return self.out.alterations.push(Alteration {
                price,
                placed: self.index,
                target: None,
            });
        }
        self.charge(price);
    }

    /// A discount that prices of usage bring along: it is taken off when usage is rated.
    fn is_of_usage(&self, price: &Price) -> bool {
        let usage = self.offering.prices.iter().filter_map(|offered| {
            let own = match offered {
                OfferedPrice::Inline(own) => Some(own.as_ref()),
                OfferedPrice::Reference(named) => self.find(&named.id),
            };
            own.filter(|own| own.kind == PriceKind::Usage)
        });
        let mut brought = usage.flat_map(|own| own.altered_by.iter().chain(&own.bundled));
        price.kind.is_alteration() && brought.any(|named| named.id == price.id)
    }

    /// An alteration that a price brings along.
    fn alteration(&mut self, id: &str, target: &'a str) {
        match self.find(id) {
            Some(price) if self.is_due(price) => self.out.alterations.push(Alteration {
                price,
                placed: self.index,
                target: Some(target),
            }),
            Some(_) => {}
            None => self.fault(id, "is not in the catalog"),
        }
    }

    /// An amount that names no price to take it off.
    fn stands_alone(&self, price: &Price) -> bool {
        price.alters.is_empty() && price.percentage.is_none() && price.amount.is_some()
    }

    fn charge(&mut self, price: &'a Price) {
        let money: Money = match price.amount {
            Some(Ok(money)) => money,
            Some(Err(error)) => return self.fault(&price.id, &format!("is not exact: it {error}")),
            // A price that only holds others together, or a percentage of something else.
            None => return,
        };
        let list = match price.kind {
            PriceKind::Discount => -money.value.abs(),
            _ => money.value,
        };
        self.out.charges.push(Charge {
            price,
            placed: self.index,
            quantity: self.item.quantity,
            currency: money.currency,
            list,
            net: list,
            altered: Vec::new(),
            account: self.account,
        });
    }

    /// True where the price is charged for the item. Conditions on usage are left to rating.
    fn is_due(&self, price: &Price) -> bool {
        let is_once = price.kind == PriceKind::OneTime;
        let is_usage = price.kind == PriceKind::Usage;
        price.active
            && price.valid.contains(self.at)
            && (!is_once || self.item.action == Action::Add)
            && self.is_term_chosen(price)
            && price
                .conditions
                .iter()
                .filter(|condition| !(is_usage && self.catalog.is_of_usage(&condition.name)))
                .all(|condition| self.holds(condition))
    }

    /// Terms that the offering does not have only say how long the price is for.
    fn is_term_chosen(&self, price: &Price) -> bool {
        let mut of_offering = price.terms.iter().filter_map(|term| {
            let name = term.name.as_deref()?;
            let mut own = self.offering.terms.iter();
            own.any(|own| own.name.as_deref() == Some(name))
                .then_some(name)
        });
        match of_offering.next() {
            None => true,
            Some(first) => self.term == Some(first) || of_offering.any(|n| self.term == Some(n)),
        }
    }

    fn holds(&self, condition: &Use) -> bool {
        let mut own = self.item.characteristics.iter();
        let Some(own) = own.find(|own| own.name == condition.name) else {
            return false;
        };
        let values = match &own.value {
            Value::Array(values) => values.as_slice(),
            single => std::slice::from_ref(single),
        };
        condition.values.is_empty()
            || values.iter().any(|value| {
                let mut allowed = condition.values.iter();
                allowed.any(|allowed| allowed.admits(value))
            })
    }

    fn fault(&mut self, price: &str, what: &str) {
        self.out
            .faults
            .push(fault(self.placed, self.index, price, what));
    }
}

impl Charge<'_> {
    /// This charge cannot be calculated.
    pub fn fault(&self, placed: &[PlacedItem], what: &str) -> Refusal {
        fault(placed, self.placed, &self.price.id, what)
    }

    /// Digits behind the point of an amount with tax.
    pub fn digits(&self) -> u32 {
        match (self.price.kind, self.currency.digits) {
            (PriceKind::Usage, _) | (_, None) => super::json::DIGITS_MAX,
            (_, Some(digits)) => digits,
        }
    }

    /// An amount without tax of so many pieces, with tax and not rounded. `None` where no tax is
    /// stated; `Some(None)` where it cannot be held.
    pub fn taxed(&self, amount: Decimal, pieces: u32) -> Option<Option<Decimal>> {
        let fixed: Vec<&Money> = self
            .price
            .tax_amounts
            .iter()
            .filter(|tax| tax.currency == self.currency)
            .collect();
        if self.price.tax_rate.is_none() && fixed.is_empty() {
            return None;
        }
        let rate = self.price.tax_rate.unwrap_or_default();
        let mut sum = factor(rate).and_then(|factor| amount.checked_mul(factor));
        for tax in fixed {
            let tax = tax.value.checked_mul(Decimal::from(pieces));
            sum = sum.zip(tax).and_then(|(sum, tax)| sum.checked_add(tax));
        }
        Some(sum)
    }
}

/// 1.2 for 20 per cent.
fn factor(rate: Decimal) -> Option<Decimal> {
    rate.checked_div(Decimal::ONE_HUNDRED)?
        .checked_add(Decimal::ONE)
}

pub(super) fn fault(placed: &[PlacedItem], index: usize, price: &str, what: &str) -> Refusal {
    let item = super::ordered(placed, index).and_then(|index| placed.get(index));
    Refusal {
        item: item.map(|item| item.id.clone()).unwrap_or_default(),
        pointer: item
            .map(|item| format!("{}/productOffering", item.pointer))
            .unwrap_or_default(),
        code: code::PRICE_NOT_EXACT.to_owned(),
        message: format!("the price '{price}' {what}"),
    }
}
