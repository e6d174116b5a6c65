//! Prefixes as symbols of four bits: a digit is one symbol, any other character three. Tables are
//! nearly all digits, and a node with sixteen children at most is found by counting bits.

/// Bytes of a prefix at most; E.164 numbers have 15 digits, with a carrier's prefix some more.
pub const PREFIX_BYTES_MAX: usize = 40;

/// Symbol that announces a byte in two symbols.
const ESCAPE: u8 = 15;

/// The symbols of a text. A leading `+` is left out: it says that the number is international, which
/// all numbers of tables and records are.
pub fn symbols(text: &str) -> impl Iterator<Item = u8> + '_ {
    let bytes = text.strip_prefix('+').unwrap_or(text).as_bytes();
    bytes.iter().flat_map(|byte| {
        let (first, high, low) = match byte {
            b'0'..=b'9' => (byte - b'0', None, None),
            b'*' => (10, None, None),
            b'#' => (11, None, None),
            _ => (ESCAPE, Some(byte >> 4), Some(byte & 15)),
        };
        std::iter::once(first).chain(high).chain(low)
    })
}
