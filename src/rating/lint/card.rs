//! Cards by themselves: usage that they reject.

use super::{Finding, Kind, find};
use crate::rating::card::Card;
use crate::rating::ladder::Beyond;
use crate::rating::matrix::{Dimension, Matrix, Source};

/// Combinations that are named in a message at most.
const SHOWN_MAX: usize = 3;

/// Usage beyond the last tier, and cells of a matrix without a price.
pub(super) fn gaps(card: &Card, findings: &mut Vec<Finding>) {
    let last = card.ladder.as_ref().and_then(|own| {
        let last = own.tiers.last()?.to?;
        (own.beyond == Beyond::Reject).then_some(last)
    });
    if let Some(last) = last {
        let message = format!(
            "usage beyond {last} {} is rejected: the last tier has an end",
            card.unit.name()
        );
        let pointer = "/pricingLogicAlgorithm/0";
        findings.push(find(&card.price, pointer, Kind::Gap, message));
    }
    if let Some(matrix) = &card.base.matrix {
        cells(card, matrix, findings);
    }
}

fn cells(card: &Card, matrix: &Matrix, findings: &mut Vec<Finding>) {
    let sizes = matrix.dimensions.iter().map(|own| own.values.len() + 1);
    let sizes: Vec<usize> = sizes.collect();
    let mut empty = 0_usize;
    let mut shown = Vec::new();
    for (cell, price) in matrix.cells.iter().enumerate() {
        if price.is_some() {
            continue;
        }
        let mut rest = cell;
        let mut labels = Vec::with_capacity(sizes.len());
        for (dimension, size) in matrix.dimensions.iter().zip(&sizes).rev() {
            labels.push(label(dimension, rest % size));
            rest /= size;
        }
        let Some(mut labels) = labels.into_iter().collect::<Option<Vec<&str>>>() else {
            continue;
        };
        labels.reverse();
        empty += 1;
        if shown.len() < SHOWN_MAX {
            shown.push(labels.join("/"));
        }
    }
    if empty > 0 {
        let more = if empty > shown.len() {
            " and others"
        } else {
            ""
        };
        let message = format!("has no price for {}{more}", shown.join(", "));
        let pointer = "/pricingLogicAlgorithm/0";
        findings.push(find(&card.price, pointer, Kind::Gap, message));
    }
}

/// The label of a place; none for one that usage cannot have.
fn label(dimension: &Dimension, place: usize) -> Option<&str> {
    if let Some(value) = dimension.values.get(place) {
        return Some(value);
    }
    match dimension.source {
        // Zones and bands are known: other ones are those that no row names.
        Source::Zone | Source::Band => {
            let other = u32::try_from(dimension.values.len()).ok()?;
            dimension.places.contains(&other).then_some("(any other)")
        }
        Source::Event(_) | Source::Product(_) => Some("(any other)"),
    }
}
