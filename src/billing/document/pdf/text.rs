//! Text as glyphs: measured, and broken into lines.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::embed::Used;
use super::face::Face;
use super::measure::Length;

/// Glyphs in a row, ready to be drawn.
pub struct Run {
    /// Two bytes a glyph.
    pub codes: Vec<u8>,
    pub width: Length,
}

impl Run {
    pub fn of(font: &mut Used, size: Length, text: &str) -> Run {
        let mut codes = Vec::with_capacity(2 * text.len());
        let mut wide = 0;
        for character in text.chars() {
            let (glyph, width) = font.take(character);
            codes.extend(glyph.to_be_bytes());
            wide += width;
        }
        let width = in_points(wide, size);
        Run { codes, width }
    }
}

pub fn width(face: &Face, size: Length, text: &str) -> Length {
    let widths = text
        .chars()
        .map(|character| face.width(face.glyph(character)));
    in_points(widths.sum(), size)
}

/// Thousandths of the font's size as a length, rounded up: text fits where its width does.
fn in_points(thousandths: i64, size: Length) -> Length {
    (thousandths * size + 999) / 1000
}

/// Composed letters (the fonts have those), and white space as single spaces.
pub fn tidy(text: &str) -> Cow<'_, str> {
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    let is_loose = |c: char| c.is_control() || matches!(c, '\u{ad}' | '\u{200b}' | '\u{feff}');
    if !composed.contains(is_loose) {
        return composed;
    }
    let kept = composed.chars().filter_map(|c| match c {
        '\n' | '\t' | '\r' => Some(' '),
        loose if is_loose(loose) => None,
        other => Some(other),
    });
    Cow::Owned(kept.collect())
}

/// The lines of a text that are no wider than that. Lines are broken at spaces, and
/// before letters behind hyphens and slashes; a word wider than a line is broken anywhere. There is always one
/// line, and every line has a character at least.
pub fn wrapped(face: &Face, size: Length, text: &str, room: Length) -> Vec<String> {
    let text = tidy(text);
    let mut lines = Vec::new();
    let mut rest = text.trim_start_matches(' ');
    loop {
        let (line, after) = first_line(face, size, rest, room);
        lines.push(line.trim_end_matches(' ').to_owned());
        rest = after.trim_start_matches(' ');
        if rest.is_empty() {
            return lines;
        }
    }
}

fn first_line<'t>(face: &Face, size: Length, text: &'t str, room: Length) -> (&'t str, &'t str) {
    let mut width = 0;
    // Behind the last place where the line may end.
    let mut end = None;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        let after = at + character.len_utf8();
        let joins = matches!(before, '-' | '/' | '\u{2013}' | '\u{2014}' | '@');
        if joins && character.is_alphabetic() {
            end = Some(at);
        }
        before = character;
        width += face.width(face.glyph(character)) * size;
        if character == ' ' {
            end = Some(after);
            continue;
        }
        if width > room * 1000 {
            let cut = end.unwrap_or(if at == 0 { after } else { at });
            return text.split_at_checked(cut).unwrap_or((text, ""));
        }
    }
    (text, "")
}
