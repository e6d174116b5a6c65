//! What validation finds.

use serde::{Deserialize, Serialize};

use crate::ordering::plan::PlacedItem;

/// A reason not to accept an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Id of the item; empty where it is about the order as a whole.
    pub item: String,
    /// JSON pointer into the order.
    pub pointer: String,
    /// Stable name of the reason, for programs; see [`code`].
    pub code: String,
    /// For people.
    pub message: String,
}

/// Something without which the order cannot be delivered and which can still be supplied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// Id of the item.
    pub item: String,
    /// JSON pointer of what to supply, also where nothing is there yet.
    pub pointer: String,
    /// For people.
    pub message: String,
}

/// What validation finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// With one or more, the whole order is rejected (TMF622: never a part of it).
    pub refusals: Vec<Refusal>,
    pub missing: Vec<Missing>,
    /// The items as they shall be: first those of the order, each at its own place in
    /// `Order::items`, then what bundles bring or take along unasked. Reliable when there are no
    /// refusals.
    pub placed: Vec<PlacedItem>,
    /// Differences between the client's own prices and terms and the catalog's, where they are
    /// reported and do not refuse the order.
    pub warnings: Vec<Refusal>,
}

impl Verdict {
    /// True when the order can be planned.
    pub fn is_accepted(&self) -> bool {
        self.refusals.is_empty()
    }
}

/// Names of reasons.
pub mod code {
    /// There is nothing to do: the order has no items.
    pub const NO_ITEMS: &str = "noItems";
    /// Two items have the same id.
    pub const DUPLICATE_ITEM: &str = "duplicateItem";
    /// An item has no id or an action that is not known.
    pub const MALFORMED_ITEM: &str = "malformedItem";
    /// Neither an offering nor a product is named.
    pub const NOTHING_ORDERED: &str = "nothingOrdered";
    /// A new product without an offering.
    pub const OFFERING_REQUIRED: &str = "offeringRequired";
    /// The quantity is out of bounds.
    pub const QUANTITY: &str = "quantity";
    /// A relation to an item that is not there.
    pub const UNKNOWN_ITEM: &str = "unknownItem";
    /// Items bundle each other in a circle.
    pub const ITEM_CIRCLE: &str = "itemCircle";
    pub const UNKNOWN_OFFERING: &str = "unknownOffering";
    /// Its life cycle status is neither Active nor Launched.
    pub const OFFERING_NOT_ACTIVE: &str = "offeringNotActive";
    /// The date of the order is outside of its `validFor`.
    pub const OFFERING_NOT_VALID: &str = "offeringNotValid";
    /// It is sold in bundles only.
    pub const NOT_SELLABLE: &str = "notSellable";
    pub const CHANNEL: &str = "channel";
    pub const MARKET: &str = "market";
    /// The offering does not allow the action.
    pub const ACTION_NOT_ALLOWED: &str = "actionNotAllowed";
    pub const UNKNOWN_SPECIFICATION: &str = "unknownSpecification";
    /// The product names another specification than its offering.
    pub const OTHER_SPECIFICATION: &str = "otherSpecification";
    /// Too few or too many of a part.
    pub const BUNDLE_LIMIT: &str = "bundleLimit";
    /// Too few or too many of a group of parts.
    pub const BUNDLE_GROUP_LIMIT: &str = "bundleGroupLimit";
    /// The bundle has no such part.
    pub const NOT_IN_BUNDLE: &str = "notInBundle";
    /// Bundles in bundles without end, or more items than one order can have.
    pub const TOO_MANY_ITEMS: &str = "tooManyItems";
    pub const UNKNOWN_CHARACTERISTIC: &str = "unknownCharacteristic";
    /// A value that the customer does not choose.
    pub const NOT_CONFIGURABLE: &str = "notConfigurable";
    pub const MANDATORY: &str = "mandatoryCharacteristic";
    /// Not of the type of the characteristic.
    pub const VALUE_TYPE: &str = "valueType";
    /// Not one of the values that are sold.
    pub const VALUE_NOT_ALLOWED: &str = "valueNotAllowed";
    /// Does not match the regular expression.
    pub const VALUE_PATTERN: &str = "valuePattern";
    /// Too few or too many values.
    pub const CARDINALITY: &str = "cardinality";
    /// Something else must be had as well.
    pub const REQUIRES: &str = "requires";
    /// Two things cannot be had together.
    pub const EXCLUDES: &str = "excludes";
    /// Another product needs the one that shall go.
    pub const STILL_REQUIRED: &str = "stillRequired";
    pub const PRODUCT_REQUIRED: &str = "productRequired";
    pub const UNKNOWN_PRODUCT: &str = "unknownProduct";
    /// A new product has the id of one that is there.
    pub const PRODUCT_EXISTS: &str = "productExists";
    /// The status of the product does not allow the action.
    pub const PRODUCT_STATUS: &str = "productStatus";
    /// Two items change the same product.
    pub const PRODUCT_TWICE: &str = "productTwice";
    /// The product cannot become one of that offering.
    pub const MIGRATION: &str = "migration";
    /// The client expects another price.
    pub const PRICE_DIFFERS: &str = "priceDiffers";
    /// The client expects a term that is not offered.
    pub const TERM_DIFFERS: &str = "termDiffers";
    /// An amount of the catalog that cannot be calculated with.
    pub const PRICE_NOT_EXACT: &str = "priceNotExact";
}
