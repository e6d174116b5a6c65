//! A card whose amounts are still decimals, and whether all of it makes sense together.

use rust_decimal::Decimal;

use super::algorithm::{Algorithm, Change, Kind, TierDraft};
use super::{BandMode, Hash, TaxMode, ZeroDuration};
use crate::domain::billing_cycle::Cycle;
use crate::domain::money::{Currency, Money};
use crate::rating::ladder::{Beyond, TierMode};
use crate::rating::read::Reader;
use crate::rating::tier::Scope;
use crate::rating::unit::Unit;

/// A card whose amounts are decimals.
#[derive(Debug)]
pub(super) struct Draft {
    pub algorithm: Algorithm,
    pub tax_mode: TaxMode,
    pub unit: Unit,
    pub per: u64,
    pub currency: &'static Currency,
    pub price: Option<Decimal>,
    pub percentage: Option<Decimal>,
}

/// What the price itself says, besides its algorithm.
pub(super) struct Said {
    pub unit: Option<(Unit, u64)>,
    pub price: Option<Money>,
    pub percentage: Option<Decimal>,
    /// `recurringChargePeriodType` and length: the period of tiers.
    pub period: Option<String>,
}

impl Draft {
    /// Puts algorithm and price together.
    pub fn new(mut algorithm: Algorithm, said: Said, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let (unit, per) = unit(&algorithm, said.unit, reader)?;
        let currency = currency(&algorithm, said.price, reader)?;
        if let Some(text) = said.period {
            period(&mut algorithm, &text, reader);
        }
        Some(Draft {
            tax_mode: algorithm.tax_mode,
            algorithm,
            unit,
            per,
            currency,
            price: said.price.map(|money| money.value),
            percentage: said.percentage,
        })
    }

    /// Takes a fee or a bound that is a price of its own.
    ///
    /// # Errors
    /// Another currency, or the parameter is there already.
    pub fn add_part(&mut self, word: &str, money: Money) -> Result<(), &'static str> {
        if money.currency != self.currency {
            return Err("is to a price in another currency");
        }
        let parameters = &mut self.algorithm;
        match word {
            "setupFee" if parameters.setup.is_none() => parameters.setup = Some(money.value),
            "minimumCharge" if parameters.minimum.is_none() => {
                parameters.minimum = Some(money.value);
            }
            "maximumCharge" if parameters.cap.is_none() => {
                parameters.cap = Some((money.value, super::Then::Free));
            }
            _ => return Err("says what a parameter or another part has said already"),
        }
        Ok(())
    }

    /// Content of tables and calendars.
    pub fn hashes(&self) -> impl Iterator<Item = Hash> {
        let table = self.algorithm.table.iter().map(|table| table.hash);
        let bands = self.algorithm.bands.iter();
        table.chain(bands.map(|bands| bands.calendar.hash))
    }

    /// Looks for what contradicts itself.
    pub fn check(&self, reader: &mut Reader<'_, '_>) {
        let mut check = Check {
            draft: self,
            own: &self.algorithm,
            reader,
        };
        check.price();
        check.tiers();
        check.bands();
        check.matrix();
        check.fees();
    }

    /// The mode of the tiers, if there are any.
    pub fn tier_mode(&self) -> Option<TierMode> {
        match self.algorithm.kind {
            Kind::Tiers(mode) => Some(mode),
            _ => self.algorithm.tier_mode,
        }
    }
}

/// Prices of the whole event need no unit.
fn unit(
    algorithm: &Algorithm,
    said: Option<(Unit, u64)>,
    reader: &mut Reader<'_, '_>,
) -> Option<(Unit, u64)> {
    match (said, algorithm.kind) {
        (Some(unit), _) => Some(unit),
        (None, Kind::Flat | Kind::Percentage) => Some((Unit::Event, 1)),
        (None, _) => {
            if !reader.has("unitOfMeasure") {
                reader.fault("unitOfMeasure", "is missing");
            }
            None
        }
    }
}

/// The currency that price, table and parameter agree on.
fn currency(
    algorithm: &Algorithm,
    price: Option<Money>,
    reader: &mut Reader<'_, '_>,
) -> Option<&'static Currency> {
    let table = algorithm.table.as_ref();
    let table = table.and_then(|table| table.currency);
    let said = [price.map(|money| money.currency), table, algorithm.currency];
    let mut said = said.into_iter().flatten();
    let Some(first) = said.next() else {
        // A table that could not be found may have had one.
        if !reader.has("price") && reader.faults.is_empty() {
            reader.fault("price", "is missing; it says the currency");
        }
        return None;
    };
    if said.any(|other| other != first) {
        reader.fault(
            "price/unit",
            "is another currency than that of table or parameters",
        );
        return None;
    }
    Some(first)
}

