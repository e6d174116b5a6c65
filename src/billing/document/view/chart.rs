//! A chart with the texts beside it.

use rust_decimal::Decimal;

use super::Writer;
use crate::billing::document::locale::fill;
use crate::billing::document::scale::Scale;
use crate::billing::document::statement::Chart;

pub struct ChartView {
    /// "Data, GB".
    pub title: String,
    /// In words, for those who do not see it.
    pub summary: String,
    /// Lines across, from zero up: label and height ([`super::super::scale::HEIGHT`]).
    pub lines: Vec<(String, i32)>,
    pub columns: Vec<Column>,
}

pub struct Column {
    pub label: String,
    pub value: String,
    pub height: i32,
}

impl Writer<'_> {
    pub(super) fn chart(&self, chart: &Chart) -> ChartView {
        let label = &self.locale.label;
        let highest = chart.bars.iter().max_by_key(|bar| bar.value);
        let scale = Scale::of(highest.map_or(Decimal::ZERO, |bar| bar.value));
        let value = |value| {
            let number = self.locale.number(value, 0);
            format!("{number}\u{a0}{}", chart.unit)
                .trim_end()
                .to_owned()
        };
        let names = [
            ("title", chart.title.as_str()),
            ("unit", chart.unit.as_str()),
        ];
        let title = match chart.unit.is_empty() {
            true => chart.title.clone(),
            false => fill(&label.chart_of, &names),
        };
        let highest = highest.map(|bar| {
            let value = value(bar.value);
            fill(&label.highest, &[("label", &bar.label), ("value", &value)])
        });
        ChartView {
            summary: [title.clone()]
                .into_iter()
                .chain(highest)
                .collect::<Vec<_>>()
                .join(". "),
            title,
            lines: scale
                .lines()
                .map(|(value, height)| (self.locale.number(value, scale.digits()), height))
                .collect(),
            columns: chart
                .bars
                .iter()
                .map(|bar| Column {
                    label: bar.label.clone(),
                    value: value(bar.value),
                    height: scale.height(bar.value),
                })
                .collect(),
        }
    }
}
