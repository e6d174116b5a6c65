//! What is ordered from an OSS.

use crate::domain::clock::Micros;
use crate::ordering::order::{Action, Characteristic, Place, Related};
use crate::ordering::plan::SpecificationRef;

/// A service order of one item, independent of the API version it is sent in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceOrderRequest {
    /// What the OSS knows the order by: the same in every repetition, so that none is done twice.
    pub external_id: String,
    pub action: Action,
    pub specification: Option<SpecificationRef>,
    /// The service that is changed or ended, by its id in the service inventory of the OSS.
    pub service: Option<String>,
    /// For people, on the service.
    pub name: Option<String>,
    pub characteristics: Vec<Characteristic>,
    pub places: Vec<Place>,
    /// When the work was first due to be sent. Stands for the date of the service where none is
    /// requested, since v5 wants one; the same in every repetition.
    pub ordered_at: Micros,
    pub requested_start: Option<Micros>,
    pub requested_completion: Option<Micros>,
    /// 0 (first) to 4.
    pub priority: u8,
    pub parties: Vec<Related>,
    pub description: Option<String>,
}

impl ServiceOrderRequest {
    /// An order with nothing but what every order has.
    pub fn new(external_id: impl Into<String>, action: Action, ordered_at: Micros) -> Self {
        ServiceOrderRequest {
            external_id: external_id.into(),
            action,
            specification: None,
            service: None,
            name: None,
            characteristics: Vec::new(),
            places: Vec::new(),
            ordered_at,
            requested_start: None,
            requested_completion: None,
            priority: 4,
            parties: Vec::new(),
            description: None,
        }
    }
}
