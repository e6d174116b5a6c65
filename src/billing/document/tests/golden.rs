//! HTML and XML of the samples against files. `TOLLGATE_BLESS=1` writes them anew.

use std::path::Path;

use super::super::{Statement, html, ubl};
use super::world;

fn compare(name: &str, made: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/documents");
    let path = folder.join(name);
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, made).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let first = made
        .lines()
        .zip(expected.lines())
        .find(|(made, expected)| made != expected);
    assert!(
        made == expected,
        "{name} is not as expected, first here: {first:#?}"
    );
}

/// Line ends between the parts, so that changes can be read.
fn pages(statement: &Statement) -> String {
    let page = html(statement).unwrap();
    let (_, body) = page.split_once("</style>").unwrap();
    let lines = [
        "<tr", "<tbody", "<section", "<h1", "<h2", "<footer", "<svg", "<rect", "<dt",
    ];
    let split = |text: String, tag: &&str| text.replace(tag, &format!("\n{tag}"));
    lines.iter().fold(body.to_owned(), split) + "\n"
}

#[test]
fn pages_of_the_samples() {
    compare("mobile.html", &pages(&world::mobile()));
    compare("consumer-de.html", &pages(&world::consumer()));
    compare("business-de-CH.html", &pages(&world::business(3)));
    compare("credit-note.html", &pages(&world::credit_note()));
    compare("trial.html", &pages(&world::trial()));
}

#[test]
fn invoices_of_the_samples() {
    compare("mobile.xml", &ubl(&world::mobile()).unwrap());
    compare("consumer-de.xml", &ubl(&world::consumer()).unwrap());
    compare("business-de-CH.xml", &ubl(&world::business(3)).unwrap());
    compare("credit-note.xml", &ubl(&world::credit_note()).unwrap());
}
