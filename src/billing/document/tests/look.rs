//! Writes the documents of the samples into the folder named in TOLLGATE_LOOK, to be looked at.

use super::super::{Press, html, pdf, ubl};
use super::world;

#[test]
fn documents_to_look_at() {
    let Some(folder) = std::env::var_os("TOLLGATE_LOOK").map(std::path::PathBuf::from) else {
        return;
    };
    let press = Press::new().unwrap();
    let samples = [
        ("mobile", world::mobile()),
        ("consumer", world::consumer()),
        ("business", world::business(30)),
        ("credit-note", world::credit_note()),
        ("trial", world::trial()),
    ];
    for (name, statement) in samples {
        let write = |end: &str, bytes: &[u8]| {
            std::fs::write(folder.join(format!("{name}.{end}")), bytes).unwrap();
        };
        write("html", html(&statement).unwrap().as_bytes());
        write("pdf", &pdf(&press, &statement).unwrap());
        if statement.number.is_some() {
            write("xml", ubl(&statement).unwrap().as_bytes());
        }
    }
}
