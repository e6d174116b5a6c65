//! The bill as PDF 1.7 on A4: text that can be selected and searched, fonts embedded, tagged for
//! screen readers.
//!
//! - `measure` lengths on paper; `face`, `embed` fonts; `press` what documents share;
//! - `text` measuring and breaking lines; `sheet` one page; `tree` the structure;
//! - `flow` page after page; `front`, `sums`, `chart`, `lines` the parts of a bill;
//! - `file` the objects as a file.
//!
//! Text is set glyph by glyph from left to right, without kerning or shaping.

mod chart;
mod embed;
mod face;
mod file;
mod flow;
mod front;
mod lines;
mod measure;
mod press;
mod sheet;
mod sums;
mod text;
mod tree;

use chrono::Datelike;
use pdf_writer::types::StructRole;
use pdf_writer::{Date, Filter, Finish, Name, Rect, Ref, TextStr};

pub use press::Press;

use super::fault::Fault;
use super::statement::Statement;
use super::view::View;
use embed::OBJECTS;
use file::{Part, packed};
use flow::{BODY, Flow, LEFT, RIGHT, SMALL, Side};
use measure::{HEIGHT, WIDTH, mm, points, pt};
use sheet::FONTS;
use tree::{Places, ROOT};

/// The statement as a PDF file. The same statement gives the same bytes.
///
/// # Errors
/// [`Fault`], for a statement that contradicts itself.
pub fn pdf(press: &Press, statement: &Statement) -> Result<Vec<u8>, Fault> {
    let view = View::of(statement)?;
    let mut flow = Flow::new(press, &view, front::print_height(&view));
    place(&mut flow);
    write(flow, statement)
}

/// Puts everything on pages.
fn place(flow: &mut Flow) {
    let view = flow.view;
    flow.front();
    flow.print();
    flow.heading(&view.summary_title, pt(40));
    flow.sums(&view.summary);
    if let Some(account) = &view.account {
        flow.heading(&account.title, pt(40));
        flow.sums(&account.body);
    }
    if let Some(payment) = &view.payment {
        flow.heading(&payment.title, pt(60));
        for text in &payment.text {
            let element = flow.tree.add(ROOT, StructRole::P);
            flow.paragraph(element, text, &BODY);
        }
        flow.y += pt(3);
        flow.fact_list(&payment.body);
    }
    for chart in &view.charts {
        flow.chart(chart);
    }
    flow.detail(&view.detail);
    flow.y += pt(12);
    for note in &view.notes {
        let element = flow.tree.add(ROOT, StructRole::P);
        flow.paragraph(element, note, &BODY);
        flow.y += pt(4);
    }
}

/// Objects of every file; those of pages come behind the fonts.
const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);
const STRUCTURE: Ref = Ref::new(4);
const RESOURCES: Ref = Ref::new(5);
const FIRST_FONT: Ref = Ref::new(6);

fn write(flow: Flow, statement: &Statement) -> Result<Vec<u8>, Fault> {
    let mut part = Part::default();
    let Flow {
        view,
        tree,
        sheets,
        fonts,
        ..
    } = numbered(flow);
    let mut next = FIRST_FONT;
    let mut objects = Vec::with_capacity(fonts.len());
    for font in &fonts {
        font.write(next, &mut part)?;
        objects.push(next);
        next = Ref::new(next.get() + OBJECTS);
    }
    resources(&mut part, &objects);
    let pages: Vec<Ref> = sheets.iter().map(|_| next.bump()).collect();
    let contents: Vec<Ref> = sheets.iter().map(|_| next.bump()).collect();
    for (sheet, id) in sheets.into_iter().zip(&contents) {
        let compressed = packed(&sheet.finish());
        part.stream(*id, &compressed).filter(Filter::FlateDecode);
    }
    catalog(&mut part, view, statement);
    page_tree(&mut part, &pages, &contents);
    let places = Places {
        root: STRUCTURE,
        first: next,
        pages: &pages,
    };
    tree.write(&mut part, &places);
    let elements = i32::try_from(tree.len()).unwrap_or(i32::MAX);
    let next = Ref::new(next.get().saturating_add(elements));
    Ok(part.finish(CATALOG, INFO, next))
}

/// Page numbers, which are known when all is placed.
fn numbered(mut flow: Flow) -> Flow {
    let view = flow.view;
    let sheets = std::mem::take(&mut flow.sheets);
    let count = sheets.len();
    for (number, sheet) in (1..).zip(sheets) {
        flow.sheets.push(sheet);
        let base = HEIGHT - mm(12);
        let text = view.page(number, count);
        flow.draw(None, &text, &SMALL, (RIGHT, base), Side::ToRight);
        flow.draw(None, &view.title, &SMALL, (LEFT, base), Side::FromLeft);
    }
    flow
}

fn catalog(part: &mut Part, view: &View, statement: &Statement) {
    part.object(CATALOG, |chunk| {
        let mut catalog = chunk
            .indirect(CATALOG)
            .start::<pdf_writer::writers::Catalog>();
        catalog.pages(PAGES).lang(TextStr(&view.language));
        catalog.viewer_preferences().display_doc_title(true);
        catalog.mark_info().marked(true);
        catalog.pair(Name(b"StructTreeRoot"), STRUCTURE);
    });
    part.object(INFO, |chunk| {
        let mut info = chunk
            .indirect(INFO)
            .start::<pdf_writer::writers::DocumentInfo>();
        info.title(TextStr(&view.title))
            .author(TextStr(&view.issuer));
        info.creator(TextStr("Tollgate"));
        let day = statement.issued;
        let number = |n: u32| u8::try_from(n).unwrap_or(1);
        let date = Date::new(u16::try_from(day.year()).unwrap_or(0));
        info.creation_date(date.month(number(day.month())).day(number(day.day())));
    });
}

fn resources(part: &mut Part, objects: &[Ref]) {
    part.object(RESOURCES, |chunk| {
        let mut resources = chunk
            .indirect(RESOURCES)
            .start::<pdf_writer::writers::Resources>();
        let mut fonts = resources.fonts();
        for (name, font) in FONTS.into_iter().zip(objects) {
            fonts.pair(Name(name), *font);
        }
        fonts.finish();
    });
}

fn page_tree(part: &mut Part, pages: &[Ref], contents: &[Ref]) {
    part.object(PAGES, |chunk| {
        let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
        let mut tree = chunk.pages(PAGES);
        tree.kids(pages.iter().copied()).count(count);
    });
    let corners = [WIDTH, HEIGHT].map(points);
    for (number, (page, content)) in (0..).zip(pages.iter().zip(contents)) {
        part.object(*page, |chunk| {
            let [right, top] = corners;
            let origin = points(0);
            let mut page = chunk.page(*page);
            page.parent(PAGES).contents(*content).struct_parents(number);
            page.media_box(Rect::new(origin, origin, right, top));
            page.pair(Name(b"Resources"), RESOURCES);
            page.tab_order(pdf_writer::types::TabOrder::StructureOrder);
        });
    }
}
