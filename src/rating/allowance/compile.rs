//! Compiling prices of type `allowance`.

use serde_json::Value;

use super::{Allowance, Coverage, Overage, Rollover, RolloverOrder, Sharing, parameter};
use crate::domain::billing_cycle::Cycle;
use crate::domain::value::is_spelled;
use crate::rating::card::{Parameters, period, unit};
use crate::rating::condition_read::conditions;
use crate::rating::fault::Fault;
use crate::rating::library::Library;
use crate::rating::read::Reader;
use crate::rating::tier::Scope;

const OVERAGES: &[(&str, Overage)] = &[
    ("price", Overage::Price),
    ("block", Overage::Block),
    ("throttle", Overage::Throttle),
];
const SHARINGS: &[(&str, Sharing)] = &[("shared", Sharing::Shared), ("pooled", Sharing::Pooled)];
const ORDERS: &[(&str, RolloverOrder)] = &[
    ("carriedFirst", RolloverOrder::CarriedFirst),
    ("grantFirst", RolloverOrder::GrantFirst),
];
/// An allowance of an event counts for whom it is granted; an event by itself has none.
const SCOPES: &[(&str, Scope)] = &[
    ("product", Scope::Product),
    ("account", Scope::Account),
    ("group", Scope::Group),
];

/// True for a price of type `allowance`.
pub fn is_allowance(document: &Value) -> bool {
    let word = document.get("priceType").and_then(Value::as_str);
    word.is_some_and(|word| is_spelled(word, "allowance"))
}

/// Compiles a stored price of type `allowance`: `unitOfMeasure` is what is granted, and
/// `recurringChargePeriodType` the period after which it is granted anew. `popRelationship` of type
/// `allowance` leads to the prices that it covers, `prodSpecCharValueUse` to the events. All else are
/// parameters of the algorithm `allowance`, with the names in [`parameter`].
///
/// # Errors
/// Everything that is wrong, with pointers into the document.
pub fn compile(id: &str, document: &Value, library: &Library) -> Result<Allowance, Vec<Fault>> {
    let mut faults = Vec::new();
    let allowance = Reader::new(document, String::new(), &mut faults)
        .and_then(|mut reader| allowance(id, &mut reader, document, library));
    match allowance {
        Some(allowance) if faults.is_empty() => Ok(allowance),
        None if faults.is_empty() => Err(vec![Fault::new("", "cannot be compiled")]),
        _ => Err(faults),
    }
}

