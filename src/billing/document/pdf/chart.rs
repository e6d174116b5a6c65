//! A bar chart, drawn.

use super::flow::{ACROSS, Flow, HAIRLINE, LEFT, RIGHT, SMALL, STRONG, Side, base_in};
use super::measure::{Length, pt};
use super::sheet::Area;
use super::text::width;
use super::tree::{Element, ROOT};
use crate::billing::document::scale;
use crate::billing::document::view::ChartView;

const PLOT: Length = pt(96);
/// The title above, labels below, and air.
const AROUND: Length = pt(46);

impl Flow<'_> {
    pub fn chart(&mut self, chart: &ChartView) {
        self.y += pt(14);
        self.need(PLOT + AROUND);
        let figure = self.tree.figure(ROOT, &chart.summary);
        let base = self.y + base_in(&STRONG);
        self.draw(
            Some(figure),
            &chart.title,
            &STRONG,
            (LEFT, base),
            Side::FromLeft,
        );
        let top = self.y + pt(24);
        let left = self.lines(figure, chart, top);
        self.bars(figure, chart, (left, top));
        self.y += PLOT + AROUND;
    }

    /// The lines across with their numbers. Returns where the plot begins.
    fn lines(&mut self, figure: Element, chart: &ChartView, top: Length) -> Length {
        let face = self.face(&SMALL);
        let widths = chart
            .lines
            .iter()
            .map(|(label, _)| width(face, SMALL.size, label));
        let left = LEFT + widths.max().unwrap_or(0) + pt(6);
        for (label, height) in &chart.lines {
            let y = top + PLOT - tall(*height);
            let line = Area {
                left,
                top: y,
                width: RIGHT - left,
                height: 400,
            };
            self.marked(Some(figure), |sheet| sheet.area(line, HAIRLINE));
            let base = y + SMALL.size / 3;
            self.draw(
                Some(figure),
                label,
                &SMALL,
                (left - pt(6), base),
                Side::ToRight,
            );
        }
        left
    }

    fn bars(&mut self, figure: Element, chart: &ChartView, (left, top): (Length, Length)) {
        let count = Length::try_from(chart.columns.len()).unwrap_or(1).max(1);
        let room = RIGHT - left;
        let edge = |at: Length| left + room * at / count;
        let gap = (room / count / 5).clamp(400, pt(10));
        let colour = self.view.colour;
        let areas = (0..).zip(&chart.columns).map(|(at, column)| Area {
            left: edge(at) + gap,
            top: top + PLOT - tall(column.height),
            width: (edge(at + 1) - edge(at) - 2 * gap).max(400),
            height: tall(column.height),
        });
        let areas: Vec<Area> = areas.filter(|area| area.height > 0).collect();
        self.marked(Some(figure), |sheet| {
            areas.into_iter().for_each(|area| sheet.area(area, colour));
        });
        let every = self.every(chart);
        for (at, column) in chart.columns.iter().enumerate().step_by(every) {
            let at = Length::try_from(at).unwrap_or(0);
            let middle = i64::midpoint(edge(at), edge(at + 1));
            let base = top + PLOT + pt(11);
            self.draw(
                Some(figure),
                &column.label,
                &SMALL,
                (middle, base),
                Side::Middle,
            );
        }
    }

    /// Every so many columns have their label, so that labels do not run into each other.
    fn every(&self, chart: &ChartView) -> usize {
        let face = self.face(&SMALL);
        let widths = chart
            .columns
            .iter()
            .map(|c| width(face, SMALL.size, &c.label));
        let widest = widths.max().unwrap_or(0) + pt(6);
        let count = Length::try_from(chart.columns.len()).unwrap_or(1);
        let wanted = (widest * count + ACROSS - pt(40)) / (ACROSS - pt(40));
        usize::try_from(wanted).unwrap_or(1).max(1)
    }
}

fn tall(height: i32) -> Length {
    Length::from(height) * PLOT / Length::from(scale::HEIGHT)
}
