//! PDF files, read back.

use rust_decimal::Decimal;

use super::super::{Bar, Fault, Group, LineKind, Press, Statement, pdf};
use super::reader::Pdf;
use super::world::{self, decimal, line, settle};

fn read(statement: &Statement) -> Pdf {
    Pdf::of(&pdf(&Press::new().unwrap(), statement).unwrap())
}

/// The words of a text in which it does not matter where lines break.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn all_texts_of_a_bill_can_be_searched() {
    let text = words(&read(&world::mobile()).text());
    let expected = [
        "norddraht",
        "Anna Łukasiewicz",
        "Große Bergstraße 5",
        "Bill 2026-004711",
        "Amount due due by 16 April 2026 €68.59",
        "VAT 19% on €54.95 €10.44",
        "DE89 3704 0044 0532 0130 00",
        "Usage of an earlier period: 20 Feb 2026 – 27 Feb 2026",
        "2:14:20 h",
        "13.215 GB",
        "−4.20",
        "Corrects: bill 2026-003902 of 2 March 2026, Option Sport TV",
        "Questions about this bill?",
        "Page 1 of 3",
    ];
    for part in expected {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let german = words(&read(&world::consumer()).text());
    for part in [
        "darin MwSt. 19 % auf 54,95 €",
        "Saldo der letzten Rechnung 61,30 €",
        "Seite 2 von",
    ] {
        assert!(german.contains(part), "{part} is not in:\n{german}");
    }
}

#[test]
fn letters_of_greek_cyrillic_and_further_latin() {
    let mut statement = world::mobile();
    let names = [
        "Ελένη Παπαδοπούλου",
        "Владимир Ёлкин",
        "Ștefan Žižek-Đurić",
        "Nguyễn Thị Hường",
    ];
    statement.recipient.address.lines = names.map(str::to_owned).to_vec();
    let text = read(&statement).text();
    for name in names {
        assert!(
            text.lines().any(|line| line == name),
            "{name} is not in:\n{text}"
        );
    }
    let press = Press::new().unwrap();
    assert!(names.iter().all(|name| press.covers(name)));
    // Letters with their accents apart are put together.
    assert!(press.covers("Lukasz Cafe\u{301}"));
    assert!(!press.covers("שלום"));
    assert!(!press.covers("電話"));
}

#[test]
fn what_cannot_be_printed_does_not_stop_a_bill() {
    let mut statement = world::mobile();
    statement.recipient.name = "北京 🎉 \u{0}\u{7}\u{202e}end".into();
    let text = read(&statement).text();
    assert!(text.contains("end"), "{text}");
}

#[test]
fn the_same_statement_gives_the_same_bytes() {
    let (one, other) = (Press::new().unwrap(), Press::new().unwrap());
    let first = pdf(&one, &world::mobile()).unwrap();
    pdf(&other, &world::business(40)).unwrap();
    assert_eq!(first, pdf(&other, &world::mobile()).unwrap());
    assert_ne!(first, pdf(&one, &world::trial()).unwrap());
}

#[test]
fn documents_are_made_by_several_threads_at_once() {
    let press = Press::new().unwrap();
    let alone = pdf(&press, &world::mobile()).unwrap();
    std::thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(|| pdf(&press, &world::mobile()).unwrap()));
        for thread in threads {
            assert_eq!(thread.join().unwrap(), alone);
        }
    });
}

#[test]
fn a_bill_of_two_thousand_lines() {
    let statement = world::business(1000);
    let file = read(&statement);
    let pages = file.pages();
    assert!((80..250).contains(&pages.len()), "{} pages", pages.len());
    let all = file.text();
    for number in 1..=1000 {
        let title = format!("Anschluss {number}");
        assert_eq!(
            all.lines().filter(|line| *line == title).count(),
            1,
            "{title}"
        );
    }
    assert_eq!(all.lines().filter(|line| *line == "Anrufe").count(), 1000);
    let last = pages.len();
    for (number, page) in (1..).zip(&pages) {
        let place = format!("Seite {number} von {last}");
        assert!(page.contains(&place), "page {number}");
        // Each page but the first, and the notes, begins with the heads of the table.
        let heads = ["Beschreibung", "Menge", "Einzelpreis", "Netto (CHF)"];
        let table = page.iter().any(|text| text == "19.00");
        assert!(
            !table
                || heads
                    .iter()
                    .all(|head| page.iter().any(|text| text == head)),
            "page {number}"
        );
    }
}

