//! Cliffs: where one unit more makes the whole cheaper.

use super::{Finding, Kind, find};
use crate::rating::card::Card;
use crate::rating::exact::Ratio;
use crate::rating::ladder::{Ladder, Tier, TierMode};

/// Looks at the ends of the tiers. Graduated tiers have no cliffs.
pub(super) fn look(card: &Card, findings: &mut Vec<Finding>) {
    let Some(ladder) = &card.ladder else { return };
    if ladder.mode == TierMode::Graduated {
        return;
    }
    let Some(price) = highest(card) else { return };
    for pair in ladder.tiers.windows(2) {
        let [one, next] = pair else { continue };
        let Some(end) = one.to else { continue };
        let above = end.saturating_add(1);
        let before = total(card, ladder, one, price, end);
        let after = total(card, ladder, next, price, above);
        let (Some(before), Some(after)) = (before, after) else {
            continue;
        };
        if after >= before {
            continue;
        }
        let shown = |value: i128| {
            let ratio = Ratio::new(value, card.scale.whole).unwrap_or_default();
            format!("{} {}", ratio.exact_text(), card.currency.code)
        };
        let message = format!(
            "{above} {} cost {}, less than {end} with {}",
            card.unit.name(),
            shown(after),
            shown(before)
        );
        let pointer = "/pricingLogicAlgorithm/0";
        findings.push(find(&card.price, pointer, Kind::Cliff, message));
    }
}

/// The price of a base unit where a cliff is steepest, in parts of base and band.
fn highest(card: &Card) -> Option<i128> {
    let of_table = card.base.table.iter().flat_map(|used| {
        let prices = used.table.rows().iter().filter_map(|row| row.price);
        prices.filter_map(|price| i128::from(price).checked_mul(used.price_factor))
    });
    let of_matrix = card.base.matrix.iter();
    let of_matrix = of_matrix.flat_map(|own| own.cells.iter().flatten().map(|(price, _)| *price));
    let all = of_table.chain(of_matrix).chain(card.base.price);
    all.max().unwrap_or(0).checked_mul(card.scale.band)
}

/// What a quantity costs that ends in a tier.
fn total(card: &Card, ladder: &Ladder, tier: &Tier, price: i128, quantity: u64) -> Option<i128> {
    if ladder.mode == TierMode::Stairstep {
        return Some(tier.flat);
    }
    let unit = tier.rate.apply(price, card.scale.tier)?;
    unit.checked_mul(i128::from(quantity))?
        .checked_add(tier.flat)
}
