//! A bar chart as a picture in the page.

use maud::{Markup, html as markup};

use crate::billing::document::scale::HEIGHT;
use crate::billing::document::view::{ChartView, Column};

/// The picture's size and the plot inside it, in units of the picture.
const WIDTH: i32 = 560;
const TALL: i32 = 190;
const LEFT: i32 = 48;
const TOP: i32 = 12;
const PLOT: i32 = 150;
/// About the width of a character of a label.
const CHARACTER: usize = 7;

/// A figure with caption; its summary is read to those who do not see it.
pub fn figure(chart: &ChartView) -> Markup {
    let below = |height: i32| TOP + PLOT - height * PLOT / HEIGHT;
    let every = every(chart);
    let across = WIDTH - LEFT;
    let count = i32::try_from(chart.columns.len()).unwrap_or(1).max(1);
    let place = |at: usize| {
        let at = i32::try_from(at).unwrap_or_default();
        (LEFT + across * at / count, LEFT + across * (at + 1) / count)
    };
    markup! {
        figure {
            figcaption { (chart.title) }
            svg viewBox=(format!("0 0 {WIDTH} {TALL}")) role="img" aria-label=(chart.summary) {
                @for (label, height) in &chart.lines {
                    line x1=(LEFT) x2=(WIDTH) y1=(below(*height)) y2=(below(*height))
                        stroke="#d5d9dd" {}
                    text x=(LEFT - 8) y=(below(*height) + 4) text-anchor="end" { (label) }
                }
                @for (at, column) in chart.columns.iter().enumerate() {
                    (bar(column, place(at), below(column.height)))
                    @if at % every == 0 {
                        text x=(i32::midpoint(place(at).0, place(at).1)) y=(TALL - 8)
                            text-anchor="middle" { (column.label) }
                    }
                }
            }
        }
    }
}

fn bar(column: &Column, (left, right): (i32, i32), top: i32) -> Markup {
    let gap = ((right - left) / 5).clamp(1, 12);
    markup! {
        rect x=(left + gap) width=((right - left - 2 * gap).max(1)) y=(top)
            height=(TOP + PLOT - top) style="fill:var(--brand)" {
            title { (column.label) ": " (column.value) }
        }
    }
}

/// Every so many columns have their label, so that labels do not run into each other.
fn every(chart: &ChartView) -> usize {
    let longest = chart.columns.iter().map(|c| c.label.chars().count()).max();
    let wanted = (longest.unwrap_or(0) + 1) * CHARACTER * chart.columns.len();
    let across = usize::try_from(WIDTH - LEFT).unwrap_or(1);
    wanted.div_ceil(across).max(1)
}
