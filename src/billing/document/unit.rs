//! What quantities are counted in.

/// A unit of quantities. Data units are powers of 1000.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    Piece,
    Event,
    Message,
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Byte,
    Kilobyte,
    Megabyte,
    Gigabyte,
    /// Shown as it is.
    Other(String),
}

impl Unit {
    /// The unit of a usual spelling in any case: `s`, `sec`, `seconds`, `MB`, `SMS`.
    pub fn of(text: &str) -> Unit {
        match text.to_ascii_lowercase().as_str() {
            "1" | "each" | "piece" | "pieces" | "unit" | "units" => Unit::Piece,
            "event" | "events" | "call" | "calls" | "session" | "sessions" => Unit::Event,
            "sms" | "mms" | "message" | "messages" => Unit::Message,
            "s" | "sec" | "second" | "seconds" => Unit::Second,
            "min" | "minute" | "minutes" => Unit::Minute,
            "h" | "hour" | "hours" => Unit::Hour,
            "d" | "day" | "days" => Unit::Day,
            "month" | "months" => Unit::Month,
            "b" | "byte" | "bytes" | "octet" | "octets" => Unit::Byte,
            "kb" | "kbyte" | "kilobyte" | "kilobytes" => Unit::Kilobyte,
            "mb" | "mbyte" | "megabyte" | "megabytes" => Unit::Megabyte,
            "gb" | "gbyte" | "gigabyte" | "gigabytes" => Unit::Gigabyte,
            _ => Unit::Other(text.to_owned()),
        }
    }

    /// Its code of UN/ECE recommendation 20, as EN 16931 wants it; "one" for what has none.
    pub fn code(&self) -> &'static str {
        match self {
            Unit::Piece | Unit::Event | Unit::Message | Unit::Other(_) => "C62",
            Unit::Second => "SEC",
            Unit::Minute => "MIN",
            Unit::Hour => "HUR",
            Unit::Day => "DAY",
            Unit::Month => "MON",
            Unit::Byte => "AD",
            Unit::Kilobyte => "2P",
            Unit::Megabyte => "4L",
            Unit::Gigabyte => "E34",
        }
    }
}
