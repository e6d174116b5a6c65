//! Reading a matrix: `{"dimension": ["zone", "band"], "row": [{"value": ["DE", "*"], "price": 0.1}]}`.

use rust_decimal::Decimal;

use crate::rating::calendar::Calendar;
use crate::rating::event::name;
use crate::rating::library::Library;
use crate::rating::matrix::{Dimension, Matrix, Source};
use crate::rating::read::Reader;
use crate::rating::table::Table;

/// Stands for all values that no other row names.
const ANY: &str = "*";
/// Cells of a matrix at most.
const CELLS_MAX: usize = 1 << 20;
const DIMENSIONS_MAX: usize = 6;

/// A matrix whose prices are decimals.
#[derive(Clone, Debug)]
pub(super) struct MatrixDraft {
    dimensions: Vec<(Source, Vec<Box<str>>)>,
    /// For each row the place of its value in each dimension, none for any; and the price.
    rows: Vec<(Vec<Option<usize>>, Decimal)>,
}

impl MatrixDraft {
    /// Reads a matrix. Rows may be in any order; two for the same values are a fault.
    pub fn read(reader: &mut Reader<'_, '_>, library: &Library) -> Option<Self> {
        reader.only(&["dimension", "row"]);
        let names = reader.texts("dimension");
        if names.is_empty() || names.len() > DIMENSIONS_MAX {
            reader.fault("dimension", "must have 1 to 6 elements");
            return None;
        }
        let source = |own: &str| match own {
            name::ZONE => Source::Zone,
            name::BAND => Source::Band,
            _ if library.is_of_event(own) => Source::Event(own.into()),
            _ => Source::Product(own.into()),
        };
        let mut draft = MatrixDraft {
            dimensions: names.iter().map(|own| (source(own), Vec::new())).collect(),
            rows: Vec::new(),
        };
        let list = reader.list("row");
        if list.is_empty() {
            reader.fault("row", "must have an element");
        }
        for (place, value) in list.iter().enumerate() {
            if let Some(mut reader) = reader.child(&format!("row/{place}"), value) {
                draft.row(&mut reader);
            }
        }
        if draft.size().is_none() {
            reader.fault("row", "has too many different values together");
            return None;
        }
        Some(draft)
    }

    fn row(&mut self, reader: &mut Reader<'_, '_>) {
        reader.only(&["value", "price"]);
        let values = reader.texts("value");
        if values.len() != self.dimensions.len() {
            return reader.fault("value", "must have an element for each dimension");
        }
        if !reader.has("price") {
            reader.fault("price", "is missing");
        }
        let Some(price) = reader.amount("price") else {
            return;
        };
        let mut places = Vec::with_capacity(values.len());
        for (value, (_, known)) in values.iter().zip(&mut self.dimensions) {
            if **value == *ANY {
                places.push(None);
                continue;
            }
            let place = known.iter().position(|own| own == value);
            places.push(Some(place.unwrap_or(known.len())));
            if place.is_none() {
                known.push(value.clone());
            }
        }
        if self.rows.iter().any(|(other, _)| *other == places) {
            return reader.fault("value", "is that of another row");
        }
        self.rows.push((places, price));
    }

    /// Cells, with one place more in each dimension for values that no row names.
    fn size(&self) -> Option<usize> {
        let mut sizes = self.dimensions.iter().map(|(_, values)| values.len() + 1);
        let size = sizes.try_fold(1_usize, usize::checked_mul);
        size.filter(|size| *size <= CELLS_MAX)
    }

    /// True where a dimension is the band.
    pub fn has_bands(&self) -> bool {
        self.dimensions
            .iter()
            .any(|(source, _)| *source == Source::Band)
    }

    /// Digits behind the point of the prices.
    pub fn digits(&self) -> u32 {
        let digits = self.rows.iter().map(|(_, price)| price.normalize().scale());
        digits.max().unwrap_or_default()
    }

    /// The matrix, with all cells filled. `None` where a number does not fit.
    pub fn scaled(
        &self,
        table: Option<&Table>,
        calendar: Option<&Calendar>,
        price: impl Fn(Decimal) -> Option<i128>,
    ) -> Option<Matrix> {
        let mut prices = Vec::with_capacity(self.rows.len());
        for (number, (places, own)) in self.rows.iter().enumerate() {
            prices.push((places, price(*own)?, u32::try_from(number).ok()?));
        }
        // Of two rows for the same cell the one that names the earlier dimension is closer.
        prices.sort_by_key(|(places, _, _)| {
            places.iter().map(Option::is_none).collect::<Vec<bool>>()
        });
        let sizes: Vec<usize> = self.dimensions.iter().map(|(_, v)| v.len() + 1).collect();
        let mut cells = Vec::with_capacity(self.size()?);
        for cell in 0..self.size()? {
            let at = places(cell, &sizes);
            let is_for = |own: &[Option<usize>]| {
                own.iter()
                    .zip(&at)
                    .all(|(own, at)| own.is_none_or(|own| own == *at))
            };
            let found = prices.iter().find(|(own, _, _)| is_for(own));
            cells.push(found.map(|(_, price, row)| (*price, *row)));
        }
        let dimensions = self.dimensions.iter().map(|(source, values)| {
            let labels = match source {
                Source::Zone => table.map(Table::zones),
                Source::Band => calendar.map(Calendar::bands),
                Source::Event(_) | Source::Product(_) => None,
            };
            let place = |label: &str| {
                let place = values.iter().position(|own| **own == *label);
                u32::try_from(place.unwrap_or(values.len())).unwrap_or(u32::MAX)
            };
            Dimension {
                source: source.clone(),
                values: values.clone().into_boxed_slice(),
                places: labels
                    .unwrap_or_default()
                    .iter()
                    .map(|label| place(label))
                    .collect(),
            }
        });
        Some(Matrix {
            dimensions: dimensions.collect(),
            cells: cells.into_boxed_slice(),
        })
    }

    /// Values of a dimension that no zone or band has, with what the dimension is of.
    pub fn unknown<'m>(
        &'m self,
        table: Option<&'m Table>,
        calendar: Option<&'m Calendar>,
    ) -> impl Iterator<Item = (&'static str, &'m str)> {
        self.dimensions.iter().flat_map(move |(source, values)| {
            let (what, labels) = match source {
                Source::Zone => ("zone", table.map(Table::zones).unwrap_or_default()),
                Source::Band => ("band", calendar.map(Calendar::bands).unwrap_or_default()),
                Source::Event(_) | Source::Product(_) => ("", [].as_slice()),
            };
            let is_known =
                move |value: &str| what.is_empty() || labels.iter().any(|label| **label == *value);
            let unknown = values.iter().filter(move |value| !is_known(value));
            unknown.map(move |value| (what, &**value))
        })
    }
}

/// The place of a cell in each dimension; the last runs fastest.
fn places(mut cell: usize, sizes: &[usize]) -> Vec<usize> {
    let mut places: Vec<usize> = sizes
        .iter()
        .rev()
        .map(|size| {
            let place = cell % size;
            cell /= size;
            place
        })
        .collect();
    places.reverse();
    places
}
