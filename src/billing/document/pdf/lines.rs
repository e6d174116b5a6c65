//! The itemised table, over as many pages as it takes.

use pdf_writer::types::{StructRole, TableHeaderScope};

use super::flow::{
    ACROSS, BODY, Flow, HAIRLINE, LEFT, RIGHT, SMALL, SMALL_STRONG, STRONG, Side, base_in,
};
use super::measure::{Length, pt};
use super::sheet::Style;
use super::text::width;
use super::tree::{Element, ROOT};
use crate::billing::document::colour::INK;
use crate::billing::document::view::{Block, Detail, Item, Section};

/// Between columns.
const GAP: Length = pt(12);
/// Columns other than the amount are broken into lines when they would be wider than this.
const WIDEST: Length = pt(92);
/// A head of a column of this width is not broken.
const NARROW: Length = pt(50);
const ROW_GAP: Length = pt(3);
/// Height of the sum below a section.
const SUBTOTAL: Length = STRONG.leading + 2 * ROW_GAP;

/// Where the columns of a detail end on the right.
struct Columns {
    /// Width of the description.
    description: Length,
    /// Right edge and width of quantity, unit price, tax; no width for those left out.
    middle: [(Length, Length); 3],
    heads: [Vec<String>; 5],
}

/// A line of text of a row: description, three cells, amount.
#[derive(Default)]
struct TextLine {
    description: Option<(String, Style)>,
    cells: [Option<String>; 4],
}

