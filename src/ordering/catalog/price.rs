//! Prices, compiled: amounts are read once, and exactly.

use rust_decimal::Decimal;
use serde_json::Value;

use super::characteristic::Use;
use super::read::{Reference, Term, count, is_orderable, members, owned, period, terms};
use crate::domain::billing_cycle::Cycle;
use crate::domain::money::{Money, MoneyError, decimal_of};
use crate::domain::value::{Object, Period, is_spelled, items, text};

/// What a price is for. `priceType` is free text in TMF620; the usual words are understood in any
/// spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceKind {
    Recurring,
    OneTime,
    Usage,
    /// Takes off other prices.
    Discount,
    /// Comes on top of other prices.
    Surcharge,
    /// Not due with an order: what usage includes, costs at least or at most, and penalties.
    Later,
    /// A word of the operator's own: shown, and summed with others of that word.
    Other,
}

const WORDS: &[(&str, PriceKind)] = &[
    ("recurring", PriceKind::Recurring),
    ("recurringcharge", PriceKind::Recurring),
    ("recurringfee", PriceKind::Recurring),
    ("onetime", PriceKind::OneTime),
    ("onetimecharge", PriceKind::OneTime),
    ("nonrecurring", PriceKind::OneTime),
    ("usage", PriceKind::Usage),
    ("usagecharge", PriceKind::Usage),
    ("discount", PriceKind::Discount),
    ("rebate", PriceKind::Discount),
    ("surcharge", PriceKind::Surcharge),
    ("allowance", PriceKind::Later),
    ("minimumcharge", PriceKind::Later),
    ("maximumcharge", PriceKind::Later),
    ("minimumcommitment", PriceKind::Later),
    ("maximumspend", PriceKind::Later),
    ("penalty", PriceKind::Later),
];

impl PriceKind {
    /// Reads a `priceType`.
    pub fn parse(word: &str) -> Self {
        WORDS
            .iter()
            .find(|(known, _)| is_spelled(word, known))
            .map_or(PriceKind::Other, |(_, kind)| *kind)
    }

    /// True for what changes other prices.
    pub fn is_alteration(self) -> bool {
        matches!(self, PriceKind::Discount | PriceKind::Surcharge)
    }
}

/// A price of the catalog (TMF620 `ProductOfferingPrice`). Amounts are without tax.
#[derive(Clone, Debug)]
pub struct Price {
    pub id: String,
    /// Written inside its offering: there is no document of its own to refer to.
    pub inline: bool,
    pub name: Option<String>,
    pub description: Option<String>,
    pub version: Option<String>,
    pub kind: PriceKind,
    /// `priceType` as an order shows it: the word of the standard where the price is of a known
    /// kind.
    pub word: String,
    /// The life cycle status allows charging, or there is none.
    pub active: bool,
    pub valid: Period,
    /// The amount; an error where the document holds none that can be calculated with.
    pub amount: Option<Result<Money, MoneyError>>,
    pub percentage: Option<Decimal>,
    /// Sum of the rates of all taxes, in per cent; none where no tax is stated.
    pub tax_rate: Option<Decimal>,
    /// Taxes of a fixed amount.
    pub tax_amounts: Vec<Money>,
    /// Time between charges as an order shows it, such as `month` or `3 months`.
    pub charge_period: Option<String>,
    /// What one pays for, such as `1 GB`.
    pub unit: Option<String>,
    /// Values of characteristics that the price is for.
    pub conditions: Vec<Use>,
    /// Prices that it consists of.
    pub bundled: Vec<Reference>,
    /// Prices that it alters.
    pub alters: Vec<Reference>,
    /// Alterations that it brings along.
    pub altered_by: Vec<Reference>,
    pub terms: Vec<Term>,
    /// Place among several alterations of one price, the smallest first; none comes last.
    pub priority: Option<u32>,
    /// Charges that an alteration is for; none is all of them.
    pub duration: Option<u32>,
}

