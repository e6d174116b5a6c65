//! What lines and steps of a rated usage are called by the table, the calendar and the prices that
//! they are numbered in.

use super::Request;
use super::card::Card;
use super::rated::{CardAt, LineKey, LineKind};

impl Card {
    /// The label of a zone of its table.
    pub fn zone(&self, zone: u32) -> Option<&str> {
        self.base.table.as_ref()?.table.zone(zone)
    }

    /// The label of a band of its calendar.
    pub fn band(&self, band: u16) -> Option<&str> {
        self.bands.as_ref()?.calendar.band(band)
    }

    /// Band and zone of a line, for `offerTariffType`: `Peak:DE-mobile`, or the one that it has.
    /// Lines with the same label and price become one charge of a bill.
    pub fn tariff_type(&self, key: &LineKey) -> Option<String> {
        let zone = key.zone.and_then(|zone| self.zone(zone));
        let band = key.band.and_then(|band| self.band(band));
        match (band, zone) {
            (Some(band), Some(zone)) => Some(format!("{band}:{zone}")),
            (one, other) => one.or(other).map(str::to_owned),
        }
    }

    /// What a line is called: its band and zone, or the fee and its zone.
    pub fn line_label(&self, key: &LineKey) -> Option<String> {
        if key.kind == LineKind::Usage {
            return self.tariff_type(key);
        }
        // A fee has no band; what it is for is said first.
        let kind = key.kind.as_str();
        Some(match key.zone.and_then(|zone| self.zone(zone)) {
            Some(zone) => format!("{kind}:{zone}"),
            None => kind.to_owned(),
        })
    }
}

impl<'r> Request<'r> {
    /// The card at a place of an answer to this request.
    pub fn card(&self, at: CardAt) -> Option<&'r Card> {
        match at {
            CardAt::Set(place) => {
                let card = self.cards.cards.get(usize::try_from(place).ok()?)?;
                Some(card)
            }
            CardAt::Override(place) => {
                let agreed = self.product.overrides.get(usize::try_from(place).ok()?)?;
                agreed.card.as_deref()
            }
        }
    }
}
