//! Which card is for an event.

use super::Request;
use crate::domain::clock::Micros;
use crate::rating::card::{Card, Conditions, Method};
use crate::rating::datum::Datum;
use crate::rating::event::{Event, name};
use crate::rating::product::Product;
use crate::rating::rated::{CardAt, Code, Detail, Rejection};
use crate::rating::unit::Unit;

/// The card with the most conditions among those whose conditions all hold; of several versions of
/// one price the one that became valid last; of an option and what it is an option of, the option. An
/// agreement with the customer takes its place.
pub(super) fn select<'r>(
    request: &'r Request<'r>,
    start: Micros,
) -> Result<(CardAt, &'r Card), Rejection> {
    let (place, card) = of_catalog(request, start)?;
    let agreed = request.product.overrides.iter().enumerate();
    let mut agreed = agreed.filter(|(_, own)| own.price == card.price && own.valid.contains(start));
    let (at, card) = match agreed.next() {
        Some((at, own)) => match &own.card {
            Some(card) => (CardAt::Override(number(at)), &**card),
            None => return Err(Rejection::new(Code::NoPrice, Detail::Agreed(place))),
        },
        None => (CardAt::Set(place), card),
    };
    if card.currency != request.product.currency {
        return Err(Rejection::new(Code::Currency, Detail::Currency(at)));
    }
    Ok((at, card))
}

fn of_catalog<'r>(request: &'r Request<'r>, start: Micros) -> Result<(u32, &'r Card), Rejection> {
    let (event, product) = (request.event, request.product);
    let mut best: Option<(u32, &Card)> = None;
    let mut rival: Option<u32> = None;
    let mut missing: Option<&'static str> = None;
    for (place, card) in request.cards.cards.iter().enumerate() {
        let card: &Card = card;
        if !card.valid.contains(start) || !holds(&card.conditions, event, product) {
            continue;
        }
        if let Some(what) = lacks(card, event) {
            let names_type = |own: &str| own == name::EVENT_TYPE;
            if card
                .conditions
                .event
                .iter()
                .any(|own| names_type(&own.name))
            {
                missing = Some(what);
            }
            continue;
        }
        let place = number(place);
        match best {
            Some((_, other)) if other.price == card.price => {
                if card.valid.start > other.valid.start {
                    best = Some((place, card));
                }
            }
            Some((_, other)) if rank(other) > rank(card) => {}
            Some((_, other)) if rank(other) == rank(card) => rival = Some(place),
            _ => (best, rival) = (Some((place, card)), None),
        }
    }
    match (best, rival) {
        (Some((place, _)), Some(rival)) => {
            Err(Rejection::new(Code::Ambiguous, Detail::Cards(place, rival)))
        }
        (Some(best), None) => Ok(best),
        (None, _) => Err(match missing {
            Some(what) => Rejection::new(Code::BadCharacteristic, Detail::Missing(what)),
            None => Rejection::new(Code::NoPrice, Detail::NoCard),
        }),
    }
}

/// The greater, the more special.
fn rank(card: &Card) -> (usize, bool) {
    (card.conditions.count(), card.of_option)
}

/// What an event would need for a card to price it.
fn lacks(card: &Card, event: &Event<'_>) -> Option<&'static str> {
    if matches!(card.method, Method::Percentage { .. }) && event.value.is_none() {
        return Some("value");
    }
    if event.quantities.of(card.unit).is_some() {
        return None;
    }
    Some(match card.unit {
        Unit::Second => "duration",
        Unit::Byte => "octets",
        Unit::Message => "messages",
        Unit::Event | Unit::Unit => "quantity",
    })
}

/// True where all conditions hold.
pub(super) fn holds(conditions: &Conditions, event: &Event<'_>, product: &Product) -> bool {
    conditions.event.iter().all(|condition| {
        if *condition.name == *name::EVENT_TYPE {
            return condition.holds(Some(&Datum::text(event.kind)));
        }
        condition.holds(event.characteristic(&condition.name))
    }) && conditions
        .product
        .iter()
        .all(|condition| condition.holds(product.characteristic(&condition.name)))
}

/// Places are counted with 32 bits; no product has so many prices.
pub(super) fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
