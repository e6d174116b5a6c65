//! What can be read of the operator's colour.

use super::statement::Colour;

/// Dark text.
pub const INK: Colour = Colour(0x1b, 0x1f, 0x24);

impl Colour {
    /// `#1b1f24`, as style sheets write it.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// The colour, darkened until text in it can be read on white (a contrast of about 4.5).
    pub fn as_ink(self) -> Colour {
        let mut colour = self;
        while colour.light() > 460 {
            let darker = |part: u8| part - part.div_ceil(16);
            colour = Colour(darker(colour.0), darker(colour.1), darker(colour.2));
        }
        colour
    }

    /// A light tint of it, for areas behind dark text.
    pub fn as_tint(self) -> Colour {
        let tint = |part: u8| 255 - (255 - part) / 14;
        let ink = self.as_ink();
        Colour(tint(ink.0), tint(ink.1), tint(ink.2))
    }

    /// How light it is to the eye, in thousandths, with the weights of BT.601.
    fn light(self) -> u32 {
        let [red, green, blue] = [self.0, self.1, self.2].map(u32::from);
        (red * 299 + green * 587 + blue * 114) / 255
    }
}

#[cfg(test)]
mod tests {
    use super::super::statement::Colour;

    #[test]
    fn light_colours_become_legible() {
        assert_eq!(Colour(0, 60, 120).as_ink(), Colour(0, 60, 120));
        for light in [
            Colour(255, 255, 255),
            Colour(255, 220, 0),
            Colour(0, 255, 255),
        ] {
            assert!(light.as_ink().light() <= 460, "{light:?}");
        }
    }
}
