//! Pages one after the other, and the place where the next thing goes.

use super::embed::Used;
use super::face::Face;
use super::measure::{HEIGHT, Length, WIDTH, mm, pt};
use super::press::Press;
use super::sheet::{Area, Purpose, Sheet, Style};
use super::text::{Run, tidy, wrapped};
use super::tree::{Element, Tree};
use crate::billing::document::colour::INK;
use crate::billing::document::statement::Colour;
use crate::billing::document::view::View;

/// The text's left edge is where envelopes with a window want the address (DIN 5008).
pub const LEFT: Length = mm(25);
pub const RIGHT: Length = WIDTH - mm(18);
pub const ACROSS: Length = RIGHT - LEFT;
/// Below this height later pages begin.
const TOP: Length = mm(32);
const BOTTOM: Length = HEIGHT - mm(22);

pub const GREY: Colour = Colour(0x56, 0x5e, 0x68);
pub const HAIRLINE: Colour = Colour(0xd5, 0xd9, 0xdd);

const fn style(bold: bool, tenths: Length, leading: Length, colour: Colour) -> Style {
    Style {
        bold,
        size: tenths * 100,
        leading: leading * 100,
        colour,
    }
}

pub const BODY: Style = style(false, 95, 130, INK);
pub const STRONG: Style = style(true, 95, 130, INK);
pub const SMALL: Style = style(false, 80, 105, GREY);
pub const SMALL_STRONG: Style = style(true, 80, 105, GREY);

/// To which side of its place a text goes.
#[derive(Clone, Copy)]
pub enum Side {
    FromLeft,
    ToRight,
    Middle,
}

pub struct Flow<'a> {
    pub view: &'a View,
    pub tree: Tree,
    pub sheets: Vec<Sheet>,
    /// Regular and bold.
    pub fonts: [Used<'a>; 2],
    /// Where the next thing begins, from the top of the page.
    pub y: Length,
    bottom: Length,
}

impl<'a> Flow<'a> {
    /// An empty first page that ends earlier by so much, which its small print needs.
    pub fn new(press: &'a Press, view: &'a View, reserved: Length) -> Flow<'a> {
        Flow {
            view,
            tree: Tree::new(),
            sheets: vec![Sheet::new()],
            fonts: press.faces.each_ref().map(Used::new),
            y: 0,
            bottom: BOTTOM - reserved,
        }
    }

    /// The operator's colour where it is text.
    pub fn ink(&self) -> Colour {
        self.view.colour.as_ink()
    }

    pub fn face(&self, style: &Style) -> &'a Face {
        let [regular, bold] = &self.fonts;
        if style.bold {
            bold.face()
        } else {
            regular.face()
        }
    }

    /// Makes room: begins a new page unless so much is left on this one. True if it did.
    pub fn need(&mut self, height: Length) -> bool {
        let fits = self.y + height <= self.bottom;
        if !fits {
            self.turn();
        }
        !fits
    }

    /// Height of the pages behind the first.
    pub fn page_height() -> Length {
        BOTTOM - TOP
    }

    fn turn(&mut self) {
        self.sheets.push(Sheet::new());
        self.y = TOP;
        self.bottom = BOTTOM;
        let brand = Style {
            colour: self.ink(),
            ..STRONG
        };
        let (view, base) = (self.view, TOP - pt(26));
        self.draw(None, &view.brand, &brand, (LEFT, base), Side::FromLeft);
        let heading = match &view.mark {
            Some(mark) => format!("{} · {mark}", view.heading),
            None => view.heading.clone(),
        };
        self.draw(None, &heading, &SMALL, (RIGHT, base), Side::ToRight);
        self.rule(base + pt(7), HAIRLINE, 500);
    }

    /// Text at a place of the present page: base line, and left edge, right edge or middle.
    pub fn draw(
        &mut self,
        element: Option<Element>,
        text: &str,
        style: &Style,
        (x, base): (Length, Length),
        side: Side,
    ) {
        if text.is_empty() {
            return;
        }
        let [regular, bold] = &mut self.fonts;
        let font = if style.bold { bold } else { regular };
        let run = Run::of(font, style.size, &tidy(text));
        let left = match side {
            Side::FromLeft => x,
            Side::ToRight => x - run.width,
            Side::Middle => x - run.width / 2,
        };
        self.marked(element, |sheet| sheet.text(&run, style, (left, base)));
    }

    /// Draws something that belongs to an element, or to none.
    pub fn marked(&mut self, element: Option<Element>, draw: impl FnOnce(&mut Sheet)) {
        let page = self.sheets.len() - 1;
        let purpose = match element {
            Some(element) => {
                let number = self.tree.mark(element, page);
                Purpose::Part(self.tree.role(element), number)
            }
            None => Purpose::Artifact,
        };
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.begin(purpose);
            draw(sheet);
            sheet.end();
        }
    }

    /// A line across the page, so many thousandths of a point thick.
    pub fn rule(&mut self, top: Length, colour: Colour, height: Length) {
        let area = Area {
            left: LEFT,
            top,
            width: ACROSS,
            height,
        };
        self.marked(None, |sheet| sheet.area(area, colour));
    }

    /// The lines of a text in a column of that width.
    pub fn broken(&self, text: &str, style: &Style, room: Length) -> Vec<String> {
        wrapped(self.face(style), style.size, text, room)
    }

    /// Text over the width of the page, broken into lines and over pages.
    pub fn paragraph(&mut self, element: Element, text: &str, style: &Style) {
        for line in self.broken(text, style, ACROSS) {
            self.need(style.leading);
            let base = self.y + base_in(style);
            self.draw(Some(element), &line, style, (LEFT, base), Side::FromLeft);
            self.y += style.leading;
        }
    }
}

/// How far the base line is below the top of a line of text.
pub fn base_in(style: &Style) -> Length {
    (style.leading + style.size * 66 / 100) / 2
}
