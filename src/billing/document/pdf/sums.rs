//! Tables of a label and an amount: summary and account.

use pdf_writer::types::{StructRole, TableHeaderScope};

use super::flow::{ACROSS, BODY, Flow, GREY, HAIRLINE, LEFT, RIGHT, SMALL, STRONG, Side, base_in};
use super::measure::{Length, pt};
use super::sheet::Style;
use super::text::width;
use super::tree::{Element, ROOT};
use crate::billing::document::colour::INK;
use crate::billing::document::view::{Row, Weight};

const GAP: Length = pt(4);

impl Flow<'_> {
    /// The heading of a part, which stays with so much of what follows it.
    pub fn heading(&mut self, text: &str, keep: Length) {
        let style = Style {
            size: pt(12),
            leading: pt(16),
            colour: self.ink(),
            ..STRONG
        };
        self.y += pt(14);
        self.need(style.leading + pt(4) + keep);
        let element = self.tree.add(ROOT, StructRole::H2);
        self.paragraph(element, text, &style);
        self.y += pt(3);
    }

    pub fn sums(&mut self, rows: &[Row]) {
        let table = self.tree.add(ROOT, StructRole::Table);
        for (at, row) in rows.iter().enumerate() {
            // A total stays with the row above it.
            let next = rows.get(at + 1);
            let next = next.filter(|next| next.weight == Weight::Total);
            let keep = next.map_or(0, |next| self.row_height(next));
            let height = self.row_height(row);
            self.need(height + keep);
            self.row(table, row);
        }
    }

    fn row(&mut self, table: Element, row: &Row) {
        let style = style_of(row.weight);
        let amount = width(self.face(&style), style.size, &row.amount);
        let room = ACROSS - amount - pt(14);
        if row.weight == Weight::Total {
            self.rule(self.y, INK, 1000);
        }
        let line = self.tree.add(table, StructRole::TR);
        let head = self.tree.head(line, TableHeaderScope::Row, 1);
        let cell = self.tree.add(line, StructRole::TD);
        self.y += gap_of(row.weight);
        let base = self.y + base_in(&style);
        for text in self.broken(&row.label, &style, room) {
            let base = self.y + base_in(&style);
            self.draw(Some(head), &text, &style, (LEFT, base), Side::FromLeft);
            self.y += style.leading;
        }
        self.draw(
            Some(cell),
            &row.amount,
            &style,
            (RIGHT, base),
            Side::ToRight,
        );
        let detail = row.detail.iter();
        let detail: Vec<String> = detail
            .flat_map(|text| self.broken(text, &SMALL, room))
            .collect();
        for text in detail {
            let base = self.y + base_in(&SMALL);
            self.draw(Some(head), &text, &SMALL, (LEFT, base), Side::FromLeft);
            self.y += SMALL.leading;
        }
        self.y += gap_of(row.weight);
        if matches!(row.weight, Weight::Plain | Weight::Sum) {
            self.rule(self.y, HAIRLINE, 400);
        }
    }

    fn row_height(&self, row: &Row) -> Length {
        let style = style_of(row.weight);
        let amount = width(self.face(&style), style.size, &row.amount);
        let room = ACROSS - amount - pt(14);
        let count = |style: &Style, text: &str| {
            let lines = self.broken(text, style, room).len();
            Length::try_from(lines).unwrap_or(1) * style.leading
        };
        let detail = row.detail.as_ref().map_or(0, |text| count(&SMALL, text));
        count(&style, &row.label) + detail + 2 * gap_of(row.weight)
    }
}

fn gap_of(weight: Weight) -> Length {
    if weight == Weight::Within { pt(1) } else { GAP }
}

fn style_of(weight: Weight) -> Style {
    match weight {
        Weight::Within => Style {
            size: pt(9),
            leading: pt(12),
            colour: GREY,
            ..BODY
        },
        Weight::Plain => BODY,
        Weight::Sum => STRONG,
        Weight::Total => Style {
            size: 10_500,
            leading: pt(14),
            ..STRONG
        },
    }
}
