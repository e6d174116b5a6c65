//! From a document of the catalog to a card.

use rust_decimal::Decimal;
use serde_json::Value;

use super::algorithm::Algorithm;
use super::draft::{Draft, Said};
use super::scale::scaled;
use super::{Card, Hasher, Tax};
use crate::domain::money::Money;
use crate::domain::value::is_spelled;
use crate::rating::condition_read::conditions;
use crate::rating::fault::Fault;
use crate::rating::library::Library;
use crate::rating::read::Reader;
use crate::rating::tax::TaxRate;
use crate::rating::unit::Unit;

/// Compiles a stored usage price of the catalog.
///
/// # Errors
/// Everything that is wrong, with pointers into the document; of parts that stand in other documents
/// the pointer leads to the reference.
pub fn compile(id: &str, document: &Value, library: &Library) -> Result<Card, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut hasher = Hasher::new("card");
    let card = Reader::new(document, String::new(), &mut faults).and_then(|reader| {
        let mut compiling = Compiling {
            reader,
            library,
            hasher: &mut hasher,
        };
        compiling.card(id, document)
    });
    match card {
        Some(mut card) if faults.is_empty() => {
            card.hash = hasher.finish();
            Ok(card)
        }
        None if faults.is_empty() => Err(vec![Fault::new("", "cannot be compiled")]),
        _ => Err(faults),
    }
}

/// Compiles a price of the catalog with another amount, agreed with a customer (TMF637
/// `productPrice`).
///
/// # Errors
/// As [`compile`]; also where the price does not stand in the document itself but in a table.
pub fn compile_agreed(
    id: &str,
    document: &Value,
    agreed: &Money,
    library: &Library,
) -> Result<Card, Vec<Fault>> {
    let mut document = document.clone();
    match document.get_mut("price") {
        Some(price) if !price.is_null() => *price = agreed.to_json(),
        _ => return Err(vec![Fault::new("/price", "is not there to be agreed anew")]),
    }
    compile(id, &document, library)
}

/// True for a price of type `usage`.
pub fn is_usage(document: &Value) -> bool {
    let word = document.get("priceType").and_then(Value::as_str);
    word.is_some_and(|word| is_spelled(word, "usage") || is_spelled(word, "usagecharge"))
}

struct Compiling<'d, 'f> {
    reader: Reader<'d, 'f>,
    library: &'d Library,
    hasher: &'f mut Hasher,
}

