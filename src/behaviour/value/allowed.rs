//! The allowed values of a characteristic: of its type, in its ranges, in one unit, and with no
//! more defaults than a product can carry.

use regex::Regex;
use serde_json::Value;

use super::period::Period;
use super::range::{self, Range};
use super::typed::{self, ValueType};
use super::{Object, Report, text};
use crate::behaviour::trail::Trail;

/// What the characteristic says about all its values.
pub struct Definition {
    pub value_type: ValueType,
    pub regex: Option<Regex>,
    /// Values that a product can carry at once.
    pub most: u64,
    /// Values beyond the listed ones may be added.
    pub extensible: bool,
}

/// Checks the list of allowed values. The trail stands at the list.
pub fn check(definition: &Definition, values: &[Value], trail: &Trail<'_>, out: &mut Report) {
    for (index, value) in values.iter().enumerate() {
        if let Some(object) = value.as_object() {
            check_one(definition, object, &trail.item(index), out);
        }
    }
    check_units(values, trail, out);
    check_defaults(definition, values, trail, out);
    if !definition.extensible {
        check_default_in_range(values, trail, out);
    }
}

fn check_one(definition: &Definition, object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let own = text(object, "valueType").map_or(ValueType::Other, ValueType::parse);
    if !own.fits(definition.value_type) {
        let message = format!("the characteristic is {}", definition.value_type.shown());
        out.push(trail.member("valueType").violation(message));
        return;
    }
    let value_type = own.or(definition.value_type);
    check_value(definition, value_type, object, trail, out);
    range::check(value_type, object, trail, out);
}

/// The value is of its type, matches the patterns and lies in its own range.
fn check_value(
    definition: &Definition,
    value_type: ValueType,
    object: &Object,
    trail: &Trail<'_>,
    out: &mut Report,
) {
    let own = text(object, "regex")
        .map(|expression| out.compile(expression))
        .transpose();
    let own = own.unwrap_or_else(|message| {
        out.push(trail.member("regex").violation(message));
        None
    });
    let Some(value) = object.get("value") else {
        return;
    };
    let at = trail.member("value");
    // A list is an allowed combination of values.
    let parts = match value {
        Value::Array(parts) => parts.as_slice(),
        single => std::slice::from_ref(single),
    };
    if parts.iter().any(|part| !value_type.admits(part)) {
        out.push(at.violation(format!("must be {}", value_type.shown())));
        return;
    }
    for regex in [&definition.regex, &own].into_iter().flatten() {
        let differs = |part: &&Value| part.as_str().is_some_and(|text| !regex.is_match(text));
        if parts.iter().any(|part| differs(&part)) {
            out.push(at.violation(format!("does not match the regular expression '{regex}'")));
        }
    }
    if let (Some(range), Some(number)) = (Range::of(object), typed::number_of(value))
        && !range.contains(&number)
    {
        out.push(at.violation("lies outside of the range beside it"));
    }
}

/// Values in different units cannot be compared.
fn check_units(values: &[Value], trail: &Trail<'_>, out: &mut Report) {
    let mut first: Option<&str> = None;
    for (index, value) in values.iter().enumerate() {
        let Some(unit) = value
            .as_object()
            .and_then(|object| text(object, "unitOfMeasure"))
        else {
            continue;
        };
        match first {
            None => first = Some(unit),
            Some(known) if known != unit => {
                let message = format!("must be '{known}' as for the values before it");
                out.push(trail.item(index).member("unitOfMeasure").violation(message));
            }
            Some(_) => {}
        }
    }
}

/// At any time there are no more defaults than a product carries values. Defaults that follow each
/// other in time are fine where there is one at a time.
fn check_defaults(definition: &Definition, values: &[Value], trail: &Trail<'_>, out: &mut Report) {
    let mut defaults: Vec<(Period, usize)> = Vec::new();
    for (index, value) in values.iter().enumerate() {
        if value.get("isDefault") == Some(&Value::Bool(true)) {
            let period = value.get("validFor").and_then(Value::as_object);
            defaults.push((period.map_or(Period::ALWAYS, Period::of), index));
        }
    }
    let allowed = usize::try_from(definition.most).unwrap_or(usize::MAX);
    if defaults.len() <= allowed {
        return;
    }
    let surplus = if allowed == 1 {
        defaults.sort_by_key(|(period, index)| (period.start, *index));
        let pairs = defaults.iter().zip(defaults.iter().skip(1));
        pairs
            .filter(|((one, _), (next, _))| one.overlaps(next))
            .map(|((_, a), (_, b))| *a.max(b))
            .next()
    } else {
        defaults.get(allowed).map(|(_, index)| *index)
    };
    if let Some(index) = surplus {
        let message = match allowed {
            1 => "there is another default, but a product carries one value".to_owned(),
            most => {
                format!("there are more defaults than the {most} values that a product carries")
            }
        };
        out.push(trail.item(index).member("isDefault").violation(message));
    }
}

/// Where there are ranges, a default lies in one of them.
fn check_default_in_range(values: &[Value], trail: &Trail<'_>, out: &mut Report) {
    let mut defaults = values
        .iter()
        .enumerate()
        .filter(|(_, value)| value.get("isDefault") == Some(&Value::Bool(true)))
        .peekable();
    if defaults.peek().is_none() {
        return;
    }
    let ranges: Vec<Range<'_>> = values
        .iter()
        .filter_map(|value| Range::of(value.as_object()?))
        .collect();
    if ranges.is_empty() {
        return;
    }
    for (index, default) in defaults {
        let has_own_range = default.as_object().and_then(Range::of).is_some();
        let Some(number) = default.get("value").and_then(typed::number_of) else {
            continue;
        };
        if !has_own_range && !ranges.iter().any(|range| range.contains(&number)) {
            let at = trail.item(index);
            out.push(
                at.member("value")
                    .violation("a default must lie in one of the ranges"),
            );
        }
    }
}
