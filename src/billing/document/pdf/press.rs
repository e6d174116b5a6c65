//! The fonts, read once and shared by all documents.

use super::face::{Face, MISSING};
use super::text::tidy;
use crate::billing::document::fault::Fault;

/// Source Sans 3 with fewer characters, under the SIL Open Font Licence (`fonts/README.md`).
const REGULAR: (&str, &[u8]) = (
    "TollgateSans-Regular",
    include_bytes!("../fonts/TollgateSans-Regular.ttf"),
);
const BOLD: (&str, &[u8]) = (
    "TollgateSans-SemiBold",
    include_bytes!("../fonts/TollgateSans-SemiBold.ttf"),
);

/// What all PDF documents share. Made once, used by any number of threads.
pub struct Press {
    pub(super) faces: [Face; 2],
}

impl Press {
    /// Reads the fonts that are compiled in.
    ///
    /// # Errors
    /// [`Fault::Data`] when a font cannot be read.
    pub fn new() -> Result<Press, Fault> {
        Ok(Press {
            faces: [
                Face::read(REGULAR.0, REGULAR.1)?,
                Face::read(BOLD.0, BOLD.1)?,
            ],
        })
    }

    /// Whether each character of a text can be printed. Others are printed as an empty box.
    /// Latin, Greek and Cyrillic are there; scripts from right to left are not.
    pub fn covers(&self, text: &str) -> bool {
        let [regular, _] = &self.faces;
        let text = tidy(text);
        text.chars()
            .all(|character| regular.glyph(character) != MISSING)
    }
}
