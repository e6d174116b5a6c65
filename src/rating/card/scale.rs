//! From decimals to whole numbers of one unit.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::algorithm::{Change, Kind};
use super::draft::Draft;
use super::{Bands, Base, Cap, Card, Conditions, Fees, Hash, Method, Scale, TableUse, Tax};
use crate::domain::money::Amount;
use crate::domain::value::Period;
use crate::rating::exact::power_of_ten;
use crate::rating::ladder::{Adjust, Ladder, Tier};
use crate::rating::read::Reader;
use crate::rating::tier::Scope;

/// Parts of the unit of a currency at most: 128 bits then still hold any amount that can be booked.
const WHOLE_MAX: i128 = 1_000_000_000_000_000_000_000_000_000;

/// A card without what stands outside of the algorithm.
pub(super) fn scaled(draft: Draft, reader: &mut Reader<'_, '_>) -> Option<Card> {
    let scaling = Scaling::of(&draft);
    let card = scaling.and_then(|scaling| scaling.card(draft));
    if card.is_none() {
        reader.fault(
            "",
            "has numbers that are too large or too fine to calculate with together",
        );
    }
    card
}

struct Scaling {
    scale: Scale,
    /// Digits behind the point of percentages of bands and of tiers.
    band_digits: Option<u32>,
    tier_digits: Option<u32>,
}

impl Scaling {
    fn of(draft: &Draft) -> Option<Self> {
        let own = &draft.algorithm;
        let bands = own
            .bands
            .iter()
            .flat_map(|bands| bands.changes.iter().copied());
        let bands: Vec<Change> = bands.collect();
        let tiers = own.tiers.iter().flatten();
        let changes: Vec<Change> = tiers.clone().map(|tier| tier.change).collect();
        let fees = [own.setup, own.attempt, own.minimum, own.least, own.most];
        let amounts = fees
            .into_iter()
            .chain([draft.price, own.cap.map(|(amount, _)| amount)])
            .chain(tiers.map(|tier| tier.flat))
            .chain(bands.iter().chain(&changes).map(|change| match change {
                Change::Price(price) => Some(*price),
                _ => None,
            }));
        let digits = amounts.flatten().map(|amount| amount.normalize().scale());
        let of_table = own.table.iter().map(|table| table.scale());
        let of_matrix = own.matrix.iter().map(|matrix| matrix.digits());
        let digits = digits.chain(of_table).chain(of_matrix).max();
        let digits = digits.unwrap_or_default().max(Amount::SCALE);
        let band_digits = percent_digits(&bands);
        let tier_digits = percent_digits(&changes);
        let parts = |digits: Option<u32>| match digits {
            Some(digits) => power_of_ten(digits.checked_add(2)?),
            None => Some(1),
        };
        let share = draft.percentage.map(|share| share.normalize().scale());
        let base = power_of_ten(digits)?
            .checked_mul(i128::from(draft.per))?
            .checked_mul(parts(share)?)?;
        let (band, tier) = (parts(band_digits)?, parts(tier_digits)?);
        let whole = base.checked_mul(band)?.checked_mul(tier)?;
        (whole <= WHOLE_MAX).then_some(Scaling {
            scale: Scale {
                base,
                band,
                tier,
                whole,
            },
            band_digits,
            tier_digits,
        })
    }

    /// An amount in parts of which `unit` are one of the currency.
    fn amount(&self, amount: Decimal, unit: i128) -> Option<i128> {
        let exact = amount.normalize();
        let digits = power_of_ten(exact.scale())?;
        exact.mantissa().checked_mul(unit.checked_div(digits)?)
    }

    fn fee(&self, amount: Option<Decimal>) -> Option<i128> {
        match amount {
            Some(amount) => self.amount(amount, self.scale.whole),
            None => Some(0),
        }
    }

    /// A price of so many base units, as a price of one.
    fn price(&self, price: Decimal, per: u64, unit: i128) -> Option<i128> {
        self.amount(price, unit.checked_div(i128::from(per))?)
    }

    fn change(&self, change: Change, per: u64, unit: i128, digits: Option<u32>) -> Option<Adjust> {
        Some(match change {
            Change::Keep => Adjust::Keep,
            Change::Price(price) => Adjust::Price(self.price(price, per, unit)?),
            Change::Percentage(percentage) => {
                let exact = percentage.normalize();
                let finer = digits?.checked_sub(exact.scale()).and_then(power_of_ten)?;
                Adjust::Times(exact.mantissa().checked_mul(finer)?)
            }
        })
    }

