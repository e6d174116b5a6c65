//! Writes rated usage as it is stored: documents and traces as leaves of shapes.

use serde_json::{Map, Value};

use super::charge::Reason;
use super::intake::Formed;
use super::spend::Added;
use super::tally::Noted;
use crate::domain::clock::Micros;
use crate::domain::document::{Object, ValueObject};
use crate::domain::packed::{Packed, PackedObject, Packing};
use crate::domain::usage_status::UsageStatus;
use crate::rating::product::Product;
use crate::rating::trace::Trace;
use crate::rating::usage::Entries;
use crate::store::usage::{Shape, UsageFrame, pack_usage, shape_in};

const PRODUCT: &str = "product";

/// A document as it is stored.
#[derive(Debug)]
pub struct Written {
    pub shape: Shape,
    pub leaves: Vec<u8>,
}

/// What rating adds to a usage that has a price.
#[derive(Clone, Copy)]
pub struct Priced<'a> {
    pub entries: Entries<'a, 'a>,
    pub product: &'a Product,
}

/// One pen writes many, and keeps the memory for it.
#[derive(Debug, Default)]
pub struct Pen(Packed);

impl Pen {
    fn written(&self) -> Written {
        Written {
            shape: shape_in(&self.0),
            leaves: self.0.leaves.clone(),
        }
    }

    /// A document.
    pub fn document(&mut self, doc: &Value) -> Written {
        Written {
            shape: pack_usage(doc, &mut self.0),
            leaves: self.0.leaves.clone(),
        }
    }

    /// A trace, with the sums that the usage was added to.
    pub fn trace(
        &mut self,
        trace: &Trace<'_, '_>,
        added: &[Added<'_>],
        tallied: Option<&Noted<'_>>,
    ) -> Written {
        PackedObject::pack(&UsageFrame, &mut self.0, |object| {
            trace.write(object);
            Added::write(added, object);
            if let Some(tallied) = tallied {
                tallied.write(object);
            }
        });
        self.written()
    }

    /// A usage of a known form, with its price.
    pub fn priced(&mut self, formed: &Formed, priced: &Priced<'_>) -> Written {
        let mut packing = Packing::begin(&UsageFrame, &mut self.0);
        formed.pack(&mut packing);
        packing.members(false, |object| {
            priced.write(object);
            if formed.product().is_none() {
                priced.write_product(object);
            }
        });
        packing.shape("}");
        self.written()
    }
}

impl Priced<'_> {
    fn write(&self, into: &mut impl Object) {
        self.entries.write(into);
    }

    fn write_product(&self, into: &mut impl Object) {
        into.object(PRODUCT, |own| self.product.write_reference(own));
    }

    /// The same as members of a document.
    pub fn values(&self) -> Value {
        ValueObject::of(|object| {
            self.write(object);
            self.write_product(object);
        })
    }
}

/// Adds to a document what rating has found out; the product that it names stays.
pub fn add_price(doc: &mut Map<String, Value>, priced: Value) {
    let names_product = doc.get(PRODUCT).and_then(|own| own.get("id")).is_some();
    if let Value::Object(priced) = priced {
        for (name, value) in priced {
            if name != PRODUCT || !names_product {
                doc.insert(name, value);
            }
        }
    }
}

/// Writes into a document what became of it. `is_stored` where it was there before.
pub fn add_outcome(
    doc: &mut Map<String, Value>,
    status: UsageStatus,
    reason: Option<&Reason>,
    is_stored: bool,
    now: Micros,
) {
    status.write(doc);
    doc.shift_remove("statusReason");
    if is_stored {
        doc.insert("lastUpdate".to_owned(), Value::from(now.to_rfc3339()));
    }
    if let Some(reason) = reason {
        doc.insert(
            "statusReason".to_owned(),
            ValueObject::of(|own| {
                own.text("code", reason.code.as_str());
                own.text("detail", &reason.message);
            }),
        );
    }
}