impl Flow<'_> {
    pub fn detail(&mut self, detail: &Detail) {
        if detail.sections.is_empty() {
            return;
        }
        let columns = self.columns(detail);
        self.heading(&detail.title, pt(90));
        let table = self.tree.add(ROOT, StructRole::Table);
        let row = self.tree.add(table, StructRole::TR);
        let heads: Vec<Element> = detail
            .heads
            .iter()
            .filter(|head| !head.is_empty())
            .map(|_| self.tree.head(row, TableHeaderScope::Column, 1))
            .collect();
        self.head(&columns, Some(&heads));
        for section in &detail.sections {
            self.section(table, section, &columns, heads.len());
        }
    }

    /// Columns as wide as what they hold; the description takes what is left.
    fn columns(&self, detail: &Detail) -> Columns {
        let [_, middle_heads @ .., last] = &detail.heads;
        let amount = self.amount_width(detail).max(self.head_width(last));
        let mut right = RIGHT - amount - GAP;
        let mut middle = [(0, 0); 3];
        for (at, (column, head)) in middle.iter_mut().zip(middle_heads).enumerate().rev() {
            if head.is_empty() {
                continue;
            }
            let cells = items(detail).filter_map(|item| item.cells.get(at));
            let cells = cells.map(|cell| width(self.face(&BODY), BODY.size, cell));
            let wide = cells
                .max()
                .unwrap_or(0)
                .min(WIDEST)
                .max(self.head_width(head));
            *column = (right, wide);
            right -= wide + GAP;
        }
        let [quantity, price, tax] = middle.map(|(_, wide)| wide);
        let widths = [right - LEFT, quantity, price, tax, amount];
        let heads = detail.heads.each_ref().map(String::as_str);
        let mut columns = heads.iter().zip(widths).map(|(head, wide)| match *head {
            "" => Vec::new(),
            head => self.broken(head, &SMALL_STRONG, wide.max(self.head_width(head))),
        });
        Columns {
            description: right - LEFT,
            heads: std::array::from_fn(|_| columns.next().unwrap_or_default()),
            middle,
        }
    }

    /// Amounts are never broken.
    fn amount_width(&self, detail: &Detail) -> Length {
        let sums = detail
            .sections
            .iter()
            .filter_map(|section| section.total.as_ref());
        let sums = sums.map(|(_, amount)| width(self.face(&STRONG), STRONG.size, amount));
        let body = self.face(&BODY);
        let amounts = items(detail).map(|item| width(body, BODY.size, &item.amount));
        amounts.chain(sums).max().unwrap_or(0).max(pt(48))
    }

    /// A short head stays on one line, of others the longest word does.
    fn head_width(&self, head: &str) -> Length {
        let of = |text: &str| width(self.face(&SMALL_STRONG), SMALL_STRONG.size, text);
        match of(head) {
            whole if whole <= NARROW => whole,
            _ => head.split(' ').map(of).max().unwrap_or(0),
        }
    }

    /// The heads of the columns; on later pages they are no part of the structure.
    fn head(&mut self, columns: &Columns, elements: Option<&[Element]>) {
        let style = SMALL_STRONG;
        let tallest = columns.heads.iter().map(Vec::len).max().unwrap_or(1);
        let mut elements = elements.unwrap_or_default().iter();
        for (at, lines) in columns
            .heads
            .iter()
            .enumerate()
            .filter(|(_, lines)| !lines.is_empty())
        {
            let element = elements.next().copied();
            let mut y = self.y + length(tallest - lines.len()) * style.leading;
            let (x, side) = columns.place(at);
            for line in lines {
                self.draw(element, line, &style, (x, y + base_in(&style)), side);
                y += style.leading;
            }
        }
        self.y += length(tallest) * style.leading + pt(3);
        self.rule(self.y, INK, 900);
        self.y += pt(2);
    }

    /// Room for so much, below heads of columns if on a new page.
    fn room(&mut self, height: Length, columns: &Columns) {
        if self.need(height) {
            self.head(columns, None);
        }
    }

    fn section(&mut self, table: Element, section: &Section, columns: &Columns, count: usize) {
        if !section.title.is_empty() {
            let style = Style {
                size: 10_500,
                leading: pt(14),
                ..STRONG
            };
            let titles = self.broken(&section.title, &style, ACROSS);
            let subtitles = section.subtitle.iter();
            let subtitles = subtitles.flat_map(|text| self.broken(text, &SMALL, ACROSS));
            let lines = titles.into_iter().map(|text| (text, style));
            let lines = lines.chain(subtitles.map(|text| (text, SMALL)));
            let lines: Vec<(String, Style)> = lines.collect();
            self.y += pt(9);
            self.span(
                table,
                &lines,
                (TableHeaderScope::Both, count),
                pt(44),
                columns,
            );
            self.y += pt(2);
        }
        let last = section.blocks.len().saturating_sub(1);
        for (at, block) in section.blocks.iter().enumerate() {
            // The sum does not stand alone on a page.
            let closing = at == last && section.total.is_some();
            let keep = if closing { SUBTOTAL } else { 0 };
            self.block(table, block, columns, (count, keep));
        }
        if let Some((label, amount)) = &section.total {
            self.subtotal(table, (label, amount), columns, count);
        }
    }

    /// A head over all columns, kept with so much of what follows.
    fn span(
        &mut self,
        table: Element,
        lines: &[(String, Style)],
        (scope, count): (TableHeaderScope, usize),
        keep: Length,
        columns: &Columns,
    ) {
        let height: Length = lines.iter().map(|(_, style)| style.leading).sum();
        self.room((height + keep).min(Self::page_height() / 2), columns);
        let row = self.tree.add(table, StructRole::TR);
        let head = self.tree.head(row, scope, count);
        for (text, style) in lines {
            self.room(style.leading, columns);
            let base = self.y + base_in(style);
            self.draw(Some(head), text, style, (LEFT, base), Side::FromLeft);
            self.y += style.leading;
        }
    }

    /// Its last row stays with so much of what follows.
    fn block(
        &mut self,
        table: Element,
        block: &Block,
        columns: &Columns,
        (count, keep): (usize, Length),
    ) {
        if let Some(title) = &block.title {
            let style = Style {
                size: pt(9),
                colour: self.ink(),
                ..STRONG
            };
            let lines = self.broken(title, &style, ACROSS);
            let lines: Vec<_> = lines.into_iter().map(|text| (text, style)).collect();
            self.y += pt(6);
            self.span(
                table,
                &lines,
                (TableHeaderScope::Both, count),
                pt(26),
                columns,
            );
            self.rule(self.y + pt(1), HAIRLINE, 800);
            self.y += pt(2);
        }
        let last = block.items.len().saturating_sub(1);
        for (at, item) in block.items.iter().enumerate() {
            self.item(table, item, columns, if at == last { keep } else { 0 });
        }
    }

    fn item(&mut self, table: Element, item: &Item, columns: &Columns, keep: Length) {
        let lines = self.text_lines(item, columns);
        let height: Length = lines.iter().map(TextLine::leading).sum();
        let row = self.tree.add(table, StructRole::TR);
        // A cell for each column that has a head.
        let cells: [Option<Element>; 5] = std::array::from_fn(|at| {
            let shown = columns.heads.get(at).is_some_and(|head| !head.is_empty());
            shown.then(|| self.tree.add(row, StructRole::TD))
        });
        let [description, others @ ..] = cells;
        // A row is kept together unless it is very long.
        let height = (height + 2 * ROW_GAP).min(Self::page_height() / 3);
        self.room(height + keep, columns);
        self.y += ROW_GAP;
        for line in &lines {
            self.room(line.leading(), columns);
            if let Some((text, style)) = &line.description {
                let base = self.y + base_in(style);
                self.draw(description, text, style, (LEFT, base), Side::FromLeft);
            }
            let base = self.y + base_in(&BODY);
            for (at, (text, cell)) in line.cells.iter().zip(others).enumerate() {
                let Some(text) = text else { continue };
                let (x, side) = columns.place(at + 1);
                self.draw(cell, text, &BODY, (x, base), side);
            }
            self.y += line.leading();
        }
        self.y += ROW_GAP;
        self.rule(self.y, HAIRLINE, 400);
    }

    /// The cells of a row, each broken into lines.
    fn text_lines(&self, item: &Item, columns: &Columns) -> Vec<TextLine> {
        let room = columns.description;
        let name = self.broken(&item.name, &BODY, room).into_iter();
        let small = item.details.iter();
        let small = small.flat_map(|text| self.broken(text, &SMALL, room));
        let description = name.map(|text| (text, BODY));
        let description = description.chain(small.map(|text| (text, SMALL)));
        let mut lines: Vec<TextLine> = description.map(TextLine::described).collect();
        let widths = columns.middle.iter().map(|(_, wide)| *wide);
        let middle = item
            .cells
            .iter()
            .zip(widths)
            .map(|(text, wide)| match text.as_str() {
                "" => Vec::new(),
                text => self.broken(text, &BODY, wide),
            });
        let amount = vec![item.amount.clone()];
        for (at, cell) in middle.chain([amount]).enumerate() {
            if lines.len() < cell.len() {
                lines.resize_with(cell.len(), TextLine::default);
            }
            for (line, text) in lines.iter_mut().zip(cell) {
                if let Some(slot) = line.cells.get_mut(at) {
                    *slot = Some(text);
                }
            }
        }
        lines
    }

    fn subtotal(
        &mut self,
        table: Element,
        (label, amount): (&str, &str),
        columns: &Columns,
        count: usize,
    ) {
        self.room(SUBTOTAL, columns);
        let row = self.tree.add(table, StructRole::TR);
        let head = self.tree.head(row, TableHeaderScope::Row, count - 1);
        let cell = self.tree.add(row, StructRole::TD);
        self.y += ROW_GAP;
        let base = self.y + base_in(&STRONG);
        self.draw(Some(head), label, &STRONG, (LEFT, base), Side::FromLeft);
        self.draw(Some(cell), amount, &STRONG, (RIGHT, base), Side::ToRight);
        self.y += STRONG.leading + ROW_GAP;
    }
}

fn items(detail: &Detail) -> impl Iterator<Item = &Item> {
    let blocks = detail.sections.iter().flat_map(|section| &section.blocks);
    blocks.flat_map(|block| &block.items)
}

impl Columns {
    /// Where the text of a column is put.
    fn place(&self, column: usize) -> (Length, Side) {
        match column {
            0 => (LEFT, Side::FromLeft),
            4 => (RIGHT, Side::ToRight),
            at => (
                self.middle.get(at - 1).map_or(0, |(right, _)| *right),
                Side::ToRight,
            ),
        }
    }
}

impl TextLine {
    fn described(description: (String, Style)) -> TextLine {
        TextLine {
            description: Some(description),
            ..TextLine::default()
        }
    }

    /// Small print is set closer, unless a cell stands beside it.
    fn leading(&self) -> Length {
        let alone = self.cells.iter().all(Option::is_none);
        match &self.description {
            Some((_, style)) if alone => style.leading,
            _ => BODY.leading,
        }
    }
}

fn length(count: usize) -> Length {
    Length::try_from(count).unwrap_or(0)
}
