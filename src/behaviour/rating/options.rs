//! Options of products: products of their own that change what the usage of another one costs. A product
//! names them (TMF637 `productRelationship`); they count from their `startDate` to their `terminationDate`.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::behaviour::stored::document;
use crate::domain::clock::Micros;
use crate::domain::identifier::of_product;
use crate::domain::problem::Outcome;
use crate::domain::value::{Period, is_spelled};
use crate::store::{Session, Stamp};

const PRODUCT: &str = "product";
/// Relations to options and parts, in small letters without separators.
const WORDS: [&str; 3] = ["enables", "brings", "bundles"];

/// An option.
#[derive(Clone, Debug)]
pub struct Optional {
    pub id: String,
    pub product: Value,
    /// Usage that began in it is rated with the option.
    pub active: Period,
}

impl Optional {
    /// The offering that it was bought as.
    pub fn offering(&self) -> Option<&str> {
        self.product.pointer("/productOffering/id")?.as_str()
    }
}

/// The options of one product.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    pub options: Vec<Optional>,
    /// The rows of all products that it names. As long as they have these revisions, its options are the same.
    pub rows: Vec<Stamp>,
    /// A product that it names is not there.
    pub is_dangling: bool,
}

/// Options of several products.
pub struct Options(HashMap<String, (Stamp, Option<Optional>)>);

impl Options {
    /// Reads the options that products name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of_all<'d>(
        session: &mut dyn Session,
        tenant: i64,
        products: impl Iterator<Item = &'d Value>,
    ) -> Outcome<Self> {
        let named: HashSet<&str> = products.flat_map(named).collect();
        if named.is_empty() {
            return Ok(Options(HashMap::new()));
        }
        let ids: Vec<String> = named.into_iter().map(str::to_owned).collect();
        let rows = session.versions_of(tenant, PRODUCT, &ids)?.into_iter();
        let read = rows.filter(|row| row.current).map(|row| {
            let stamp = Stamp {
                seq: row.seq,
                revision: row.revision,
            };
            let option = optional(&row.id, document(&row)?);
            Ok((row.id, (stamp, option)))
        });
        Ok(Options(read.collect::<Outcome<_>>()?))
    }

    /// Those of one of the products, in the order of its relations.
    pub fn of(&self, id: &str, product: &Value) -> Chosen {
        let mut chosen = Chosen::default();
        let mut seen = HashSet::from([id]);
        for other in named(product).filter(|other| seen.insert(other)) {
            match self.0.get(other) {
                Some((stamp, option)) => {
                    chosen.rows.push(*stamp);
                    chosen.options.extend(option.clone());
                }
                None => chosen.is_dangling = true,
            }
        }
        chosen
    }
}

/// Ids of the products that may be options of a product.
fn named(product: &Value) -> impl Iterator<Item = &str> {
    let list = product.get("productRelationship").and_then(Value::as_array);
    let list = list.into_iter().flatten();
    list.filter_map(|relation| {
        let word = relation.get("relationshipType")?.as_str()?;
        let is_option = WORDS.iter().any(|known| is_spelled(word, known));
        is_option.then(|| relation.get("id")?.as_str())?
    })
}

/// What is known in the network by itself has usage of its own; what has not begun is no option yet.
fn optional(id: &str, product: Value) -> Option<Optional> {
    let instant = |name: &str| product.get(name)?.as_str().and_then(Micros::parse);
    let active = Period {
        start: Some(instant("startDate")?),
        end: instant("terminationDate"),
    };
    of_product(&product).is_empty().then(|| Optional {
        id: id.to_owned(),
        active,
        product,
    })
}
