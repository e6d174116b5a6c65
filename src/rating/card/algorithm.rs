//! Reading `pricingLogicAlgorithm`.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::Value;

use super::matrix_read::MatrixDraft;
use super::parameters::Parameters;
use super::{BandMode, Level, Rounding, TaxMode, Then, ZeroDuration, parameter};
use crate::domain::billing_cycle::Cycle;
use crate::domain::money::{Amount, Currency};
use crate::rating::calendar::Calendar;
use crate::rating::exact::Mode;
use crate::rating::increment::{Increment, Increments};
use crate::rating::ladder::{Beyond, TierMode};
use crate::rating::library::Library;
use crate::rating::read::Reader;
use crate::rating::table::Table;
use crate::rating::tax::Rounded;
use crate::rating::tier::Scope;

/// The algorithms, by `plaSpecId`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    PerUnit,
    Tiers(TierMode),
    Package,
    Flat,
    Percentage,
    PrefixTable,
    Matrix,
}

const KINDS: &[(&str, Kind)] = &[
    ("perUnit", Kind::PerUnit),
    ("graduated", Kind::Tiers(TierMode::Graduated)),
    ("volume", Kind::Tiers(TierMode::Volume)),
    ("stairstep", Kind::Tiers(TierMode::Stairstep)),
    ("package", Kind::Package),
    ("flat", Kind::Flat),
    ("percentage", Kind::Percentage),
    ("prefixTable", Kind::PrefixTable),
    ("matrix", Kind::Matrix),
];

/// A price, or a share of another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Change {
    #[default]
    Keep,
    Price(Decimal),
    /// In per cent.
    Percentage(Decimal),
}

#[derive(Clone, Debug)]
pub(super) struct TierDraft {
    pub to: Option<u64>,
    pub change: Change,
    pub flat: Option<Decimal>,
}

#[derive(Clone, Debug)]
pub(super) struct BandsDraft {
    pub calendar: Arc<Calendar>,
    pub mode: BandMode,
    /// For each band of the calendar.
    pub changes: Vec<Change>,
}

/// What stands in `pricingLogicAlgorithm`.
#[derive(Clone, Debug, Default)]
pub(super) struct Algorithm {
    /// Where it stands, below the price.
    pub at: String,
    pub kind: Kind,
    pub table: Option<Arc<Table>>,
    pub matrix: Option<MatrixDraft>,
    pub bands: Option<BandsDraft>,
    pub tiers: Option<Vec<TierDraft>>,
    pub tier_mode: Option<TierMode>,
    pub tier_scope: Option<Scope>,
    pub tier_period: Option<Cycle>,
    pub flat_at_zero: Option<bool>,
    pub beyond: Option<Beyond>,
    pub increments: Option<Increments>,
    pub setup: Option<Decimal>,
    pub setup_when_included: bool,
    pub attempt: Option<Decimal>,
    pub minimum: Option<Decimal>,
    pub cap: Option<(Decimal, Then)>,
    pub zero: Option<ZeroDuration>,
    /// Of a percentage.
    pub least: Option<Decimal>,
    pub most: Option<Decimal>,
    pub rounding: Rounding,
    pub tax_mode: TaxMode,
    pub currency: Option<&'static Currency>,
}

impl Algorithm {
    /// Reads the algorithm of a price; a price without one is charged per unit.
    pub fn read(price: &mut Reader<'_, '_>, library: &Library) -> Option<Self> {
        let list = price.list("pricingLogicAlgorithm");
        if list.len() > 1 {
            price.fault("pricingLogicAlgorithm/1", "is one algorithm too many");
        }
        let Some(value) = list.first() else {
            return Some(Algorithm::default());
        };
        let at = "pricingLogicAlgorithm/0";
        let mut reader = price.child(at, value)?;
        reader.only(&[
            "id",
            "href",
            "name",
            "description",
            "plaSpecId",
            "characteristic",
        ]);
        if !reader.has("plaSpecId") {
            reader.fault("plaSpecId", "is missing");
        }
        let kind = reader.one_of("plaSpecId", KINDS)?;
        let parameters = Parameters::find(&mut reader, parameter::ALL);
        let mut reading = Reading {
            reader,
            parameters,
            library,
        };
        let mut algorithm = reading.algorithm(kind);
        at.clone_into(&mut algorithm.at);
        Some(algorithm)
    }
}

