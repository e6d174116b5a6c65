//! One page: text, lines and areas. Places are measured from the top left corner.

use pdf_writer::types::StructRole;
use pdf_writer::{Content, Name, Str};

use super::file::DENSE;
use super::measure::{HEIGHT, Length, part, points};
use super::text::Run;
use crate::billing::document::statement::Colour;

/// Names of the two fonts in the pages' resources.
pub const FONTS: [&[u8]; 2] = [b"R", b"B"];

/// How text looks.
#[derive(Clone, Copy)]
pub struct Style {
    pub bold: bool,
    pub size: Length,
    /// From one line to the next.
    pub leading: Length,
    pub colour: Colour,
}

/// An area of the page.
#[derive(Clone, Copy)]
pub struct Area {
    pub left: Length,
    pub top: Length,
    pub width: Length,
    pub height: Length,
}

/// What a piece of content is for.
pub enum Purpose {
    /// It belongs to the structure, under this number of the page.
    Part(StructRole, i32),
    /// Decoration, page numbers, repeated heads.
    Artifact,
}

pub struct Sheet {
    content: Content,
    fill: Option<Colour>,
}

impl Sheet {
    pub fn new() -> Sheet {
        Sheet {
            content: Content::with_settings_and_capacity(DENSE, 16 * 1024),
            fill: None,
        }
    }

    /// Text with its base line at that height.
    pub fn text(&mut self, run: &Run, style: &Style, (left, base): (Length, Length)) {
        self.fill(style.colour);
        let [regular, bold] = FONTS;
        let font = if style.bold { bold } else { regular };
        let content = &mut self.content;
        content.begin_text();
        content.set_font(Name(font), points(style.size));
        content.next_line(points(left), points(HEIGHT - base));
        content.show(Str(&run.codes)).end_text();
    }

    pub fn area(&mut self, area: Area, colour: Colour) {
        self.fill(colour);
        let bottom = HEIGHT - area.top - area.height;
        let [left, bottom, width, height] =
            [area.left, bottom, area.width, area.height].map(points);
        self.content
            .rect(left, bottom, width, height)
            .fill_nonzero();
    }

    pub fn begin(&mut self, purpose: Purpose) {
        match purpose {
            Purpose::Artifact => {
                self.content.begin_marked_content(Name(b"Artifact"));
            }
            Purpose::Part(role, number) => {
                let name = role.to_name();
                let mut mark = self.content.begin_marked_content_with_properties(name);
                mark.properties().identify(number);
            }
        }
    }

    pub fn end(&mut self) {
        self.content.end_marked_content();
    }

    pub fn finish(self) -> Vec<u8> {
        self.content.finish().into_vec()
    }

    fn fill(&mut self, colour: Colour) {
        if self.fill == Some(colour) {
            return;
        }
        self.fill = Some(colour);
        let [red, green, blue] = [colour.0, colour.1, colour.2].map(part);
        self.content.set_fill_rgb(red, green, blue);
    }
}
