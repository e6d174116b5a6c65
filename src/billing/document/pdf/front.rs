//! The first page down to the amount: who writes to whom, and about what.

use pdf_writer::types::StructRole;

use super::flow::{ACROSS, BODY, Flow, GREY, HAIRLINE, LEFT, RIGHT, SMALL, STRONG, Side, base_in};
use super::measure::{HEIGHT, Length, WIDTH, mm, pt};
use super::sheet::{Area, Style};
use super::text::width;
use super::tree::ROOT;
use crate::billing::document::colour::INK;
use crate::billing::document::view::{Fact, View};

/// The address in the window of an envelope, and the facts beside it.
const WINDOW: Length = mm(50);
const WINDOW_WIDTH: Length = mm(80);
const FACTS: Length = mm(118);
/// From a label to its text.
const INDENT: Length = mm(34);
/// The heading is below this: the window ends there.
const HEADING: Length = mm(90);

const PRINT: Style = Style {
    bold: false,
    size: 7_000,
    leading: 9_000,
    colour: GREY,
};

const TITLE: Style = Style {
    bold: true,
    size: 19_000,
    leading: 24_000,
    colour: INK,
};

const AMOUNT: Style = Style {
    size: 22_000,
    ..TITLE
};

const LABEL: Style = Style {
    size: 11_000,
    leading: 14_000,
    ..STRONG
};

const NOTE: Style = Style {
    size: 9_000,
    leading: 12_000,
    ..BODY
};

/// What the small print at the foot of the first page needs.
pub fn print_height(view: &View) -> Length {
    let lines = view.footer.iter().map(Vec::len).max().unwrap_or(0);
    let lines = Length::try_from(lines).unwrap_or(0);
    // Texts that are wider than their column take further lines.
    PRINT.leading * (lines + 1)
}

