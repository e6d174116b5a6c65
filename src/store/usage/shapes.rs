//! Shapes of usage documents. A shape's number is a fingerprint of its text, so that all databases agree
//! on it and it can be remembered for as long as the process lives.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use serde_json::Value;

use crate::domain::packed::{Frame, Packed, pack};
use crate::domain::usage_facts::key_of;

/// Shapes that are remembered at most; more than that are looked up each time.
const REMEMBERED: usize = 20_000;

/// The text of a document without its leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub number: i64,
    pub text: Arc<str>,
}

/// Longest text that is taken for a name.
const NAME_MAX: usize = 64;
/// Longest shape that is remembered: clients choose the names of members.
const SHAPE_MAX: usize = 16_384;

type Numbers = RwLock<HashMap<Arc<str>, i64>>;
type Texts = RwLock<HashMap<i64, Arc<str>>>;

static NUMBERS: LazyLock<Numbers> = LazyLock::new(RwLock::default);
static TEXTS: LazyLock<Texts> = LazyLock::new(RwLock::default);

/// Which values of a usage are as good as names: types, units, references to specifications, words of
/// enumerations. What says who, when or how much is a leaf.
pub struct UsageFrame;

impl Frame for UsageFrame {
    fn holds(&self, under: &str, key: &str, text: &str) -> bool {
        // Names are short. What is long would make a shape of its own out of each document.
        if text.len() > NAME_MAX {
            return false;
        }
        if under == "usageSpecification" {
            return true;
        }
        matches!(
            key,
            "@type"
                | "@baseType"
                | "@schemaLocation"
                | "@referredType"
                | "name"
                | "valueType"
                | "unit"
                | "units"
                | "rule"
                | "level"
                | "mode"
                | "taxMode"
                | "currency"
                | "category"
                | "cardHash"
                | "status"
                | "usageStatus"
                | "usageType"
                | "usageRatingTag"
                | "ratingAmountType"
                | "priceType"
        )
    }
}

/// Takes a usage, or its trace, apart.
pub fn pack_usage(doc: &Value, into: &mut Packed) -> Shape {
    pack(doc, &UsageFrame, into);
    shape_in(into)
}

/// The text of the shape of a usage.
pub fn shape_of(doc: &Value) -> String {
    let mut packed = Packed::default();
    pack(doc, &UsageFrame, &mut packed);
    packed.shape
}

/// The shape of what was packed in [`UsageFrame`].
pub fn shape_in(into: &Packed) -> Shape {
    let numbers = NUMBERS.read().unwrap_or_else(PoisonError::into_inner);
    if let Some((text, number)) = numbers.get_key_value(into.shape.as_str()) {
        return Shape {
            number: *number,
            text: Arc::clone(text),
        };
    }
    drop(numbers);
    let (number, text) = (key_of(&into.shape), Arc::from(into.shape.as_str()));
    remember(number, &text);
    Shape { number, text }
}

/// The text of a shape that was met before.
pub(in crate::store) fn known(number: i64) -> Option<Arc<str>> {
    let texts = TEXTS.read().unwrap_or_else(PoisonError::into_inner);
    texts.get(&number).cloned()
}

pub(in crate::store) fn remember(number: i64, text: &Arc<str>) {
    let mut texts = TEXTS.write().unwrap_or_else(PoisonError::into_inner);
    if texts.len() >= REMEMBERED || text.len() > SHAPE_MAX {
        return;
    }
    texts.insert(number, Arc::clone(text));
    let mut numbers = NUMBERS.write().unwrap_or_else(PoisonError::into_inner);
    numbers.insert(Arc::clone(text), number);
}
