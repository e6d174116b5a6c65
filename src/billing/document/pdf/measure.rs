//! Lengths on paper. They are whole numbers, so that pages come out alike on every machine; only
//! the writer of the file wants floating point.

/// Thousandths of a point; a point is 1/72 inch.
pub type Length = i64;

/// A4.
pub const WIDTH: Length = 595_276;
pub const HEIGHT: Length = 841_890;

/// Whole points.
pub const fn pt(points: i64) -> Length {
    points * 1000
}

pub const fn mm(millimetres: i64) -> Length {
    millimetres * 72_000 * 10 / 254
}

/// The number that is written to the file: points.
#[allow(
    clippy::disallowed_types,
    clippy::cast_precision_loss,
    reason = "the library takes coordinates as f32; a page is far below its precision"
)]
pub fn points(length: Length) -> f32 {
    length as f32 / 1000.0
}

/// A metric of a font, in thousandths of its size.
#[allow(
    clippy::disallowed_types,
    clippy::cast_precision_loss,
    reason = "the library takes metrics as f32; they have four digits"
)]
pub fn number(thousandths: i64) -> f32 {
    thousandths as f32
}

/// A part of a colour, from 0 to 1 in thousandths.
#[allow(clippy::disallowed_types, reason = "the library takes colours as f32")]
pub fn part(colour: u8) -> f32 {
    points(Length::from(colour) * 1000 / 255)
}
