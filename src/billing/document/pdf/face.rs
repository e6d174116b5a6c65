//! A font as it is shipped: which characters it has, and how wide they are.

use ttf_parser::{Face as Font, GlyphId};

use crate::billing::document::fault::Fault;

/// The glyph for what the font does not have.
pub const MISSING: u16 = 0;

/// Code points below this are found; the font has none above.
const END: u32 = 0x2800;

pub struct Face {
    pub name: &'static str,
    pub data: &'static [u8],
    pub metrics: Metrics,
    /// Glyph by code point.
    glyphs: Vec<u16>,
    /// Width by glyph, in thousandths of the font's size.
    widths: Vec<i64>,
}

/// In thousandths of the font's size.
pub struct Metrics {
    pub ascent: i64,
    pub descent: i64,
    pub capitals: i64,
    pub bounds: [i64; 4],
    pub weight: u16,
}

impl Face {
    /// # Errors
    /// [`Fault::Data`] when the file is no font that can be read.
    pub fn read(name: &'static str, data: &'static [u8]) -> Result<Face, Fault> {
        let font = Font::parse(data, 0).map_err(|e| Fault::Data(format!("{name}: {e}")))?;
        let scaled = |units: i64| units * 1000 / i64::from(font.units_per_em().max(1));
        let glyph = |point| {
            let found = char::from_u32(point).and_then(|c| font.glyph_index(c));
            found.map_or(MISSING, |glyph| glyph.0)
        };
        let width = |glyph| {
            let width = font.glyph_hor_advance(GlyphId(glyph)).unwrap_or(0);
            scaled(width.into())
        };
        let bounds = font.global_bounding_box();
        let bounds = [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max];
        Ok(Face {
            name,
            data,
            metrics: Metrics {
                ascent: scaled(font.ascender().into()),
                descent: scaled(font.descender().into()),
                capitals: scaled(font.capital_height().unwrap_or(660).into()),
                bounds: bounds.map(|edge| scaled(edge.into())),
                weight: font.weight().to_number(),
            },
            glyphs: (0..END).map(glyph).collect(),
            widths: (0..font.number_of_glyphs()).map(width).collect(),
        })
    }

    /// The glyph of a character, [`MISSING`] if the font lacks it. Spaces that do not break look
    /// and are searched for like usual ones.
    pub fn glyph(&self, character: char) -> u16 {
        match alike(character) {
            thin @ ('\u{2009}' | '\u{200a}' | '\u{202f}') => match self.lookup(thin) {
                MISSING => self.lookup(' '),
                found => found,
            },
            other => self.lookup(other),
        }
    }

    /// In thousandths of the font's size.
    pub fn width(&self, glyph: u16) -> i64 {
        self.widths.get(usize::from(glyph)).copied().unwrap_or(0)
    }

    fn lookup(&self, character: char) -> u16 {
        let point = usize::try_from(u32::from(character)).unwrap_or(usize::MAX);
        self.glyphs.get(point).copied().unwrap_or(MISSING)
    }
}

/// The character that is printed for one that only breaks lines differently.
fn alike(character: char) -> char {
    match character {
        '\u{a0}' | '\u{2007}' => ' ',
        '\u{2011}' => '-',
        other => other,
    }
}

/// What a search finds in the place of a character.
pub fn searched(character: char) -> char {
    match alike(character) {
        '\u{2009}' | '\u{200a}' | '\u{202f}' => ' ',
        other => other,
    }
}
