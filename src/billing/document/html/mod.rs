//! The bill as one HTML file: no scripts, nothing to load, legible on a phone and printed on A4.

mod chart;

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::fault::Fault;
use super::statement::Statement;
use super::view::{Block, Detail, Fact, Item, Passage, Row, Section, View, Weight};

const STYLE: &str = include_str!("style.css");

/// Whatever the texts of a bill contain, a browser runs and loads nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The statement as an HTML page.
///
/// # Errors
/// [`Fault`], for a statement that contradicts itself.
pub fn html(statement: &Statement) -> Result<String, Fault> {
    let view = View::of(statement)?;
    Ok(page(&view).into_string())
}

fn page(view: &View) -> Markup {
    let colour = view.colour;
    let colours = [
        ("brand", colour),
        ("ink", colour.as_ink()),
        ("tint", colour.as_tint()),
    ];
    let colours = colours.map(|(name, colour)| format!("--{name}:{}", colour.hex()));
    markup! {
        (DOCTYPE)
        html lang=(view.language) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="author" content=(view.issuer);
                title { (view.title) }
                style { (PreEscaped(STYLE)) }
            }
            body style=(colours.join(";")) { main { (content(view)) } }
        }
    }
}

fn content(view: &View) -> Markup {
    markup! {
        header {
            div.brand { (view.brand) }
            @if let Some(mark) = &view.mark { div.mark { (mark) } }
        }
        div.top {
            div {
                p.sender { (view.sender) }
                address { (view.recipient.join("\n")) }
            }
            div { (facts(&view.facts)) }
        }
        h1 { (view.heading) }
        div.due {
            div {
                p.label { (view.headline.label) }
                @if let Some(note) = &view.headline.note { p.note { (note) } }
            }
            p.amount { (view.headline.amount) }
        }
        section.keep { h2 { (view.summary_title) } (sums(&view.summary, &view.summary_title)) }
        @if let Some(account) = &view.account {
            (passage(account, |rows| sums(rows, &account.title)))
        }
        @if let Some(payment) = &view.payment { (passage(payment, |body| facts(body))) }
        @for view in &view.charts { (chart::figure(view)) }
        (detail(&view.detail))
        @for note in &view.notes { p { (note) } }
        footer { @for column in &view.footer { p { (column.join("\n")) } } }
    }
}

fn facts(facts: &[Fact]) -> Markup {
    markup! { dl { @for (label, text) in facts { dt { (label) } dd { (text) } } } }
}

fn passage<T>(passage: &Passage<T>, body: impl FnOnce(&T) -> Markup) -> Markup {
    markup! {
        section.keep {
            h2 { (passage.title) }
            @for text in &passage.text { p { (text) } }
            (body(&passage.body))
        }
    }
}

fn sums(rows: &[Row], name: &str) -> Markup {
    let class = |weight| match weight {
        Weight::Within => Some("within"),
        Weight::Plain => None,
        Weight::Sum => Some("sum"),
        Weight::Total => Some("total"),
    };
    markup! {
        table.sums aria-label=(name) {
            tbody {
                @for row in rows {
                    tr class=[class(row.weight)] {
                        th scope="row" {
                            (row.label)
                            @if let Some(text) = &row.detail { small { (text) } }
                        }
                        td.n { (row.amount) }
                    }
                }
            }
        }
    }
}

/// The roles repeat what the elements say: on a phone the rows are laid out as blocks, and a
/// browser would forget that they are a table.
fn detail(detail: &Detail) -> Markup {
    let shown = detail.heads.iter().filter(|head| !head.is_empty()).count();
    markup! {
        h2 { (detail.title) }
        table.lines role="table" aria-label=(detail.title) {
            thead role="rowgroup" {
                tr role="row" {
                    @for (at, head) in detail.heads.iter().enumerate() {
                        @if !head.is_empty() {
                            th.n[at > 0] role="columnheader" scope="col" { (head) }
                        }
                    }
                }
            }
            @for part in &detail.sections { (section(part, detail, shown)) }
        }
    }
}

fn section(section: &Section, detail: &Detail, shown: usize) -> Markup {
    markup! {
        tbody role="rowgroup" {
            @if !section.title.is_empty() {
                tr.group role="row" {
                    th role="rowheader" scope="rowgroup" colspan=(shown) {
                        (section.title)
                        @if let Some(text) = &section.subtitle { small { (text) } }
                    }
                }
            }
            @for part in &section.blocks { (block(part, detail, shown)) }
            @if let Some((label, amount)) = &section.total {
                tr.subtotal role="row" {
                    th role="rowheader" scope="row" colspan=(shown - 1) { (label) }
                    td.n.amount role="cell" { (amount) }
                }
            }
        }
    }
}

fn block(block: &Block, detail: &Detail, shown: usize) -> Markup {
    markup! {
        @if let Some(title) = &block.title {
            tr.kind role="row" {
                th role="rowheader" scope="colgroup" colspan=(shown) { (title) }
            }
        }
        @for line in &block.items { (item(line, detail)) }
    }
}

fn item(item: &Item, detail: &Detail) -> Markup {
    let [_, heads @ .., _] = &detail.heads;
    markup! {
        tr role="row" {
            td role="cell" {
                (item.name)
                @for text in &item.details { small { (text) } }
            }
            @for (head, cell) in heads.iter().zip(&item.cells) {
                @if !head.is_empty() {
                    td.n.extra role="cell" data-label=(head) { (cell) }
                }
            }
            td.n.amount role="cell" { (item.amount) }
        }
    }
}