struct Reading<'d, 'f> {
    reader: Reader<'d, 'f>,
    parameters: Parameters<'d>,
    library: &'d Library,
}

impl<'d> Reading<'d, '_> {
    fn algorithm(&mut self, kind: Kind) -> Algorithm {
        let (setup, setup_when_included) = self.setup().unwrap_or_default();
        let (least, most) = self.bounds().unwrap_or_default();
        Algorithm {
            at: String::new(),
            kind,
            table: self.table(kind),
            matrix: self.matrix(kind),
            bands: self.bands(),
            tiers: self.tiers(),
            tier_mode: self.one_of(parameter::TIER_MODE, TierMode::NAMES),
            tier_scope: self.one_of(parameter::TIER_SCOPE, Scope::NAMES),
            tier_period: self.period(),
            flat_at_zero: self.open(parameter::FLAT_AT_ZERO, |r| r.truth("value")),
            beyond: self.one_of(parameter::BEYOND_LAST_TIER, Beyond::NAMES),
            increments: self.increments(),
            setup,
            setup_when_included,
            attempt: self.amount(parameter::ATTEMPT_FEE),
            minimum: self.amount(parameter::MINIMUM),
            cap: self.cap(),
            zero: self.one_of(parameter::ZERO_DURATION, ZeroDuration::NAMES),
            least,
            most,
            rounding: self.rounding().unwrap_or_default(),
            tax_mode: self
                .one_of(parameter::TAX_MODE, TaxMode::NAMES)
                .unwrap_or_default(),
            currency: self.open(parameter::CURRENCY, |r| r.currency("value")),
        }
    }

    fn open<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Reader<'d, '_>) -> Option<T>,
    ) -> Option<T> {
        let mut reader = self.parameters.open(&mut self.reader, name)?;
        read(&mut reader)
    }

    fn object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Reader<'d, '_>) -> Option<T>,
    ) -> Option<T> {
        let mut reader = self.parameters.open_object(&mut self.reader, name)?;
        read(&mut reader)
    }

    fn one_of<T: Copy>(&mut self, name: &str, names: &[(&str, T)]) -> Option<T> {
        self.open(name, |reader| reader.one_of("value", names))
    }

    fn amount(&mut self, name: &str) -> Option<Decimal> {
        self.open(name, |reader| reader.amount("value"))
    }

    /// `prefixTable` names its table; a matrix may have one too, for its zones.
    fn table(&mut self, kind: Kind) -> Option<Arc<Table>> {
        let id = self.reader.text("id");
        match (kind, id) {
            (Kind::PrefixTable, None) => {
                self.reader.fault("id", "must be the id of a tariff table");
                None
            }
            (Kind::PrefixTable | Kind::Matrix, Some(id)) => {
                let found = self.library.tables.get(id).cloned();
                if found.is_none() {
                    self.reader.fault("id", "is not the id of a tariff table");
                }
                found
            }
            // Other algorithms may have ids of their own, as any entity has.
            _ => None,
        }
    }

    fn matrix(&mut self, kind: Kind) -> Option<MatrixDraft> {
        let has = self.parameters.has(parameter::MATRIX);
        match (kind == Kind::Matrix, has) {
            (true, false) => {
                self.reader
                    .fault("characteristic", "must have the parameter matrix");
                None
            }
            (false, true) => {
                let message = "is only for the algorithm matrix";
                self.parameters
                    .fault(&mut self.reader, parameter::MATRIX, message);
                None
            }
            _ => {
                let library = self.library;
                self.object(parameter::MATRIX, |reader| {
                    MatrixDraft::read(reader, library)
                })
            }
        }
    }

    fn bands(&mut self) -> Option<BandsDraft> {
        if !self.parameters.has(parameter::CALENDAR) {
            for name in [parameter::BAND_MODE, parameter::BAND_PRICE] {
                if self.parameters.has(name) {
                    let message = "needs the parameter calendar";
                    self.parameters.fault(&mut self.reader, name, message);
                }
            }
            return None;
        }
        let calendars = &self.library.calendars;
        let calendar = self.open(parameter::CALENDAR, |reader| {
            let found = calendars.get(reader.text("value")?);
            if found.is_none() {
                reader.fault("value", "is not the id of a calendar");
            }
            found.cloned()
        });
        if !self.parameters.has(parameter::BAND_MODE) {
            let message = "needs the parameter bandMode";
            self.parameters
                .fault(&mut self.reader, parameter::CALENDAR, message);
        }
        let mode = self.one_of(parameter::BAND_MODE, BandMode::NAMES);
        let calendar = calendar?;
        let changes = self.open(parameter::BAND_PRICE, |reader| {
            band_prices(reader, &calendar)
        });
        Some(BandsDraft {
            changes: changes.unwrap_or_else(|| vec![Change::Keep; calendar.bands().len()]),
            calendar,
            mode: mode?,
        })
    }

    fn tiers(&mut self) -> Option<Vec<TierDraft>> {
        self.open(parameter::TIER, |reader| {
            let list = reader.list("value");
            if list.is_empty() {
                reader.fault("value", "must have an element");
                return None;
            }
            let mut tiers: Vec<TierDraft> = Vec::with_capacity(list.len());
            for (place, value) in list.iter().enumerate() {
                let mut reader = reader.child(&format!("value/{place}"), value)?;
                let before = tiers.last().map(|tier| tier.to);
                tiers.push(tier(&mut reader, before, place + 1 == list.len()));
            }
            Some(tiers)
        })
    }

    fn period(&mut self) -> Option<Cycle> {
        self.open(parameter::TIER_PERIOD, |reader| {
            let text = reader.text("value")?;
            let cycle = Cycle::parse(text).filter(|cycle| *cycle != Cycle::Once);
            if cycle.is_none() {
                reader.fault("value", "must be a period such as month or 7 days");
            }
            cycle
        })
    }

    fn increments(&mut self) -> Option<Increments> {
        self.open(parameter::INCREMENT, |reader| {
            let list = reader.list("value");
            let mut increments = Vec::with_capacity(list.len());
            for (place, value) in list.iter().enumerate() {
                let mut reader = reader.child(&format!("value/{place}"), value)?;
                reader.only(&["from", "step"]);
                for name in ["from", "step"] {
                    if !reader.has(name) {
                        reader.fault(name, "is missing");
                    }
                }
                let (from, step) = (reader.whole("from"), reader.whole("step"));
                increments.push(Increment {
                    from: from?,
                    step: step?,
                });
            }
            match Increments::new(increments) {
                Ok(increments) => Some(increments),
                Err(fault) => {
                    let pointer = format!("value{}", fault.pointer);
                    reader.fault(&pointer, &fault.message);
                    None
                }
            }
        })
    }

    /// An amount, or `{amount, whenIncluded}`.
    fn setup(&mut self) -> Option<(Option<Decimal>, bool)> {
        let is_number = self.open(parameter::SETUP_FEE, |reader| {
            reader.value("value").map(Value::is_number)
        })?;
        if is_number {
            return Some((self.amount(parameter::SETUP_FEE), false));
        }
        self.object(parameter::SETUP_FEE, |reader| {
            reader.only(&["amount", "whenIncluded"]);
            let included = reader.truth("whenIncluded").unwrap_or(false);
            if !reader.has("amount") {
                reader.fault("amount", "is missing");
            }
            Some((reader.amount("amount"), included))
        })
    }

    fn cap(&mut self) -> Option<(Decimal, Then)> {
        self.object(parameter::CAP, |reader| {
            reader.only(&["amount", "then"]);
            for name in ["amount", "then"] {
                if !reader.has(name) {
                    reader.fault(name, "is missing");
                }
            }
            let (amount, then) = (reader.amount("amount"), reader.one_of("then", Then::NAMES));
            Some((amount?, then?))
        })
    }

    fn bounds(&mut self) -> Option<(Option<Decimal>, Option<Decimal>)> {
        self.object(parameter::BOUNDS, |reader| {
            reader.only(&["least", "most"]);
            let (least, most) = (reader.amount("least"), reader.amount("most"));
            if least.zip(most).is_some_and(|(least, most)| least > most) {
                reader.fault("most", "must not be less than least");
            }
            Some((least, most))
        })
    }

    fn rounding(&mut self) -> Option<Rounding> {
        self.object(parameter::ROUNDING, |reader| {
            reader.only(&["level", "mode", "scale"]);
            if !reader.has("level") {
                reader.fault("level", "is missing");
            }
            let level = reader.one_of("level", Level::NAMES)?;
            if level == Level::None {
                for name in ["mode", "scale"] {
                    if reader.has(name) {
                        reader.fault(name, "has no meaning where nothing is rounded");
                    }
                }
                return Some(Rounding {
                    level,
                    to: Rounded::default(),
                });
            }
            let scale = reader.whole("scale").unwrap_or(u64::from(Amount::SCALE));
            let scale = u32::try_from(scale)
                .ok()
                .filter(|scale| *scale <= Amount::SCALE);
            if scale.is_none() {
                reader.fault("scale", "must be 6 at most, which is what the books have");
            }
            let mode = reader.one_of("mode", Mode::NAMES).unwrap_or_default();
            Some(Rounding {
                level,
                to: Rounded {
                    scale: scale?,
                    mode,
                },
            })
        })
    }
}