fn allowance(
    id: &str,
    reader: &mut Reader<'_, '_>,
    document: &Value,
    library: &Library,
) -> Option<Allowance> {
    if !is_allowance(document) {
        reader.fault("priceType", "must be allowance");
    }
    if !reader.has("unitOfMeasure") {
        reader.fault("unitOfMeasure", "is missing; it says what is granted");
    }
    let granted = unit(reader);
    let cycle = cycle(reader);
    let conditions = conditions(reader, library);
    if !conditions.product.is_empty() {
        let message = "has a condition on the product; an allowance has conditions on events only";
        reader.fault("prodSpecCharValueUse", message);
    }
    let prices = covered(reader);
    let valid = reader.valid_for();
    let version = reader.text("version").map(Box::from);
    let mut own = Own::read(reader);
    if own.rollover.is_some() && cycle.is_none() {
        reader.fault(
            "recurringChargePeriodType",
            "is missing; there is a rollover",
        );
    }
    own.covers.prices = prices;
    own.covers.conditions = conditions.event;
    let (unit, grant) = granted?;
    Some(Allowance {
        price: id.into(),
        version,
        valid,
        unit,
        grant,
        period: cycle,
        scope: own.scope.unwrap_or(Scope::Product),
        sharing: own.sharing.unwrap_or_default(),
        covers: own.covers,
        priority: own.priority.unwrap_or(0),
        rollover: own.rollover,
        prorate_first: own.prorate_first.unwrap_or(false),
        round_use: own.round_use.unwrap_or(1),
        overage: own.overage.unwrap_or_default(),
        thresholds: own.thresholds,
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

/// Prices that `popRelationship` leads to.
fn covered(reader: &mut Reader<'_, '_>) -> Box<[Box<str>]> {
    let mut prices = Vec::new();
    let relations = reader.list("popRelationship");
    for (place, relation) in relations.iter().enumerate() {
        let Some(mut reader) = reader.child(&format!("popRelationship/{place}"), relation) else {
            continue;
        };
        let word = reader.text("relationshipType").unwrap_or_default();
        if is_spelled(word, "allowance") || is_spelled(word, "covers") {
            prices.extend(reader.required_text("id").map(Box::from));
        }
    }
    prices.into_boxed_slice()
}

/// The parameters.
#[derive(Default)]
struct Own {
    scope: Option<Scope>,
    sharing: Option<Sharing>,
    covers: Coverage,
    priority: Option<u32>,
    rollover: Option<Rollover>,
    prorate_first: Option<bool>,
    round_use: Option<u64>,
    overage: Option<Overage>,
    thresholds: Box<[u8]>,
}

impl Own {
    fn read(reader: &mut Reader<'_, '_>) -> Self {
        let list = reader.list("pricingLogicAlgorithm");
        let Some(value) = list.first() else {
            return Own::default();
        };
        if list.len() > 1 {
            reader.fault("pricingLogicAlgorithm/1", "is one algorithm too many");
        }
        let Some(mut reader) = reader.child("pricingLogicAlgorithm/0", value) else {
            return Own::default();
        };
        reader.only(&[
            "id",
            "href",
            "name",
            "description",
            "plaSpecId",
            "characteristic",
        ]);
        if reader.text("plaSpecId") != Some("allowance") {
            reader.fault("plaSpecId", "must be allowance");
        }
        let parameters = Parameters::find(&mut reader, parameter::ALL);
        let own = Own {
            scope: parameters
                .open(&mut reader, parameter::SCOPE)
                .and_then(|mut own| own.one_of("value", SCOPES)),
            sharing: parameters
                .open(&mut reader, parameter::SHARING)
                .and_then(|mut own| own.one_of("value", SHARINGS)),
            covers: parameters
                .open_object(&mut reader, parameter::COVERS)
                .map(|mut own| covers(&mut own))
                .unwrap_or_default(),
            priority: parameters
                .open(&mut reader, parameter::PRIORITY)
                .and_then(|mut own| small(&mut own, "value")),
            rollover: parameters
                .open_object(&mut reader, parameter::ROLLOVER)
                .and_then(|mut own| rollover(&mut own)),
            prorate_first: parameters
                .open(&mut reader, parameter::PRORATE_FIRST)
                .and_then(|mut own| own.truth("value")),
            round_use: parameters
                .open(&mut reader, parameter::ROUND_USE)
                .and_then(|mut own| at_least_one(&mut own, "value")),
            overage: parameters
                .open(&mut reader, parameter::OVERAGE)
                .and_then(|mut own| own.one_of("value", OVERAGES)),
            thresholds: parameters
                .open(&mut reader, parameter::THRESHOLD)
                .map(|mut own| thresholds(&mut own))
                .unwrap_or_default(),
        };
        if own.sharing == Some(Sharing::Pooled) && own.scope != Some(Scope::Group) {
            let message = "is for groups: it needs the parameter scope with group";
            parameters.fault(&mut reader, parameter::SHARING, message);
        }
        own
    }
}

fn covers(reader: &mut Reader<'_, '_>) -> Coverage {
    reader.only(&["zone", "band"]);
    Coverage {
        zones: reader.texts("zone"),
        bands: reader.texts("band"),
        ..Coverage::default()
    }
}

fn rollover(reader: &mut Reader<'_, '_>) -> Option<Rollover> {
    reader.only(&["periods", "cap", "order"]);
    if !reader.has("periods") {
        reader.fault("periods", "is missing");
    }
    let periods = at_least_one(reader, "periods").and_then(|own| u32::try_from(own).ok());
    Some(Rollover {
        cap: reader.whole("cap"),
        order: reader.one_of("order", ORDERS).unwrap_or_default(),
        periods: periods?,
    })
}

fn thresholds(reader: &mut Reader<'_, '_>) -> Box<[u8]> {
    let mut shares: Vec<u8> = Vec::new();
    let list = reader.list("value");
    for (place, value) in list.iter().enumerate() {
        let share = value.as_u64().and_then(|share| u8::try_from(share).ok());
        let share = share.filter(|share| (1..=100).contains(share));
        match share {
            Some(share) if shares.last().is_none_or(|last| *last < share) => shares.push(share),
            Some(_) => reader.fault(
                &format!("value/{place}"),
                "must be more than the one before",
            ),
            None => reader.fault(
                &format!("value/{place}"),
                "must be a percentage from 1 to 100",
            ),
        }
    }
    shares.into_boxed_slice()
}

fn small(reader: &mut Reader<'_, '_>, name: &str) -> Option<u32> {
    let number = u32::try_from(reader.whole(name)?).ok();
    if number.is_none() {
        reader.fault(name, "is too large");
    }
    number
}

fn at_least_one(reader: &mut Reader<'_, '_>, name: &str) -> Option<u64> {
    let number = reader.whole(name)?;
    if number == 0 {
        reader.fault(name, "must be 1 or more");
        return None;
    }
    Some(number)
}