impl Price {
    /// Reads a stored document, or a price inside an offering.
    ///
    /// `priority` and `applicationDuration` are no attributes of a v5 price, only of the alteration
    /// in an order; operators add them as extensions, and they are understood.
    pub fn compile(id: &str, doc: &Value) -> Self {
        let object = members(doc);
        let written = text(object, "priceType").unwrap_or_default();
        let kind = PriceKind::parse(written);
        let terms = terms(object);
        let period = charge_period(object);
        let related = |words: &[&str]| related(object, words);
        let mut alters = related(&["discounts", "alters", "surcharges", "appliesto", "reduces"]);
        let mut altered_by =
            related(&["discountedby", "alteredby", "isalteredby", "hasalteration"]);
        // The word is used both from a discount to a price and from a price to its discount.
        let either = if kind.is_alteration() {
            &mut alters
        } else {
            &mut altered_by
        };
        either.extend(related(&["discount"]));
        Price {
            id: id.to_owned(),
            inline: false,
            name: owned(object, "name"),
            description: owned(object, "description"),
            version: owned(object, "version"),
            kind,
            word: shown_kind(kind, written),
            active: text(object, "lifecycleStatus").is_none_or(|s| is_orderable(Some(s))),
            valid: self::period(object),
            amount: object
                .get("price")
                .filter(|price| !price.is_null())
                .map(Money::read),
            percentage: decimal(object, "percentage"),
            tax_rate: tax_rate(object),
            tax_amounts: items(object, "tax")
                .iter()
                .filter_map(|tax| Money::read(tax.get("taxAmount")?).ok())
                .collect(),
            unit: unit(object),
            conditions: Use::compile_all(object),
            bundled: super::read::references(object, "bundledPopRelationship"),
            alters,
            altered_by,
            priority: count(object, "priority"),
            duration: count(object, "applicationDuration")
                .or_else(|| charges(&terms, period.as_deref()))
                .filter(|charges| *charges > 0),
            charge_period: period,
            terms,
        }
    }

    /// The name, or the id where there is none.
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

fn shown_kind(kind: PriceKind, written: &str) -> String {
    match kind {
        PriceKind::Recurring => "recurring",
        PriceKind::OneTime => "oneTime",
        PriceKind::Usage => "usage",
        _ => written,
    }
    .to_owned()
}

/// `month` for one month, `3 month` for three.
fn charge_period(object: &Object) -> Option<String> {
    let unit = text(object, "recurringChargePeriodType")?;
    match count(object, "recurringChargePeriodLength") {
        None | Some(0 | 1) => Some(unit.to_owned()),
        Some(length) => Some(format!("{length} {unit}")),
    }
}

/// The unit of a `Quantity`, with its amount where that is not 1.
fn unit(object: &Object) -> Option<String> {
    let quantity = object.get("unitOfMeasure")?.as_object()?;
    let units = text(quantity, "units")?;
    match decimal(quantity, "amount") {
        Some(amount) if amount != Decimal::ONE => Some(format!("{} {units}", amount.normalize())),
        _ => Some(units.to_owned()),
    }
}

/// How many charges lie in the term of an alteration.
fn charges(terms: &[Term], period: Option<&str>) -> Option<u32> {
    let (amount, units) = terms.iter().find_map(|term| term.duration.as_ref())?;
    let whole = Cycle::parse(&format!("{amount} {units}"))?;
    match (whole, Cycle::parse(period?)?) {
        (Cycle::Months(all), Cycle::Months(one)) | (Cycle::Days(all), Cycle::Days(one)) => {
            all.checked_div(one)
        }
        _ => None,
    }
}

fn related(object: &Object, words: &[&str]) -> Vec<Reference> {
    items(object, "popRelationship")
        .iter()
        .filter(|relation| {
            let word = relation.get("relationshipType").and_then(Value::as_str);
            word.is_some_and(|word| words.iter().any(|known| is_spelled(word, known)))
        })
        .filter_map(Reference::of)
        .collect()
}

fn tax_rate(object: &Object) -> Option<Decimal> {
    let rates = items(object, "tax")
        .iter()
        .filter_map(|tax| decimal(tax.as_object()?, "taxRate"));
    rates.reduce(|sum, rate| sum.checked_add(rate).unwrap_or(sum))
}

/// An exact number of a document.
fn decimal(object: &Object, name: &str) -> Option<Decimal> {
    match object.get(name)? {
        Value::Number(number) => decimal_of(number),
        _ => None,
    }
}
