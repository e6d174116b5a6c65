//! `docs/errors.md` has one complete line for each error code, and no other; its statuses
//! are those that clients get.

use std::collections::BTreeMap;
use std::path::Path;

use tollgate::api::error::status;
use tollgate::domain::problem::Code;

/// Code, reason, status, what the caller does, what the operator does.
const COLUMNS: usize = 5;

fn rows() -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    let text = std::fs::read_to_string(path).expect("docs/errors.md");
    text.lines()
        .filter(|line| line.starts_with("| `TG-"))
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect()
        })
        .collect()
}

#[test]
fn every_code_is_explained_once() {
    let mut rows_by_code: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows() {
        assert_eq!(row.len(), COLUMNS, "{row:?}");
        assert!(
            row.iter().all(|cell| !cell.is_empty()),
            "an empty cell: {row:?}"
        );
        let code = row[0].clone();
        assert!(rows_by_code.insert(code, row).is_none(), "a code twice");
    }
    for code in Code::ALL {
        let row = rows_by_code.remove(code.as_str());
        let row = row.unwrap_or_else(|| panic!("docs/errors.md lacks {}", code.as_str()));
        assert_eq!(row[1], code.reason(), "{}", code.as_str());
        assert_eq!(row[2], status(*code).as_str(), "{}", code.as_str());
    }
    assert!(
        rows_by_code.is_empty(),
        "not in the program: {:?}",
        rows_by_code.keys()
    );
}
