//! Whole files by whole mappings.

mod files;
mod golden;
mod mappings;

use std::sync::Arc;

use super::{Mapping, Reader};

/// Everything in a file, a line each: usage as JSON, or the fault; then the totals.
fn lines(mapping: Mapping, file: &[u8]) -> Vec<String> {
    let mut reader = match Reader::open(Arc::new(mapping), file) {
        Ok(reader) => reader,
        Err(fault) => return vec![format!("! {fault}")],
    };
    let mut lines = Vec::new();
    for found in reader.by_ref() {
        lines.push(match found {
            Ok(usage) => usage.to_string(),
            Err(fault) => format!("! {fault}"),
        });
    }
    lines.push(format!("# {}", reader.totals().to_value()));
    for difference in reader
        .control()
        .iter()
        .flat_map(|c| reader.totals().differences(c))
    {
        let super::Difference {
            total,
            declared,
            found,
        } = difference;
        lines.push(format!("# {total}: {declared} declared, {found} found"));
    }
    if reader.lacks_trailer() {
        lines.push("# no trailer".to_owned());
    }
    lines
}
