//! Usage that waits to be billed: read from what usage has left behind with its products, and taken away
//! from there with the bill.

use std::collections::HashMap;
use std::sync::Arc;

use super::catalog::{Terms, UNNAMED};
use crate::billing::Span;
use crate::billing::pending::PendingTaxes;
use crate::billing::tally::{Measured, Tally};
use crate::billing::{Tax, Taxes};
use crate::charging::tally::{Key, Sum};
use crate::charging::waiting::Waiting;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};
use crate::domain::problem::{Outcome, Problem};
use crate::domain::tax::{TaxMode, TaxRate};
use crate::store::Session;
use crate::store::usage::UsageSumRow;

const SECOND: i64 = 1_000_000;

/// What usage has left behind with a product.
#[derive(Default)]
pub struct Left {
    product: String,
    parts: Vec<i64>,
    waiting: Waiting,
}

/// What a bill takes of it.
#[derive(Clone, Debug)]
pub struct Taken {
    pub parts: Vec<i64>,
    /// What stays, as a new part.
    pub rest: Option<UsageSumRow>,
}

/// What usage has left behind with products, by their ids; nothing of those that have used nothing.
///
/// # Errors
/// When the database cannot be read, or a sum cannot.
pub fn of_products(
    session: &mut dyn Session,
    tenant: i64,
    products: &[String],
) -> Outcome<HashMap<String, Left>> {
    let mut left: HashMap<String, Left> = HashMap::new();
    for row in session.usage_sums(tenant, products)? {
        let own = left.entry(row.product.clone()).or_insert_with(|| Left {
            product: row.product,
            ..Left::default()
        });
        own.waiting.add(&row.body)?;
        own.parts.push(row.seq);
    }
    Ok(left)
}

impl Left {
    /// Ids of the prices of what waits.
    pub fn price_ids(&self) -> impl Iterator<Item = &str> {
        self.waiting.0.keys().map(|key| &*key.price)
    }

    /// What waits of periods that have begun before the end of that of the bill.
    ///
    /// # Errors
    /// A fault of ours where it makes no sense.
    pub fn tallies(
        &self,
        period: Span,
        terms: &HashMap<String, Arc<Terms>>,
    ) -> Outcome<Vec<Tally>> {
        let due = self.waiting.0.iter().filter(|(key, _)| is_due(key, period));
        due.map(|(key, sum)| tally(&self.product, (key, sum), period, terms))
            .collect()
    }

    /// What a bill takes with it; none where nothing waited.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn taken(mut self, tenant: i64, period: Span) -> Outcome<Option<Taken>> {
        let before = self.waiting.0.len();
        self.waiting.0.retain(|key, _| !is_due(key, period));
        if self.waiting.0.len() == before {
            return Ok(None);
        }
        let rest = match self.waiting.0.is_empty() {
            true => None,
            false => Some(UsageSumRow {
                seq: 0,
                tenant,
                product: self.product,
                body: self.waiting.bytes()?,
            }),
        };
        Ok(Some(Taken {
            parts: self.parts,
            rest,
        }))
    }
}

/// What has begun before the end of what is billed: a bill within a period takes what there is of it so far.
fn is_due(key: &Key, period: Span) -> bool {
    key.span.from.saturating_mul(SECOND) < period.to.0
}

fn tally(
    product: &str,
    (key, sum): (&Key, &Sum),
    period: Span,
    terms: &HashMap<String, Arc<Terms>>,
) -> Outcome<Tally> {
    let broken = |what: &str| Problem::internal(format!("usage of product '{product}': {what}"));
    let rate = TaxRate::of(key.tax).ok_or_else(|| broken("a rate below nothing"))?;
    let category = match &*key.category {
        "" => UNNAMED,
        named => named,
    };
    let taxes = match (key.category.is_empty(), key.tax.is_zero()) {
        (true, true) => Taxes::default(),
        _ => Taxes(Box::new([Tax {
            category: category.into(),
            rate,
            exempt: false,
        }])),
    };
    let coverage = Span {
        from: Micros(key.span.from.saturating_mul(SECOND)),
        to: Micros(key.span.to.saturating_mul(SECOND)).min(period.to),
    };
    let (amount, mode) = match key.inclusive {
        true => (sum.gross, TaxMode::Gross),
        false => (sum.net, TaxMode::Net),
    };
    let name = terms.get(&*key.price).map(|own| own.name.clone());
    Ok(Tally {
        product: product.into(),
        price: key.price.clone(),
        name: name
            .filter(|own| !own.is_empty())
            .unwrap_or_else(|| key.price.clone()),
        label: key.label.clone(),
        taxes: PendingTaxes::Known(taxes),
        late: coverage.to <= period.from,
        coverage,
        amount: Amount::from_millionths(amount),
        currency: Currency::of(&key.currency).ok_or_else(|| broken("a currency that is none"))?,
        mode,
        measured: Measured {
            quantity: sum.units.saturating_add(sum.included).into(),
            unit: key.unit.clone(),
            count: u64::try_from(sum.n).unwrap_or(0),
            included: sum.included.into(),
            included_value: Amount::ZERO,
        },
    })
}