fn period(algorithm: &mut Algorithm, text: &str, reader: &mut Reader<'_, '_>) {
    let name = "recurringChargePeriodType";
    let cycle = Cycle::parse(text).filter(|cycle| *cycle != Cycle::Once);
    if cycle.is_none() {
        return reader.fault(name, "is not a period such as month");
    }
    if algorithm.tier_period.is_some() {
        return reader.fault(name, "says the same as the parameter tierPeriod");
    }
    if algorithm.tiers.is_none() {
        return reader.fault(name, "has no meaning for a usage price without tiers");
    }
    algorithm.tier_period = cycle;
}

struct Check<'c, 'd, 'f> {
    draft: &'c Draft,
    own: &'c Algorithm,
    reader: &'c mut Reader<'d, 'f>,
}

impl Check<'_, '_, '_> {
    /// Adds a fault at the algorithm; prices without one have faults at themselves.
    fn fault(&mut self, message: &str) {
        let at = self.own.at.clone();
        self.reader.fault(&at, message);
    }

    fn price(&mut self) {
        let has_price = self.draft.price.is_some();
        let mode = self.draft.tier_mode();
        match self.own.kind {
            Kind::Percentage => {
                if self.draft.percentage.is_none() {
                    self.reader.fault("percentage", "is missing");
                }
                if has_price {
                    self.reader.fault("price", "cannot stand beside percentage");
                }
                if self.own.currency.is_none() {
                    self.fault("needs the parameter currency");
                }
                return;
            }
            Kind::PrefixTable => self.table_prices(has_price),
            Kind::Matrix if has_price => {
                self.reader.fault(
                    "price",
                    "stands in the matrix; name the currency as a parameter",
                );
            }
            Kind::Matrix => {}
            _ if mode == Some(TierMode::Stairstep) => {}
            _ if !has_price && !self.tiers_have_prices() => {
                self.reader.fault("price", "is missing");
            }
            _ => {}
        }
        if self.draft.percentage.is_some() {
            self.reader
                .fault("percentage", "is only for the algorithm percentage");
        }
        if self.own.least.is_some() || self.own.most.is_some() {
            self.fault("has bounds, which are only for the algorithm percentage");
        }
    }

    /// Rows without a price have that of the card.
    fn table_prices(&mut self, has_price: bool) {
        let Some(table) = &self.own.table else { return };
        let rows = table.rows();
        let without = rows.iter().filter(|row| row.price.is_none()).count();
        if without > 0 && !has_price && !self.tiers_have_prices() {
            let message = format!("is missing: {without} rows of the table have no price");
            self.reader.fault("price", &message);
        }
        if without == 0 && has_price {
            self.reader
                .fault("price", "is not used: all rows of the table have a price");
        }
    }

    /// All tiers have prices of their own.
    fn tiers_have_prices(&self) -> bool {
        let is_own = |tier: &TierDraft| matches!(tier.change, Change::Price(_));
        self.own
            .tiers
            .as_ref()
            .is_some_and(|tiers| tiers.iter().all(is_own))
    }

    fn tiers(&mut self) {
        let mode = match (self.own.kind, self.own.tier_mode) {
            (Kind::Tiers(kind), Some(said)) if kind != said => {
                return self.fault("has a tierMode that contradicts the algorithm");
            }
            (Kind::Tiers(kind), _) => Some(kind),
            (_, said) => said,
        };
        let Some(tiers) = self.own.tiers.as_deref() else {
            return self.without_tiers(mode);
        };
        if matches!(self.own.kind, Kind::Flat | Kind::Package | Kind::Percentage) {
            return self.fault("has tiers, which this algorithm does not use");
        }
        let Some(mode) = mode else {
            return self.fault("has tiers and needs the parameter tierMode");
        };
        let Some(scope) = self.own.tier_scope else {
            return self.fault("has tiers and needs the parameter tierScope");
        };
        match (scope, self.own.tier_period) {
            (Scope::Event, Some(_)) => {
                self.fault("has a period, but tiers that count each event by itself");
            }
            (Scope::Event, None) | (_, Some(_)) => {}
            (_, None) => self.fault("has tiers and needs the parameter tierPeriod"),
        }
        let ends = tiers.last().is_some_and(|tier| tier.to.is_some());
        if !ends && self.own.beyond == Some(Beyond::LastTier) {
            self.fault("has beyondLastTier, but a last tier without end");
        }
        if mode == TierMode::Stairstep {
            self.stairs(tiers);
        }
        if mode != TierMode::Graduated && scope != Scope::Event {
            self.by_total();
        }
    }

    fn without_tiers(&mut self, mode: Option<TierMode>) {
        let own = self.own;
        let lonely = mode.is_some()
            || own.tier_scope.is_some()
            || own.tier_period.is_some()
            || own.flat_at_zero.is_some()
            || own.beyond.is_some();
        if lonely {
            self.fault("needs the parameter tier");
        }
    }

    fn stairs(&mut self, tiers: &[TierDraft]) {
        if tiers.iter().any(|tier| tier.flat.is_none()) {
            self.fault("has a tier without flat, which a stairstep needs");
        }
        if tiers.iter().any(|tier| tier.change != Change::Keep) {
            self.fault("has a tier with a price, which a stairstep does not use");
        }
        if self.draft.price.is_some_and(|price| !price.is_zero()) {
            self.reader
                .fault("price", "is not used by a stairstep; it must be 0");
        }
    }

    /// The whole of a period by one tier: what was used before must have had the same price.
    fn by_total(&mut self) {
        let has_cells = self.own.table.is_some() || self.own.matrix.is_some();
        if has_cells || self.own.bands.is_some() {
            self.fault(
                "prices the whole of a period by its last tier, which cannot be where zones or bands have prices of their own",
            );
        }
    }

    fn bands(&mut self) {
        let Some(bands) = &self.own.bands else {
            return;
        };
        let is_cut = bands.mode != BandMode::StartOnly;
        if is_cut && self.draft.unit != Unit::Second {
            self.fault("has a bandMode that cuts time, but does not measure time");
        }
        if is_cut && matches!(self.own.kind, Kind::Flat | Kind::Package | Kind::Percentage) {
            self.fault("prices events or packages, which no band can cut");
        }
        if is_cut && self.draft.tier_mode() == Some(TierMode::Stairstep) {
            self.fault("prices the event by its tier, which no band can cut");
        }
        let prices = bands.changes.iter().any(|change| *change != Change::Keep);
        let in_matrix = self.own.matrix.as_ref().is_some_and(|own| own.has_bands());
        if !prices && !in_matrix {
            self.fault("has a calendar, but no price depends on it");
        }
        if prices && in_matrix {
            self.fault("has prices of bands both in bandPrice and in the matrix");
        }
        if self.own.kind == Kind::Percentage {
            self.fault("has a calendar, which a percentage does not use");
        }
    }

    /// Zones and bands of a matrix must be those of table and calendar.
    fn matrix(&mut self) {
        let own = self.own;
        let Some(matrix) = &own.matrix else { return };
        let calendar = own.bands.as_ref().map(|bands| &*bands.calendar);
        let unknown = matrix.unknown(own.table.as_deref(), calendar);
        for (what, value) in unknown {
            self.fault(&format!(
                "has a matrix with the {what} '{value}', which is not known"
            ));
        }
    }

    fn fees(&mut self) {
        let own = self.own;
        if own.attempt.is_some() && own.zero == Some(ZeroDuration::SetupOnly) {
            self.fault("has an attemptFee, and a zeroDuration that charges the setup fee");
        }
        let of_table = own
            .table
            .as_ref()
            .is_some_and(|table| table.rows().iter().any(|row| row.setup.is_some()));
        if own.zero == Some(ZeroDuration::SetupOnly) && own.setup.is_none() && !of_table {
            self.fault("has a zeroDuration that charges the setup fee, but none");
        }
        if own
            .minimum
            .zip(own.cap)
            .is_some_and(|(minimum, (cap, _))| minimum > cap)
        {
            self.fault("has a minimum above its cap");
        }
        let is_whole = matches!(own.kind, Kind::Flat | Kind::Percentage);
        if is_whole && own.increments.is_some() {
            self.fault("has increments, which a price for the whole event does not use");
        }
        let per_row = own
            .table
            .as_ref()
            .is_some_and(|table| table.rows().iter().all(|row| row.has_steps()));
        if per_row && own.increments.is_some() {
            self.fault("has increments, but all rows of the table have their own");
        }
    }
}
