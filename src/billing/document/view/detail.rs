//! The lines of a bill, by group and kind.

use rust_decimal::Decimal;

use super::Writer;
use crate::billing::document::check::gross;
use crate::billing::document::fault::Fault;
use crate::billing::document::locale::fill;
use crate::billing::document::statement::{Group, Line, LineKind, Quantity, Span};
use crate::billing::document::unit::Unit;

/// The itemised part. Columns in which no line says anything are empty in all of them.
pub struct Detail {
    pub title: String,
    /// Heads of description, quantity, unit price, tax and amount; empty for a column left out.
    pub heads: [String; 5],
    pub sections: Vec<Section>,
}

pub struct Section {
    pub title: String,
    pub subtitle: Option<String>,
    pub blocks: Vec<Block>,
    /// Label and sum, when there is something to add up.
    pub total: Option<(String, String)>,
}

/// Lines of one kind.
pub struct Block {
    pub title: Option<String>,
    pub items: Vec<Item>,
}

/// A line: what the five columns say, and small print under the description.
pub struct Item {
    pub name: String,
    pub details: Vec<String>,
    /// Quantity, unit price and tax.
    pub cells: [String; 3],
    pub amount: String,
}

impl Writer<'_> {
    pub(super) fn detail(&self) -> Result<Detail, Fault> {
        let label = &self.locale.label;
        let sections = self
            .statement
            .groups
            .iter()
            .map(|group| self.section(group));
        let mut sections = sections.collect::<Result<Vec<_>, _>>()?;
        let taxed_alike = self.taxed_alike();
        let items = sections.iter_mut().flat_map(|section| &mut section.blocks);
        let items = items.flat_map(|block| &mut block.items);
        let mut said = [false; 3];
        for item in items {
            if taxed_alike {
                item.cells[2].clear();
            }
            for (said, cell) in said.iter_mut().zip(&item.cells) {
                *said |= !cell.is_empty();
            }
        }
        let amount = match self.with_tax() {
            true => &label.amount_gross,
            false => &label.amount_net,
        };
        let code = self.statement.currency.code;
        let head = |at: usize, text: &str| match said.get(at) {
            Some(false) => String::new(),
            _ => text.to_owned(),
        };
        Ok(Detail {
            title: label.details.clone(),
            heads: [
                label.description.clone(),
                head(0, &label.quantity),
                head(1, &label.unit_price),
                head(2, &label.tax),
                fill(amount, &[("currency", code)]),
            ],
            sections,
        })
    }

    /// All lines have the same taxes: the summary says which.
    fn taxed_alike(&self) -> bool {
        let lines = self.statement.groups.iter().flat_map(|group| &group.lines);
        let mut rates = lines.map(|line| self.rates(line));
        let first = rates.next();
        rates.all(|rate| Some(&rate) == first.as_ref())
    }

    fn section(&self, group: &Group) -> Result<Section, Fault> {
        let mut kinds: Vec<LineKind> = Vec::new();
        for line in &group.lines {
            if !kinds.contains(&line.kind) {
                kinds.push(line.kind);
            }
        }
        // Headings help where there are more lines than headings.
        let several = kinds.len() > 1 || group.title.is_empty();
        let several = several && group.lines.len() > kinds.len();
        let blocks = kinds.into_iter().map(|kind| {
            let lines = group.lines.iter().filter(|line| line.kind == kind);
            let items = lines.map(|line| self.item(line));
            Ok(Block {
                title: several.then(|| self.kind(kind).to_owned()),
                items: items.collect::<Result<_, Fault>>()?,
            })
        });
        let total = self.amount_of(group.lines.iter())?;
        let total = (self.locale.label.subtotal.clone(), self.plain(total));
        Ok(Section {
            title: group.title.clone(),
            subtitle: group.subtitle.clone(),
            blocks: blocks.collect::<Result<_, Fault>>()?,
            total: (group.lines.len() > 1).then_some(total),
        })
    }

    fn item(&self, line: &Line) -> Result<Item, Fault> {
        let amount = match self.with_tax() {
            true => gross(line)?,
            false => line.net,
        };
        let quantity = line.quantity.as_ref();
        let price = line.price.map(|price| self.in_currency(price));
        Ok(Item {
            name: line.name.clone(),
            details: self.small_print(line),
            cells: [
                quantity
                    .map(|q| self.locale.quantity(q))
                    .unwrap_or_default(),
                price.unwrap_or_default(),
                self.rates(line),
            ],
            amount: self.plain(amount),
        })
    }

    /// Paragraphs under the name of a line; facts of usage share one.
    fn small_print(&self, line: &Line) -> Vec<String> {
        let label = &self.locale.label;
        let mut print = line.details.clone();
        if let Some((pattern, span)) = self.period_of(line) {
            print.push(fill(pattern, &[("span", &self.locale.span(span))]));
        }
        let count = line.count.map(|count| self.locale.number(count.into(), 0));
        let facts = [
            (&label.zone, "zone", line.zone.clone()),
            (&label.count, "count", count),
            (&label.included, "quantity", self.included(line)),
        ];
        let facts = facts.into_iter();
        let facts = facts.filter_map(|(label, name, text)| Some(fill(label, &[(name, &text?)])));
        let facts: Vec<String> = facts.collect();
        if !facts.is_empty() {
            print.push(facts.join(" · "));
        }
        let corrects = line.corrects.iter();
        print.extend(corrects.map(|text| fill(&label.credits_line, &[("text", text)])));
        print
    }

    /// What was included, in the unit of the quantity.
    fn included(&self, line: &Line) -> Option<String> {
        let value = line.included?;
        let unit = line.quantity.as_ref().map(|quantity| quantity.unit.clone());
        let unit = unit.unwrap_or(Unit::Piece);
        Some(self.locale.quantity(&Quantity { value, unit }))
    }

    /// The line's own period where it is not the bill's.
    fn period_of(&self, line: &Line) -> Option<(&str, Span)> {
        let label = &self.locale.label;
        let own = line.period?;
        let Some(bill) = self.statement.period else {
            return Some((&label.service, own));
        };
        if own == bill {
            return None;
        }
        let late = line.kind == LineKind::Usage && own.last < bill.first;
        Some((if late { &label.late } else { &label.service }, own))
    }

    /// "19 %", or several rates with a plus between them.
    fn rates(&self, line: &Line) -> String {
        let items = line.taxes.iter();
        let items = items.filter_map(|tax| self.statement.taxes.get(tax.item));
        let rates: Vec<String> = items.map(|tax| self.locale.percent(tax.rate)).collect();
        rates.join(" + ")
    }

    /// An amount as it stands under a head that names the currency.
    fn plain(&self, amount: Decimal) -> String {
        self.in_currency(self.shown(amount))
    }

    fn in_currency(&self, amount: Decimal) -> String {
        let digits = self.statement.currency.digits.unwrap_or_default();
        self.locale.number(amount, digits)
    }
}
