//! Reading tables of tax rates.

use serde_json::Value;

use super::card::{Hash, Hasher};
use super::fault::Fault;
use super::read::Reader;
use super::tax::{TaxRate, TaxRow, TaxTable};

/// A table as an operator writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxSource {
    pub id: Box<str>,
    /// Of everything that matters to taxes.
    pub hash: Hash,
    pub rows: Vec<TaxRow>,
}

/// Reads `{"id", "row": [{"category": "VAT", "place": "DE", "rate": 19, "validFor": {}}]}`. A row
/// without a place is for everywhere; the rate is in per cent.
///
/// # Errors
/// What is wrong, with pointers into the document.
pub fn read(document: &Value) -> Result<TaxSource, Vec<Fault>> {
    let mut faults = Vec::new();
    let source = Reader::new(document, String::new(), &mut faults).and_then(|mut reader| {
        reader.only(&["id", "href", "name", "version", "row"]);
        let list = reader.list("row");
        let mut rows = Vec::with_capacity(list.len());
        for (number, value) in list.iter().enumerate() {
            let read = reader.child(&format!("row/{number}"), value);
            rows.extend(read.and_then(|mut reader| row(&mut reader)));
        }
        Some(TaxSource {
            id: reader.required_text("id")?.into(),
            hash: Hasher::document("taxTable", document),
            rows,
        })
    });
    let source = source.filter(|_| faults.is_empty()).ok_or(faults)?;
    match TaxTable::new(source.rows.clone()) {
        Ok(_) => Ok(source),
        Err((earlier, row)) => {
            let message = format!("is for the category, place and time of row {earlier}");
            Err(vec![Fault::new(format!("/row/{row}"), message)])
        }
    }
}

fn row(reader: &mut Reader<'_, '_>) -> Option<TaxRow> {
    reader.only(&["category", "place", "rate", "validFor"]);
    let category = reader.required_text("category").map(Box::from);
    let place = reader.text("place").map(Box::from);
    let valid = reader.valid_for();
    if !reader.has("rate") {
        reader.fault("rate", "is missing");
    }
    let rate = TaxRate::of(reader.amount("rate")?);
    if rate.is_none() {
        reader.fault("rate", "has more digits than a rate has");
    }
    Some(TaxRow {
        category: category?,
        place,
        rate: rate?,
        valid,
    })
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::domain::clock::Micros;
    use crate::rating::tax::TaxTable;
    use serde_json::json;

    #[test]
    fn rows() {
        let document = json!({"id": "eu", "row": [
            {"category": "VAT", "place": "DE", "rate": 19},
            {"category": "VAT", "rate": 20.5, "validFor": {"startDateTime": "2026-01-01T00:00:00Z"}},
        ]});
        let table = TaxTable::new(read(&document).unwrap().rows).unwrap();
        let at = Micros::parse("2026-03-01T00:00:00Z").unwrap();
        let percent = |place| table.rate("VAT", place, at).unwrap().percent.to_string();
        assert_eq!(percent(Some("DE")), "19");
        assert_eq!(percent(Some("DE-BY")), "19");
        assert_eq!(percent(Some("FR-IDF")), "20.5");
        assert_eq!(percent(None), "20.5");
        for (wrong, pointer) in [
            (json!({"row": []}), "/id"),
            (json!({"id": "a", "row": [{"rate": 1}]}), "/row/0/category"),
            (
                json!({"id": "a", "row": [{"category": "a"}]}),
                "/row/0/rate",
            ),
            (
                json!({"id": "a", "row": [{"category": "a", "rate": 1}, {"category": "a", "rate": 2}]}),
                "/row/1",
            ),
        ] {
            assert_eq!(read(&wrong).unwrap_err()[0].pointer, pointer, "{wrong}");
        }
    }
}
