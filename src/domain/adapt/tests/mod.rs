//! The adapter and the addresses, on a fixture of hand-written descriptors. The test that promises
//! hold for the generated tables too is in the `tests` folder of the package; it shares `generate`
//! and `promises`.

use crate::domain::{adapt, descriptor};

pub mod fixture;
mod generate;
mod links;
mod promises;
mod table;

use adapt::tests::fixture::{
    CATALOG_R4, CATALOG_R5, CATEGORY_R4, CATEGORY_R5, OFFERING_R4, OFFERING_R5, PRICE_R4, PRICE_R5,
    SPECIFICATION_R4, SPECIFICATION_R5,
};

const PAIRS: [promises::Pair; 5] = [
    (&CATALOG_R4, &CATALOG_R5),
    (&CATEGORY_R4, &CATEGORY_R5),
    (&OFFERING_R4, &OFFERING_R5),
    (&PRICE_R4, &PRICE_R5),
    (&SPECIFICATION_R4, &SPECIFICATION_R5),
];

#[test]
fn what_was_sent_through_v4_is_read_through_v4() {
    promises::sent_is_read(&PAIRS);
}

#[test]
fn a_v4_document_with_all_types_comes_back_unchanged() {
    promises::typed_comes_back_unchanged(&PAIRS);
}

#[test]
fn a_stored_document_survives_v4() {
    promises::stored_survives(&PAIRS);
}

#[test]
fn the_previous_document_does_not_matter_when_nothing_was_changed() {
    promises::previous_does_not_matter(&PAIRS);
}