impl Flow<'_> {
    /// Everything above the first table.
    pub fn front(&mut self) {
        self.band();
        let address = self.address();
        let facts = self.facts_beside();
        self.y = address.max(facts).max(HEADING - pt(16)) + pt(16);
        let title = self.tree.add(ROOT, StructRole::H1);
        let view = self.view;
        self.paragraph(title, &view.heading, &TITLE);
        self.y += pt(8);
        self.headline();
    }

    fn band(&mut self) {
        let view = self.view;
        let area = Area {
            left: 0,
            top: 0,
            width: WIDTH,
            height: pt(6),
        };
        self.marked(None, |sheet| sheet.area(area, view.colour));
        let brand = self.tree.add(ROOT, StructRole::P);
        let style = Style {
            size: pt(20),
            colour: self.ink(),
            ..TITLE
        };
        self.draw(
            Some(brand),
            &view.brand,
            &style,
            (LEFT, mm(27)),
            Side::FromLeft,
        );
        if let Some(mark) = &view.mark {
            self.mark(mark);
        }
    }

    /// The word that says that this is no bill, or a further copy, in a frame.
    fn mark(&mut self, mark: &str) {
        let style = Style {
            size: pt(11),
            colour: self.ink(),
            ..STRONG
        };
        let wide = width(self.face(&style), style.size, mark);
        let (left, top) = (RIGHT - wide - pt(16), mm(27) - pt(14));
        let outer = Area {
            left,
            top,
            width: wide + pt(16),
            height: pt(20),
        };
        let inner = Area {
            left: left + pt(1),
            top: top + pt(1),
            width: outer.width - pt(2),
            height: outer.height - pt(2),
        };
        let tint = self.view.colour.as_tint();
        self.marked(None, |sheet| {
            sheet.area(outer, style.colour);
            sheet.area(inner, tint);
        });
        let element = self.tree.add(ROOT, StructRole::P);
        self.draw(
            Some(element),
            mark,
            &style,
            (left + pt(8), mm(27)),
            Side::FromLeft,
        );
    }

    /// Returns where it ends.
    fn address(&mut self) -> Length {
        let view = self.view;
        let mut y = WINDOW;
        let sender = self.tree.add(ROOT, StructRole::P);
        for line in self.broken(&view.sender, &PRINT, WINDOW_WIDTH) {
            self.draw(Some(sender), &line, &PRINT, (LEFT, y), Side::FromLeft);
            y += PRINT.leading;
        }
        y += pt(8);
        let style = Style {
            size: 10_500,
            leading: pt(14),
            ..BODY
        };
        let recipient = self.tree.add(ROOT, StructRole::P);
        for text in &view.recipient {
            for line in self.broken(text, &style, WINDOW_WIDTH) {
                self.draw(Some(recipient), &line, &style, (LEFT, y), Side::FromLeft);
                y += style.leading;
            }
        }
        y
    }

    fn facts_beside(&mut self) -> Length {
        let view = self.view;
        let mut y = WINDOW - base_in(&BODY);
        for fact in &view.facts {
            y = self.fact(fact, (FACTS, y), RIGHT - FACTS) + pt(1);
        }
        y
    }

    /// A label with its text beside it. Returns where it ends.
    fn fact(
        &mut self,
        (label, text): &Fact,
        (left, top): (Length, Length),
        room: Length,
    ) -> Length {
        let element = self.tree.add(ROOT, StructRole::P);
        let label = self.broken(label, &SMALL, INDENT - pt(6));
        let text = self.broken(text, &BODY, room - INDENT);
        let count = label.len().max(text.len());
        let columns = [(label, &SMALL, left), (text, &BODY, left + INDENT)];
        for (lines, style, left) in columns {
            let mut base = top + base_in(&BODY);
            for line in lines {
                self.draw(Some(element), &line, style, (left, base), Side::FromLeft);
                base += BODY.leading;
            }
        }
        top + BODY.leading * Length::try_from(count).unwrap_or(1)
    }

    /// Facts over the width of the page, kept together with what stands before them.
    pub fn fact_list(&mut self, facts: &[Fact]) {
        for fact in facts {
            self.need(BODY.leading);
            self.y = self.fact(fact, (LEFT, self.y), ACROSS);
        }
    }

    /// The amount, large, on a tinted area, beside what it is.
    fn headline(&mut self) {
        let view = self.view;
        let headline = &view.headline;
        let wide = width(self.face(&AMOUNT), AMOUNT.size, &headline.amount);
        let room = ACROSS - wide - pt(50);
        // An amount that fills the line stands below its label.
        let beside = room > mm(35);
        let room = if beside { room } else { ACROSS - pt(30) };
        let label = self.broken(&headline.label, &LABEL, room);
        let note = headline.note.iter();
        let note = note.flat_map(|text| self.broken(text, &NOTE, room));
        let lines = label.into_iter().map(|line| (line, &LABEL));
        let lines: Vec<(String, &Style)> = lines.chain(note.map(|line| (line, &NOTE))).collect();
        let texts: Length = lines.iter().map(|(_, style)| style.leading).sum();
        let tall = if beside {
            texts.max(pt(24))
        } else {
            texts + pt(28)
        };
        self.tinted(tall + pt(20));
        let element = self.tree.add(ROOT, StructRole::P);
        let top = self.y + pt(10);
        let mut y = if beside {
            top + (tall - texts) / 2
        } else {
            top
        };
        for (line, style) in &lines {
            let base = y + base_in(style);
            self.draw(
                Some(element),
                line,
                style,
                (LEFT + pt(16), base),
                Side::FromLeft,
            );
            y += style.leading;
        }
        let base = match beside {
            true => top + tall / 2 + AMOUNT.size * 66 / 200,
            false => y + pt(22),
        };
        let place = (RIGHT - pt(14), base);
        self.draw(
            Some(element),
            &headline.amount,
            &AMOUNT,
            place,
            Side::ToRight,
        );
        self.y += tall + pt(26);
    }

    /// An area across the page in a tint of the operator's colour, with a bar of it at the left.
    fn tinted(&mut self, height: Length) {
        let view = self.view;
        let area = Area {
            left: LEFT,
            top: self.y,
            width: ACROSS,
            height,
        };
        let bar = Area {
            width: pt(4),
            ..area
        };
        self.marked(None, |sheet| {
            sheet.area(area, view.colour.as_tint());
            sheet.area(bar, view.colour);
        });
    }

    /// Small print at the foot of the first page.
    pub fn print(&mut self) {
        let view = self.view;
        let count = Length::try_from(view.footer.len()).unwrap_or(1).max(1);
        let gap = pt(10);
        let room = (ACROSS - gap * (count - 1)) / count;
        let top = HEIGHT - mm(20) - print_height(view);
        self.rule(top, HAIRLINE, 500);
        for (at, column) in (0..).zip(&view.footer) {
            let left = LEFT + at * (room + gap);
            let mut base = top + pt(11);
            for text in column {
                for line in self.broken(text, &PRINT, room) {
                    self.draw(None, &line, &PRINT, (left, base), Side::FromLeft);
                    base += PRINT.leading;
                }
            }
        }
    }
}