#[test]
fn no_sum_stands_alone_at_the_head_of_a_page() {
    for page in read(&world::business(200)).pages().iter().skip(1) {
        let table = page
            .iter()
            .position(|text| text == "Netto (CHF)")
            .map(|at| &page[at + 1..]);
        let first = table.and_then(<[String]>::first);
        assert_ne!(first.map(String::as_str), Some("Zwischensumme"));
    }
}

#[test]
fn long_names_are_broken_and_nothing_is_lost() {
    let mut statement = world::mobile();
    let name = "A very long description of a product ".repeat(30);
    let word = "Donaudampfschifffahrt".repeat(20);
    statement.groups[0].title = name.clone();
    statement.groups[0].lines[0].name = name.clone();
    statement.groups[0].lines[1].name = word.clone();
    statement.groups[0].lines[2].details = vec![name.repeat(20)];
    let all = read(&statement).text();
    // Other cells stand between the lines of a description.
    let described = all
        .lines()
        .filter(|line| line.contains(char::is_alphabetic));
    let tight: String = described.flat_map(str::split_whitespace).collect();
    assert!(tight.contains(&word), "a word without a place to break");
    let tight_name: String = name.split_whitespace().collect();
    // In summary, heading, line, and details; a few are cut by the ends of pages.
    let found = tight.matches(&tight_name).count();
    assert!((3 + 20 - 6..=3 + 20).contains(&found), "{found}: {all}");
}

#[test]
fn amounts_are_never_broken_or_cut() {
    let mut statement = world::mobile();
    let huge = "12345678901234567890123.45";
    statement.groups[0].lines[0] = line(LineKind::Recurring, "The world", huge);
    statement.groups[0].lines[0].price = Some(decimal("0.1234567890123456789012345678"));
    statement.charts.clear();
    settle(&mut statement);
    let text = read(&statement).text();
    let whole = "12,345,678,901,234,567,890,123.45";
    assert!(text.lines().any(|line| line == whole), "{text}");
    let due = statement.totals.due;
    let digits = due.to_string().replace('.', "");
    let shown = text.lines().any(|line| {
        let only: String = line.chars().filter(char::is_ascii_digit).collect();
        line.starts_with('€') && only == digits
    });
    assert!(shown, "{due} is not in:\n{text}");
    // A unit price may take several lines.
    let digits = |line: &&str| line.chars().all(|c| c.is_ascii_digit() || c == '.');
    let tight: String = text.lines().filter(digits).collect();
    assert!(tight.contains("0.1234567890123456789012345678"), "{tight}");
}

#[test]
fn charts_of_nothing_and_of_much() {
    let mut statement = world::mobile();
    statement.charts[0].bars.clear();
    read(&statement);
    let bar = |n: i64| Bar {
        label: format!("calls of week number {n}"),
        value: Decimal::from(n * n),
    };
    statement.charts[0].bars = (0..500).map(bar).collect();
    let text = read(&statement).text();
    let labels = text
        .lines()
        .filter(|line| line.starts_with("calls of week"))
        .count();
    assert!((2..6).contains(&labels), "{labels} labels side by side");
    statement.charts[0].bars[0].value = decimal("-1");
    let refused = pdf(&Press::new().unwrap(), &statement);
    assert!(matches!(refused, Err(Fault::Chart(_))), "{refused:?}");
}

#[test]
fn the_structure_is_there_for_screen_readers() {
    let file = read(&world::mobile());
    assert_eq!(file.having("/S/H1").len(), 1);
    assert_eq!(file.having("/S/Figure").len(), 1);
    assert_eq!(file.having("/S/Table").len(), 2, "summary and details");
    assert!(!file.having("/Scope/Column").is_empty());
    assert_eq!(file.having("/Lang(en)").len(), 1, "the language");
    assert_eq!(file.having("/MarkInfo").len(), 1);
    let title = file.having("/Title");
    assert!(
        title
            .iter()
            .any(|info| info.contains("/CreationDate(D:20260402")),
        "{title:?}"
    );
}

#[test]
fn a_bill_without_lines_and_one_of_a_single_group() {
    let mut statement = world::mobile();
    statement.groups.clear();
    settle(&mut statement);
    assert!(read(&statement).text().contains("€0.00"));
    let mut statement = world::mobile();
    let lines = std::mem::take(&mut statement.groups[0].lines);
    statement.groups = vec![Group {
        title: String::new(),
        subtitle: None,
        lines,
    }];
    settle(&mut statement);
    let text = read(&statement).text();
    assert!(text.contains("Recurring charges"), "{text}");
}
