//! Allowances that never include anything.

use super::{Finding, Kind, find};
use crate::rating::allowance::Allowance;
use crate::rating::card::Card;
use crate::rating::tariff::Tariff;

/// Prices, zones and bands that an allowance names and that do not exist, or are of another unit.
pub(super) fn look(tariff: &Tariff, findings: &mut Vec<Finding>) {
    for allowance in &tariff.allowances {
        let mut add = |pointer: &str, message: String| {
            findings.push(find(&allowance.price, pointer, Kind::Shadowed, message));
        };
        for (place, price) in allowance.covers.prices.iter().enumerate() {
            if !tariff.cards.cards.iter().any(|card| card.price == *price) {
                let pointer = format!("/popRelationship/{place}");
                add(
                    &pointer,
                    format!("covers {price}, which is no usage price of the offering"),
                );
            }
        }
        let covered: Vec<&Card> = covered(allowance, tariff).collect();
        if covered.is_empty() {
            let unit = allowance.unit.name();
            let message = format!("no price that it covers is measured in {unit}");
            add("/unitOfMeasure", message);
            continue;
        }
        for zone in &allowance.covers.zones {
            let has = |card: &&Card| {
                let table = card.base.table.as_ref();
                table.is_some_and(|own| own.table.zones().contains(zone))
            };
            if !covered.iter().any(has) {
                let message = format!("covers the zone '{zone}', which no table has");
                add("/pricingLogicAlgorithm/0", message);
            }
        }
        for band in &allowance.covers.bands {
            let has = |card: &&Card| {
                let bands = card.bands.as_ref();
                bands.is_some_and(|own| own.calendar.bands().contains(band))
            };
            if !covered.iter().any(has) {
                let message = format!("covers the band '{band}', which no calendar has");
                add("/pricingLogicAlgorithm/0", message);
            }
        }
    }
}

fn covered<'t>(allowance: &'t Allowance, tariff: &'t Tariff) -> impl Iterator<Item = &'t Card> {
    let prices = &allowance.covers.prices;
    let cards = tariff.cards.cards.iter().map(|card| &**card);
    cards.filter(move |card| {
        card.unit == allowance.unit && (prices.is_empty() || prices.contains(&card.price))
    })
}
