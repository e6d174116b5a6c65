//! What compiles but is hardly meant: gaps, overlaps, rows that nothing reaches, cliffs where more
//! usage costs less. Findings refuse nothing; they are for whoever edits a tariff.

mod allowance;
mod card;
mod ladder;
mod selection;
mod table;

use super::tariff::Tariff;

pub use table::table;

/// Findings of one kind about one document at most: a file with one mistake may have it in each row.
const FINDINGS_MAX: usize = 100;

/// Something that is hardly meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Id of the price or the table.
    pub id: Box<str>,
    /// JSON pointer into its document.
    pub pointer: String,
    pub kind: Kind,
    /// A sentence for a person.
    pub message: String,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Usage that has no price.
    Gap,
    /// Two things are for the same usage at the same time.
    Overlap,
    /// Nothing ever reaches it.
    Shadowed,
    /// More usage costs less.
    Cliff,
}

impl Kind {
    /// As shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Gap => "gap",
            Kind::Overlap => "overlap",
            Kind::Shadowed => "shadowed",
            Kind::Cliff => "cliff",
        }
    }
}

/// Everything about the prices of an offering; their tables are looked at by [`table`].
pub fn tariff(tariff: &Tariff) -> Vec<Finding> {
    let mut findings = Vec::new();
    for own in &tariff.cards.cards {
        card::gaps(own, &mut findings);
        ladder::look(own, &mut findings);
    }
    selection::look(&tariff.cards.cards, &mut findings);
    allowance::look(tariff, &mut findings);
    findings
}

fn find(id: &str, pointer: &str, kind: Kind, message: String) -> Finding {
    Finding {
        id: id.into(),
        pointer: pointer.to_owned(),
        kind,
        message,
    }
}
