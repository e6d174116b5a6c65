//! One measured usage: what a record says once it has been read and guided to a product.

use rust_decimal::Decimal;

use super::datum::{Characteristic, Datum, find};
use super::unit::Unit;
use crate::domain::clock::Micros;
use crate::domain::money::Currency;

/// Names of characteristics that have a meaning of their own. Usage specifications use these.
pub mod name {
    /// Type of the event; conditions on it are about [`super::Event::kind`].
    pub const EVENT_TYPE: &str = "eventType";
    /// Who is called: the first key of most tables.
    pub const CALLED: &str = "calledNumber";
    /// Who calls.
    pub const CALLING: &str = "callingNumber";
    /// Network in which the usage happened.
    pub const SERVING_NETWORK: &str = "servingNetwork";
    /// Zone of the card's table; known while rating, not part of a record.
    pub const ZONE: &str = "zone";
    /// Band of the card's calendar; known while rating, not part of a record.
    pub const BAND: &str = "band";
}

/// A usage. It borrows from the record that it was read from.
#[derive(Clone, Debug)]
pub struct Event<'e> {
    /// Name of the usage specification: `voice`, `sms`, `data`.
    pub kind: &'e str,
    /// When it began; prices, tables, taxes and discounts are those of this instant.
    pub start: Micros,
    pub quantities: Quantities,
    /// What something sold through the network costs by itself, for percentage prices.
    pub value: Option<(Decimal, &'static Currency)>,
    /// All others, by the names of the usage specification.
    pub characteristics: &'e [Characteristic<'e>],
    /// Part of a session that is recorded in pieces.
    pub partial: Option<Partial>,
}

/// Measured quantities, in base units; none where the record does not have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantities {
    pub seconds: Option<u64>,
    pub bytes: Option<u64>,
    pub messages: Option<u64>,
    pub units: Option<u64>,
}

/// Which part of a session a record is. Quantities are those of the part alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partial {
    /// As counted by the network, ascending.
    pub sequence: u32,
    /// No further part comes.
    pub last: bool,
}

impl Quantities {
    /// The quantity in a base unit.
    pub const fn of(&self, unit: Unit) -> Option<u64> {
        match unit {
            Unit::Second => self.seconds,
            Unit::Byte => self.bytes,
            Unit::Message => self.messages,
            Unit::Unit => self.units,
            Unit::Event => Some(1),
        }
    }

    /// Sets the quantity of a base unit; an event is one, so that there is nothing to set.
    pub const fn set(&mut self, unit: Unit, quantity: u64) {
        match unit {
            Unit::Second => self.seconds = Some(quantity),
            Unit::Byte => self.bytes = Some(quantity),
            Unit::Message => self.messages = Some(quantity),
            Unit::Unit => self.units = Some(quantity),
            Unit::Event => {}
        }
    }
}

impl<'e> Event<'e> {
    /// The value of a characteristic.
    pub fn characteristic(&self, name: &str) -> Option<&Datum<'e>> {
        find(self.characteristics, name)
    }

    /// The text of a characteristic.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.characteristic(name)?.as_text()
    }
}
