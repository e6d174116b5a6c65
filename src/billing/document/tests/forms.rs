//! Every sample in every form. With a folder named in `TOLLGATE_LOOK` the documents are written
//! there, to be looked at.

use std::path::PathBuf;

use super::super::{Press, html, pdf, ubl};
use super::reader::Pdf;
use super::world;

#[test]
fn samples_become_documents_of_so_many_pages() {
    let folder = std::env::var_os("TOLLGATE_LOOK").map(PathBuf::from);
    let press = Press::new().unwrap();
    let samples = [
        ("mobile", world::mobile(), 3),
        ("consumer", world::consumer(), 3),
        ("business", world::business(30), 7),
        ("credit-note", world::credit_note(), 1),
        ("trial", world::trial(), 2),
        ("extreme", world::extreme(), 3),
    ];
    for (name, statement, pages) in samples {
        let page = html(&statement).unwrap();
        let paper = pdf(&press, &statement).unwrap();
        let invoice = ubl(&statement);
        assert_eq!(invoice.is_ok(), statement.number.is_some(), "{name}");
        assert_eq!(Pdf::of(&paper).pages().len(), pages, "{name}");
        let Some(folder) = &folder else { continue };
        let write = |end: &str, bytes: &[u8]| {
            std::fs::write(folder.join(format!("{name}.{end}")), bytes).unwrap();
        };
        write("html", page.as_bytes());
        write("pdf", &paper);
        if let Ok(invoice) = invoice {
            write("xml", invoice.as_bytes());
        }
    }
}