    fn card(&self, draft: Draft) -> Option<Card> {
        Some(Card {
            price: Box::default(),
            version: None,
            hash: Hash::default(),
            valid: Period::ALWAYS,
            currency: draft.currency,
            unit: draft.unit,
            per: draft.per,
            conditions: Conditions::default(),
            base: self.base(&draft)?,
            method: self.method(&draft)?,
            bands: self.bands(&draft)?,
            ladder: self.ladder(&draft)?,
            fees: self.fees(&draft)?,
            rounding: draft.algorithm.rounding,
            increments: draft.algorithm.increments.unwrap_or_default(),
            tax: Tax::default(),
            scale: self.scale,
            of_option: false,
        })
    }

    fn base(&self, draft: &Draft) -> Option<Base> {
        let own = &draft.algorithm;
        let base = self.scale.base;
        let price = match draft.price {
            Some(price) => Some(self.price(price, draft.per, base)?),
            None => None,
        };
        let table = match &own.table {
            Some(table) => {
                let digits = power_of_ten(table.scale())?;
                let per = i128::from(draft.per);
                Some(TableUse {
                    table: Arc::clone(table),
                    price_factor: base.checked_div(digits.checked_mul(per)?)?,
                    fee_factor: self.scale.whole.checked_div(digits)?,
                })
            }
            None => None,
        };
        let matrix = match &own.matrix {
            Some(matrix) => {
                let calendar = own.bands.as_ref().map(|bands| &*bands.calendar);
                let price = |price| self.price(price, draft.per, base);
                let matrix = matrix.scaled(own.table.as_deref(), calendar, price)?;
                Some(Arc::new(matrix))
            }
            None => None,
        };
        Some(Base {
            price,
            table,
            matrix,
        })
    }

    fn method(&self, draft: &Draft) -> Option<Method> {
        Some(match draft.algorithm.kind {
            Kind::Package => Method::Package,
            Kind::Flat => Method::Flat,
            Kind::Percentage => {
                let share = draft.percentage?.normalize();
                let bound = |bound: Option<Decimal>| match bound {
                    Some(bound) => self.amount(bound, self.scale.whole).map(Some),
                    None => Some(None),
                };
                Method::Percentage {
                    parts: share.mantissa(),
                    whole: power_of_ten(share.scale().checked_add(2)?)?,
                    least: bound(draft.algorithm.least)?,
                    most: bound(draft.algorithm.most)?,
                }
            }
            _ => Method::PerUnit,
        })
    }

    fn bands(&self, draft: &Draft) -> Option<Option<Bands>> {
        let Some(bands) = &draft.algorithm.bands else {
            return Some(None);
        };
        let unit = self.scale.base.checked_mul(self.scale.band)?;
        let changes = bands.changes.iter();
        let prices: Option<Box<[Adjust]>> = changes
            .map(|change| self.change(*change, draft.per, unit, self.band_digits))
            .collect();
        Some(Some(Bands {
            calendar: Arc::clone(&bands.calendar),
            mode: bands.mode,
            prices: prices?,
        }))
    }

    fn ladder(&self, draft: &Draft) -> Option<Option<Ladder>> {
        let own = &draft.algorithm;
        let Some(tiers) = &own.tiers else {
            return Some(None);
        };
        let tier = |tier: &super::algorithm::TierDraft| {
            Some(Tier {
                to: tier.to,
                rate: self.change(tier.change, draft.per, self.scale.whole, self.tier_digits)?,
                flat: self.fee(tier.flat)?,
            })
        };
        let tiers: Option<Box<[Tier]>> = tiers.iter().map(tier).collect();
        Some(Some(Ladder {
            mode: draft.tier_mode()?,
            scope: own.tier_scope.unwrap_or(Scope::Event),
            period: own.tier_period,
            tiers: tiers?,
            beyond: own.beyond.unwrap_or_default(),
            flat_at_zero: own.flat_at_zero.unwrap_or(false),
        }))
    }

    fn fees(&self, draft: &Draft) -> Option<Fees> {
        let own = &draft.algorithm;
        let cap = match own.cap {
            Some((amount, then)) => Some(Cap {
                amount: self.amount(amount, self.scale.whole)?,
                then,
            }),
            None => None,
        };
        Some(Fees {
            setup: self.fee(own.setup)?,
            setup_when_included: own.setup_when_included,
            attempt: self.fee(own.attempt)?,
            minimum: self.fee(own.minimum)?,
            cap,
            zero: own.zero.unwrap_or_default(),
        })
    }
}

/// The most digits behind the point of percentages; none where there are none.
fn percent_digits(changes: &[Change]) -> Option<u32> {
    let shares = changes.iter().filter_map(|change| match change {
        Change::Percentage(share) => Some(share.normalize().scale()),
        _ => None,
    });
    shares.max()
}
