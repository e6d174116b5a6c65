//! Compiling prices of type `maximumSpend` and `minimumCommitment`.

use serde_json::Value;

use super::notice::notices;
use super::{Commitment, Kind};
use crate::domain::billing_cycle::Cycle;
use crate::domain::money::Amount;
use crate::domain::value::is_spelled;
use crate::rating::card::{Parameters, period, tax};
use crate::rating::fault::Fault;
use crate::rating::read::Reader;
use crate::rating::tax::TaxMode;
use crate::rating::threshold::Notice;
use crate::rating::tier::Scope;

/// Whose charges are looked at together: `product` (as it is without), `account` or `group`.
const SCOPE: &str = "scope";
/// `net` (as it is without) or `gross`.
const TAX_MODE: &str = "taxMode";
/// Of a maximum: `[{"amount": 50}, {"percentage": 80}]`, at which the customer is told.
const NOTIFY: &str = "notify";
/// Of a maximum: whether the customer is only told and nothing is taken off; false without it.
const NOTIFY_ONLY: &str = "notifyOnly";

const SCOPES: &[(&str, Scope)] = &[
    ("product", Scope::Product),
    ("account", Scope::Account),
    ("group", Scope::Group),
];

/// True for a price of one of the types.
pub fn is_commitment(document: &Value) -> bool {
    kind(document.get("priceType")).is_some()
}

/// Ids of commitments that a price names as its own.
pub fn covered_by(document: &Value) -> impl Iterator<Item = &str> {
    let relations = document.get("popRelationship").and_then(Value::as_array);
    relations.into_iter().flatten().filter_map(|relation| {
        kind(relation.get("relationshipType"))?;
        relation.get("id")?.as_str()
    })
}

/// The name in any spelling.
fn kind(word: Option<&Value>) -> Option<Kind> {
    let word = word?.as_str()?;
    let mut names = Kind::NAMES.iter();
    let found = names.find(|(name, _)| is_spelled(word, &name.to_ascii_lowercase()));
    found.map(|(_, kind)| *kind)
}

/// Compiles a stored price: `price` is the amount, `recurringChargePeriodType` the period (none for
/// that of the bill), `popRelationship` of type `appliesTo` leads to the prices that are looked at.
/// Scope, tax mode and when the customer is told are parameters of an algorithm with the name of the type.
///
/// # Errors
/// Everything that is wrong, with pointers into the document.
pub fn compile(id: &str, document: &Value) -> Result<Commitment, Vec<Fault>> {
    let mut faults = Vec::new();
    let commitment = Reader::new(document, String::new(), &mut faults)
        .and_then(|mut reader| commitment(id, &mut reader, document));
    match commitment {
        Some(commitment) if faults.is_empty() => Ok(commitment),
        None if faults.is_empty() => Err(vec![Fault::new("", "cannot be compiled")]),
        _ => Err(faults),
    }
}

fn commitment(id: &str, reader: &mut Reader<'_, '_>, document: &Value) -> Option<Commitment> {
    let kind = kind(document.get("priceType"));
    if kind.is_none() {
        reader.fault("priceType", "must be maximumSpend or minimumCommitment");
    }
    if !reader.has("price") {
        reader.fault("price", "is missing");
    }
    for name in ["unitOfMeasure", "percentage", "prodSpecCharValueUse"] {
        if reader.has(name) {
            reader.fault(name, "has no meaning for an amount of a period");
        }
    }
    let money = reader.money("price");
    let amount = money.map(|money| Amount::of(money.value));
    if let Some(Err(error)) = amount {
        reader.fault("price/value", &error.to_string());
    }
    let cycle = cycle(reader);
    let amount = amount.and_then(Result::ok);
    let asked = parameters(reader, kind, amount);
    let tax = tax(reader, asked.mode.unwrap_or_default());
    let covers = covers(reader);
    Some(Commitment {
        price: id.into(),
        version: reader.text("version").map(Box::from),
        kind: kind?,
        valid: reader.valid_for(),
        amount: amount?,
        currency: money?.currency,
        period: cycle,
        scope: asked.scope.unwrap_or(Scope::Product),
        covers,
        tax: tax?,
        notices: asked.notices,
        notify_only: asked.notify_only,
    })
}

fn cycle(reader: &mut Reader<'_, '_>) -> Option<Cycle> {
    let text = period(reader)?;
    let cycle = Cycle::parse(&text).filter(|cycle| *cycle != Cycle::Once);
    if cycle.is_none() {
        reader.fault("recurringChargePeriodType", "is not a period such as month");
    }
    cycle
}

/// What the parameters say.
#[derive(Default)]
struct Asked {
    scope: Option<Scope>,
    mode: Option<TaxMode>,
    notices: Box<[Notice]>,
    notify_only: bool,
}

fn parameters(reader: &mut Reader<'_, '_>, kind: Option<Kind>, amount: Option<Amount>) -> Asked {
    let list = reader.list("pricingLogicAlgorithm");
    let Some(value) = list.first() else {
        return Asked::default();
    };
    if list.len() > 1 {
        reader.fault("pricingLogicAlgorithm/1", "is one algorithm too many");
    }
    let Some(mut reader) = reader.child("pricingLogicAlgorithm/0", value) else {
        return Asked::default();
    };
    reader.only(Parameters::BESIDE);
    let algorithm = reader.one_of("plaSpecId", Kind::NAMES);
    if algorithm.is_none() && !reader.has("plaSpecId") {
        reader.fault("plaSpecId", "is missing");
    }
    if algorithm.is_some_and(|own| Some(own) != kind) {
        reader.fault("plaSpecId", "must be the type of the price");
    }
    let known: &[&str] = match kind {
        Some(Kind::MaximumSpend) => &[SCOPE, TAX_MODE, NOTIFY, NOTIFY_ONLY],
        _ => &[SCOPE, TAX_MODE],
    };
    let parameters = Parameters::find(&mut reader, known);
    let asked = Asked {
        scope: parameters
            .open(&mut reader, SCOPE)
            .and_then(|mut own| own.one_of("value", SCOPES)),
        mode: parameters
            .open(&mut reader, TAX_MODE)
            .and_then(|mut own| own.one_of("value", TaxMode::NAMES)),
        notices: amount
            .zip(parameters.open(&mut reader, NOTIFY))
            .map(|(amount, mut own)| notices(&mut own, amount))
            .unwrap_or_default(),
        notify_only: parameters
            .open(&mut reader, NOTIFY_ONLY)
            .and_then(|mut own| own.truth("value"))
            .unwrap_or_default(),
    };
    if asked.notify_only && !parameters.has(NOTIFY) {
        let message = "needs the parameter notify, or the price has no effect";
        parameters.fault(&mut reader, NOTIFY_ONLY, message);
    }
    asked
}

fn covers(reader: &mut Reader<'_, '_>) -> Box<[Box<str>]> {
    let relations = reader.list("popRelationship");
    let mut covers = Vec::new();
    for (place, relation) in relations.iter().enumerate() {
        let Some(mut reader) = reader.child(&format!("popRelationship/{place}"), relation) else {
            continue;
        };
        let word = reader.text("relationshipType").unwrap_or_default();
        if is_spelled(word, "appliesto") || is_spelled(word, "covers") {
            covers.extend(reader.required_text("id").map(Box::from));
        }
    }
    covers.into_boxed_slice()
}