impl<'d> Compiling<'d, '_> {
    fn card(&mut self, id: &str, document: &'d Value) -> Option<Card> {
        if !is_usage(document) {
            self.reader.fault("priceType", "must be usage");
        }
        self.hasher.top(document);
        let base = self.base_part(document)?;
        let valid = self.reader.valid_for();
        let conditions = conditions(&mut self.reader, self.library);
        let mut draft = self.draft(base)?;
        self.related(&mut draft);
        self.refer(&draft);
        let tax = tax(&mut self.reader, draft.tax_mode)?;
        // What is missing because it could not be read is not to be called missing.
        if self.reader.faults.is_empty() {
            draft.check(&mut self.reader);
        }
        if !self.reader.faults.is_empty() {
            return None;
        }
        let version = self.reader.text("version").map(Box::from);
        let card = scaled(draft, &mut self.reader)?;
        Some(Card {
            price: id.into(),
            version,
            valid,
            conditions,
            tax,
            ..card
        })
    }

    /// The document with amount and algorithm: the price itself, or of a bundle its usage part.
    fn base_part(&mut self, document: &'d Value) -> Option<&'d Value> {
        let is_bundle = self.reader.truth("isBundle").unwrap_or(false);
        let parts = self.reader.list("bundledPopRelationship");
        if !is_bundle {
            if !parts.is_empty() {
                self.reader
                    .fault("isBundle", "must be true where there are parts");
            }
            return Some(document);
        }
        for name in ["price", "pricingLogicAlgorithm", "unitOfMeasure"] {
            if self.reader.has(name) {
                self.reader
                    .fault(name, "must stand in the parts of a bundle");
            }
        }
        let mut base = None;
        for (place, part) in parts.iter().enumerate() {
            let pointer = format!("bundledPopRelationship/{place}");
            let Some(found) = self.other(&pointer, part) else {
                continue;
            };
            if !is_usage(found) {
                continue;
            }
            if base.replace(found).is_some() {
                self.reader.fault(&pointer, "is a second usage price");
            }
        }
        if base.is_none() {
            self.reader
                .fault("bundledPopRelationship", "must have a part of type usage");
        }
        base
    }

    /// The document that a reference is to.
    fn other(&mut self, pointer: &str, reference: &'d Value) -> Option<&'d Value> {
        let id = reference.get("id").and_then(Value::as_str);
        let found = id.and_then(|id| self.library.prices.get(id));
        match found {
            Some(found) => Some(found),
            None => {
                self.reader
                    .fault(pointer, "is to a price that is not in the catalog");
                None
            }
        }
    }

    /// Reads unit, amount and algorithm.
    fn draft(&mut self, base: &'d Value) -> Option<Draft> {
        let is_own = self.reader.is_of(base);
        if !is_own {
            self.hasher.top(base);
        }
        let mut reader = self
            .reader
            .beside(base, if is_own { "" } else { "bundledPopRelationship" })?;
        let algorithm = Algorithm::read(&mut reader, self.library);
        let said = Said {
            unit: unit(&mut reader),
            price: reader.money("price"),
            percentage: reader.amount("percentage"),
            period: period(&mut reader),
        };
        Draft::new(algorithm?, said, &mut reader)
    }

    /// Fees and bounds that are prices of their own.
    fn related(&mut self, draft: &mut Draft) {
        let relations = self.reader.list("popRelationship");
        let parts = self.reader.list("bundledPopRelationship");
        for (place, relation) in relations.iter().enumerate() {
            let word = relation.get("relationshipType").and_then(Value::as_str);
            let pointer = format!("popRelationship/{place}");
            match word {
                Some(word @ ("setupFee" | "minimumCharge" | "maximumCharge")) => {
                    if let Some(other) = self.other(&pointer, relation) {
                        self.part(draft, word, &pointer, other);
                    }
                }
                Some("tierOf" | "override") => {
                    let message = "is not understood here: write tiers as the parameter tier, and agreed prices in the product";
                    self.reader
                        .fault(&format!("{pointer}/relationshipType"), message);
                }
                _ => {}
            }
        }
        for (place, part) in parts.iter().enumerate() {
            let pointer = format!("bundledPopRelationship/{place}");
            let id = part.get("id").and_then(Value::as_str);
            let Some(other) = id.and_then(|id| self.library.prices.get(id)) else {
                continue;
            };
            let word = other
                .get("priceType")
                .and_then(Value::as_str)
                .unwrap_or_default();
            match word {
                "setupFee" | "minimumCharge" | "maximumCharge" => {
                    self.part(draft, word, &pointer, other);
                }
                _ if is_usage(other) || is_spelled(word, "discount") => {}
                _ => self
                    .reader
                    .fault(&pointer, "is of a type that is no part of a usage price"),
            }
        }
    }

    /// One amount from another price.
    fn part(&mut self, draft: &mut Draft, word: &str, pointer: &str, other: &'d Value) {
        self.hasher.text(word);
        self.hasher.top(other);
        let money = match other.get("price").map(Money::read) {
            Some(Ok(money)) if !money.value.is_sign_negative() || money.value.is_zero() => money,
            _ => {
                return self
                    .reader
                    .fault(pointer, "is to a price without an amount of 0 or more");
            }
        };
        if let Err(message) = draft.add_part(word, money) {
            self.reader.fault(pointer, message);
        }
    }

    /// What the card depends on besides documents of prices.
    fn refer(&mut self, draft: &Draft) {
        for hash in draft.hashes() {
            self.hasher.hash(hash);
        }
    }
}

/// `unitOfMeasure`: the base unit, and base units that the price is for.
pub(in crate::rating) fn unit(reader: &mut Reader<'_, '_>) -> Option<(Unit, u64)> {
    let value = reader.value("unitOfMeasure")?;
    let mut reader = reader.child("unitOfMeasure", value)?;
    let units = reader.required_text("units")?;
    let amount = match reader.has("amount") {
        true => reader.amount("amount")?,
        false => Decimal::ONE,
    };
    let Some((unit, factor)) = Unit::parse(units) else {
        reader.fault(
            "units",
            "is not a known unit, such as s, min, MB, GiB, message, event",
        );
        return None;
    };
    let base = amount.checked_mul(Decimal::from(factor));
    let base = base
        .filter(Decimal::is_integer)
        .and_then(|base| u64::try_from(base).ok());
    match base {
        Some(base) if base > 0 => Some((unit, base)),
        _ => {
            reader.fault("amount", "must be a whole number of base units, 1 or more");
            None
        }
    }
}

/// `recurringChargePeriodType` and `recurringChargePeriodLength` as one text.
pub(in crate::rating) fn period(reader: &mut Reader<'_, '_>) -> Option<String> {
    let unit = reader.text("recurringChargePeriodType")?;
    match reader.whole("recurringChargePeriodLength") {
        None | Some(1) => Some(unit.to_owned()),
        Some(length) => Some(format!("{length} {unit}")),
    }
}

fn tax(reader: &mut Reader<'_, '_>, mode: super::TaxMode) -> Option<Tax> {
    let list = reader.list("tax");
    let [item] = list else {
        if !list.is_empty() {
            reader.fault("tax/1", "is one tax too many");
            return None;
        }
        return Some(Tax {
            mode,
            ..Tax::default()
        });
    };
    let mut reader = reader.child("tax/0", item)?;
    if reader.has("taxAmount") && !reader.has("taxRate") {
        reader.fault("taxAmount", "is not charged on usage; state a rate");
    }
    let percent = reader.amount("taxRate");
    let rate = percent.map(TaxRate::of);
    if let Some(None) = rate {
        reader.fault("taxRate", "has more digits than a rate has");
    }
    let category = reader.text("taxCategory").map(Box::from);
    Some(Tax {
        mode,
        category,
        rate: rate.flatten(),
    })
}
