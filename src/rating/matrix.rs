//! Matrices: prices by exact values of several dimensions, such as zone and band.

/// What a dimension is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Zone of the card's table.
    Zone,
    /// Band of the card's calendar.
    Band,
    /// A characteristic of the event.
    Event(Box<str>),
    /// A characteristic of the product.
    Product(Box<str>),
}

/// One dimension.
#[derive(Clone, Debug)]
pub struct Dimension {
    pub source: Source,
    /// Values that rows name; what is none of them is at the place after the last.
    pub values: Box<[Box<str>]>,
    /// For zones and bands: the place of each of the table or the calendar.
    pub places: Box<[u32]>,
}

/// A compiled matrix. Rows that name fewer values are behind those that name more, the first
/// dimension counting most.
#[derive(Clone, Debug)]
pub struct Matrix {
    pub dimensions: Box<[Dimension]>,
    /// Prices of base units in the card's [`super::card::Scale::base`] with the number of the row;
    /// the last dimension runs fastest.
    pub cells: Box<[Option<(i128, u32)>]>,
}

impl Matrix {
    /// The price and the row at a place in each dimension.
    pub fn cell(&self, places: impl Iterator<Item = usize>) -> Option<(i128, u32)> {
        let mut cell = 0_usize;
        for (dimension, place) in self.dimensions.iter().zip(places) {
            cell = cell.checked_mul(dimension.values.len() + 1)?;
            cell = cell.checked_add(place.min(dimension.values.len()))?;
        }
        *self.cells.get(cell)?
    }
}

impl Dimension {
    /// The place of a text; after the last for one that no row names.
    pub fn place(&self, text: &str) -> usize {
        let mut values = self.values.iter();
        values
            .position(|own| **own == *text)
            .unwrap_or(self.values.len())
    }

    /// The place of a zone or a band.
    pub fn known(&self, number: u32) -> usize {
        let place = usize::try_from(number)
            .ok()
            .and_then(|number| self.places.get(number));
        let place = place.and_then(|place| usize::try_from(*place).ok());
        place.unwrap_or(self.values.len())
    }
}
