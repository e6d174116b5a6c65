//! HTML pages.

use super::super::{Statement, html};
use super::world;

/// Everything that a text could do to a page.
const NASTY: &str =
    r#"<script>alert("x")</script> & "quotes" 'more' </title></style><img src=x onerror=y>"#;

fn nasty() -> Statement {
    let mut statement = world::mobile();
    let text = || NASTY.to_owned();
    statement.number = Some(text());
    statement.account.number = text();
    statement.recipient.name = text();
    statement.issuer.party.name = text();
    statement.issuer.logo.text = text();
    statement.groups[0].title = text();
    statement.groups[0].subtitle = Some(text());
    statement.groups[0].lines[0].name = text();
    statement.groups[0].lines[0].details = vec![text()];
    statement.groups[0].lines[0].zone = Some(text());
    statement.taxes[0].name = text();
    statement.charts[0].title = text();
    statement.charts[0].unit = text();
    statement.charts[0].bars[0].label = text();
    statement.notes = vec![text()];
    statement
}

#[test]
fn texts_stay_texts() {
    let page = html(&nasty()).unwrap();
    for bad in ["<script", "<img", "</title></style>", "onerror=y>"] {
        let count = page.matches(bad).count();
        assert_eq!(count, 0, "{bad}");
    }
    assert_eq!(
        page.matches("<title>").count(),
        1 + 31,
        "the page's and one for each bar"
    );
    assert!(page.contains("&lt;script&gt;alert(&quot;x&quot;)"));
}

#[test]
fn a_page_loads_nothing() {
    let page = html(&world::consumer()).unwrap();
    for outside in [
        "http://", "https://", "<script", "<link", "<img", "@import", "url(", "src=",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn every_element_is_closed() {
    for statement in [
        world::mobile(),
        world::consumer(),
        nasty(),
        world::business(12),
    ] {
        let page = html(&statement).unwrap();
        let body = page.split_once("</head>").unwrap().1;
        let mut open: Vec<&str> = Vec::new();
        for tag in body.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            let name = tag.trim_start_matches('/').split(' ').next().unwrap();
            if tag.starts_with('/') {
                let last = open.pop();
                assert!(
                    last == Some(name) || name == "html",
                    "{last:?} is closed by {name}"
                );
            } else {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn a_table_has_heads_and_as_many_cells_in_each_row() {
    let page = html(&world::mobile()).unwrap();
    assert_eq!(page.matches("scope=\"col\"").count(), 5);
    let lines = page.split_once("<tbody role").unwrap().1;
    for row in lines.split("<tr role=\"row\">").skip(1) {
        let row = row.split("</tr>").next().unwrap();
        assert_eq!(row.matches("<td").count(), 5, "{row}");
    }
    // All lines of the business bill have one rate: there is no column for it.
    let page = html(&world::business(2)).unwrap();
    assert_eq!(page.matches("scope=\"col\"").count(), 4);
}

#[test]
fn the_language_of_labels_is_said() {
    assert!(
        html(&world::business(1))
            .unwrap()
            .contains("<html lang=\"de-CH\">")
    );
    let mut statement = world::mobile();
    statement.locale = "nl-NL".into();
    assert!(html(&statement).unwrap().contains("<html lang=\"en\">"));
}

#[test]
fn kinds_and_marks() {
    let trial = html(&world::trial()).unwrap();
    assert!(trial.contains("Preview – not a bill"));
    assert!(
        !trial.contains("Please transfer"),
        "nobody shall pay a preview"
    );
    let note = html(&world::credit_note()).unwrap();
    assert!(note.contains("Amount credited") && note.contains("€4.33"));
    assert!(note.contains("2026-004711 of 2\u{a0}Apr\u{a0}2026"));
    assert!(!note.contains('\u{2212}'), "what is credited is above zero");
}

#[test]
fn nothing_to_pay_and_credit_left_over() {
    let mut statement = world::mobile();
    statement.totals.paid = statement.totals.gross;
    world::settle(&mut statement);
    let page = html(&statement).unwrap();
    assert!(page.contains("nothing to pay") && page.contains("You have nothing to pay."));
    assert!(!page.contains("Due date"));
    statement.totals.credited = world::decimal("10");
    world::settle(&mut statement);
    let page = html(&statement).unwrap();
    assert!(page.contains("In your favour") && page.contains("€10.00"));
}

#[test]
fn currencies_with_other_digits() {
    use crate::domain::money::Currency;
    let amounts = [("JPY", "-0.5", "¥"), ("TND", "0.125", "TND")];
    for (code, extra, sign) in amounts {
        let mut statement = world::credit_note();
        statement.kind = super::super::Kind::Bill;
        statement.currency = Currency::of(code).unwrap();
        let net = if code == "JPY" { "1500" } else { extra };
        statement.groups[0].lines[0].net = world::decimal(net);
        world::settle(&mut statement);
        let page = html(&statement).unwrap();
        let due = if code == "JPY" {
            "¥1,785"
        } else {
            "TND\u{a0}0.149"
        };
        assert!(page.contains(due), "{code} {sign}: {page}");
    }
}
