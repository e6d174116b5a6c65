//! Units of usage. Quantities are whole numbers of base units, so that no measurement is ever
//! rounded.

/// A base unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    Second,
    Byte,
    Message,
    /// The usage itself, whatever its length: each is one.
    Event,
    /// Anything else that is counted.
    Unit,
}

/// Spellings, each with the base units that one of it is. Decimal and binary multiples of the byte
/// are told apart as in IEC 80000-13. What could mean two things is missing: `m`, `b`, `Mb`.
const NAMES: &[(&str, Unit, u64)] = &[
    ("s", Unit::Second, 1),
    ("sec", Unit::Second, 1),
    ("second", Unit::Second, 1),
    ("seconds", Unit::Second, 1),
    ("min", Unit::Second, 60),
    ("minute", Unit::Second, 60),
    ("minutes", Unit::Second, 60),
    ("h", Unit::Second, 3_600),
    ("hour", Unit::Second, 3_600),
    ("hours", Unit::Second, 3_600),
    ("B", Unit::Byte, 1),
    ("byte", Unit::Byte, 1),
    ("bytes", Unit::Byte, 1),
    ("octet", Unit::Byte, 1),
    ("octets", Unit::Byte, 1),
    ("kB", Unit::Byte, 1_000),
    ("KB", Unit::Byte, 1_000),
    ("MB", Unit::Byte, 1_000_000),
    ("GB", Unit::Byte, 1_000_000_000),
    ("TB", Unit::Byte, 1_000_000_000_000),
    ("KiB", Unit::Byte, 1 << 10),
    ("MiB", Unit::Byte, 1 << 20),
    ("GiB", Unit::Byte, 1 << 30),
    ("TiB", Unit::Byte, 1 << 40),
    ("message", Unit::Message, 1),
    ("messages", Unit::Message, 1),
    ("msg", Unit::Message, 1),
    ("SMS", Unit::Message, 1),
    ("MMS", Unit::Message, 1),
    ("event", Unit::Event, 1),
    ("events", Unit::Event, 1),
    ("call", Unit::Event, 1),
    ("calls", Unit::Event, 1),
    ("session", Unit::Event, 1),
    ("unit", Unit::Unit, 1),
    ("units", Unit::Unit, 1),
    ("piece", Unit::Unit, 1),
    ("pieces", Unit::Unit, 1),
];

impl Unit {
    /// Reads `units` of a `Quantity`: the base unit, and how many of it one is. Case matters, for
    /// `Mb` is a megabit to many.
    pub fn parse(name: &str) -> Option<(Unit, u64)> {
        let mut known = NAMES.iter();
        let found = known.find(|(known, _, _)| *known == name)?;
        Some((found.1, found.2))
    }

    /// The base unit's own name.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Second => "s",
            Unit::Byte => "byte",
            Unit::Message => "message",
            Unit::Event => "event",
            Unit::Unit => "unit",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn multiples_of_bytes_are_told_apart() {
        assert_eq!(Unit::parse("GB"), Some((Unit::Byte, 1_000_000_000)));
        assert_eq!(Unit::parse("GiB"), Some((Unit::Byte, 1_073_741_824)));
        assert_eq!(Unit::parse("minute"), Some((Unit::Second, 60)));
        for ambiguous in ["m", "b", "Mb", "gb", "M", ""] {
            assert_eq!(Unit::parse(ambiguous), None, "{ambiguous}");
        }
    }

    #[test]
    fn base_units_read_as_themselves() {
        for unit in [
            Unit::Second,
            Unit::Byte,
            Unit::Message,
            Unit::Event,
            Unit::Unit,
        ] {
            assert_eq!(Unit::parse(unit.name()), Some((unit, 1)));
        }
    }
}