/// Prices of bands; those that are not named keep the price.
fn band_prices(reader: &mut Reader<'_, '_>, calendar: &Calendar) -> Option<Vec<Change>> {
    let mut changes = vec![Change::Keep; calendar.bands().len()];
    let list = reader.list("value");
    for (place, value) in list.iter().enumerate() {
        let mut reader = reader.child(&format!("value/{place}"), value)?;
        reader.only(&["band", "price", "percentage"]);
        let change = change(&mut reader);
        if change == Change::Keep {
            reader.fault("", "must have either price or percentage");
        }
        let Some(band) = reader.required_text("band") else {
            continue;
        };
        let known = calendar.place(band);
        match known.and_then(|band| changes.get_mut(usize::from(band))) {
            Some(own) if *own == Change::Keep => *own = change,
            Some(_) => reader.fault("band", "is there twice"),
            None => reader.fault("band", "is not a band of the calendar"),
        }
    }
    Some(changes)
}

/// `price` or `percentage`, but not both.
fn change(reader: &mut Reader<'_, '_>) -> Change {
    match (reader.amount("price"), reader.amount("percentage")) {
        (Some(_), Some(_)) => {
            reader.fault("percentage", "cannot stand beside price");
            Change::Keep
        }
        (Some(price), None) => Change::Price(price),
        (None, Some(percentage)) => Change::Percentage(percentage),
        (None, None) => Change::Keep,
    }
}

/// One tier. `before` is the end of the one before, if there is one.
fn tier(reader: &mut Reader<'_, '_>, before: Option<Option<u64>>, is_last: bool) -> TierDraft {
    reader.only(&["to", "price", "percentage", "flat"]);
    let to = reader.whole("to");
    if to.is_none() && !is_last && !reader.has("to") {
        reader.fault("to", "is missing; only the last tier can be without end");
    }
    if let Some(to) = to
        && to <= before.flatten().unwrap_or(0)
    {
        reader.fault("to", "must be more than where the tier begins");
    }
    TierDraft {
        to,
        change: change(reader),
        flat: reader.amount("flat"),
    }
}
