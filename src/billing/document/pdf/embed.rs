//! Fonts as objects of a file: what of a font the document uses, with widths, and the way back
//! from glyphs to characters, so that text can be searched and copied.

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Rect, Ref, Str};
use subsetter::{GlyphRemapper, subset};

use super::face::{Face, searched};
use super::file::{Part, packed};
use super::measure::number;
use crate::billing::document::fault::Fault;

/// Objects of a font.
pub const OBJECTS: i32 = 5;

const SYSTEM: SystemInfo = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// A font in a document. Glyphs are numbered in the order in which they are first used.
pub struct Used<'a> {
    face: &'a Face,
    glyphs: GlyphRemapper,
    /// Character and width of each glyph but that of what is missing.
    characters: Vec<(char, i64)>,
}

impl<'a> Used<'a> {
    pub fn new(face: &'a Face) -> Used<'a> {
        Used {
            face,
            glyphs: GlyphRemapper::new(),
            characters: Vec::with_capacity(80),
        }
    }

    pub fn face(&self) -> &'a Face {
        self.face
    }

    /// The document's number of a character's glyph, and its width.
    pub fn take(&mut self, character: char) -> (u16, i64) {
        let glyph = self.face.glyph(character);
        let width = self.face.width(glyph);
        let number = self.glyphs.remap(glyph);
        if usize::from(number) == self.characters.len() + 1 {
            self.characters.push((searched(character), width));
        }
        (number, width)
    }

    /// Writes the objects, of which the first is the font itself.
    pub fn write(&self, first: Ref, part: &mut Part) -> Result<(), Fault> {
        let name = self.face.name;
        let font = subset(self.face.data, 0, &self.glyphs);
        let font = font.map_err(|e| Fault::Data(format!("{name}: {e}")))?;
        let objects = [0, 1, 2, 3, 4].map(|n| Ref::new(first.get() + n));
        self.dictionaries(objects, part);
        let [_, _, _, file, unicode] = objects;
        let length = i32::try_from(font.len()).unwrap_or(i32::MAX);
        let font = packed(&font);
        let mut stream = part.stream(file, &font);
        stream
            .filter(Filter::FlateDecode)
            .pair(Name(b"Length1"), length);
        stream.finish();
        let characters = packed(&self.characters());
        part.stream(unicode, &characters)
            .filter(Filter::FlateDecode);
        Ok(())
    }

    fn dictionaries(&self, objects: [Ref; 5], part: &mut Part) {
        let [font, descendant, descriptor, file, unicode] = objects;
        let name = self.name();
        let name = Name(name.as_bytes());
        part.object(font, |chunk| {
            let mut font = chunk.type0_font(font);
            font.base_font(name)
                .encoding_predefined(Name(b"Identity-H"));
            font.descendant_font(descendant).to_unicode(unicode);
        });
        part.object(descendant, |chunk| {
            let mut font = chunk.cid_font(descendant);
            font.subtype(CidFontType::Type2).base_font(name);
            font.system_info(SYSTEM).font_descriptor(descriptor);
            font.default_width(number(self.face.width(super::face::MISSING)));
            font.cid_to_gid_map_predefined(Name(b"Identity"));
            let widths = self.characters.iter().map(|(_, width)| number(*width));
            font.widths().consecutive(1, widths);
        });
        part.object(descriptor, |chunk| {
            let metrics = &self.face.metrics;
            let [left, bottom, right, top] = metrics.bounds.map(number);
            let mut descriptor = chunk.font_descriptor(descriptor);
            descriptor.name(name).flags(FontFlags::SYMBOLIC);
            descriptor.bbox(Rect::new(left, bottom, right, top));
            descriptor.italic_angle(number(0));
            descriptor.ascent(number(metrics.ascent));
            descriptor.descent(number(metrics.descent));
            descriptor.cap_height(number(metrics.capitals));
            descriptor.stem_v(number(i64::from(metrics.weight) / 5));
            descriptor.font_file2(file);
        });
    }

    /// Six letters tell subsets of a font apart: they are made of what is in it.
    fn name(&self) -> String {
        let seed = self
            .characters
            .iter()
            .fold(5381_u32, |seed, (character, _)| {
                seed.wrapping_mul(33) ^ u32::from(*character)
            });
        let letter = |n: u32| char::from_u32(u32::from('A') + seed / 26_u32.pow(n) % 26);
        let letters: String = (0..6).filter_map(letter).collect();
        format!("{letters}+{}", self.face.name)
    }

    /// Which character a glyph stands for.
    fn characters(&self) -> Vec<u8> {
        let mut map: UnicodeCmap<u16> = UnicodeCmap::new(Name(b"Tollgate"), SYSTEM);
        for (glyph, (character, _)) in (1..).zip(&self.characters) {
            map.pair(glyph, *character);
        }
        map.finish().into_vec()
    }
}
