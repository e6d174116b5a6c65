mod events;
mod faults;
mod payloads;
mod with_sim;

use serde_json::{Value, json};

use super::{ServiceOrderRequest, TargetSettings, Version};
use crate::domain::clock::{Clock, Micros};
use crate::ordering::order::{Action, Characteristic, Place, Related};
use crate::ordering::plan::SpecificationRef;
use crate::ordering::southbound::HttpSouthbound;

fn instant(text: &str) -> Micros {
    Micros::parse(text).expect("an instant")
}

fn clock() -> Clock {
    Clock::fixed_at(instant("2030-01-01T08:00:00Z"))
}

fn characteristic(name: &str, value: impl Into<Value>) -> Characteristic {
    Characteristic {
        name: name.to_owned(),
        value: value.into(),
    }
}

/// The least that an OSS takes.
fn small(external_id: &str) -> ServiceOrderRequest {
    ServiceOrderRequest {
        specification: Some(SpecificationRef {
            id: "mobile-line".to_owned(),
            name: None,
            class: "ServiceSpecification".to_owned(),
        }),
        ..ServiceOrderRequest::new(external_id, Action::Add, instant("2030-01-01T08:00:00Z"))
    }
}

/// With everything that an order can have.
fn full() -> ServiceOrderRequest {
    let number: Value = serde_json::from_str("0.50").expect("a number");
    ServiceOrderRequest {
        specification: Some(SpecificationRef {
            id: "mobile-line".to_owned(),
            name: Some("Mobile line".to_owned()),
            class: "ServiceSpecification".to_owned(),
        }),
        name: Some("Line of Ann".to_owned()),
        characteristics: vec![
            characteristic("apn", "internet"),
            characteristic("profiles", 3),
            characteristic("rate", number.clone()),
            characteristic("roaming", true),
            characteristic("limits", json!({ "voice": 100 })),
            characteristic("tags", json!(["a", "b"])),
            characteristic("steps", json!([1, number])),
            characteristic("mixed", json!([1, "b"])),
        ],
        places: vec![Place {
            id: Some("addr-1".to_owned()),
            role: Some("installation".to_owned()),
            value: json!({
                "@type": "RelatedPlaceRefOrValue",
                "role": "installation",
                "place": {
                    "@type": "GeographicAddress", "id": "addr-1", "city": "Ulm",
                    "href": "tollgate:geographicAddress/addr-1",
                },
            }),
        }],
        requested_start: Some(instant("2030-02-01T00:00:00Z")),
        requested_completion: Some(instant("2030-02-03T00:00:00Z")),
        priority: 1,
        parties: vec![
            Related {
                id: "c-1".to_owned(),
                name: Some("Ann".to_owned()),
                role: Some("Customer".to_owned()),
            },
            Related {
                id: "p-1".to_owned(),
                name: None,
                role: None,
            },
        ],
        description: Some("order 7, item 1".to_owned()),
        ..ServiceOrderRequest::new("7.1.sim", Action::Add, instant("2030-01-01T08:00:00Z"))
    }
}

/// A client with one target called `net`.
fn client(url: &str, version: Version) -> HttpSouthbound {
    client_with(url, version, &clock(), |_| {})
}

fn client_with(
    url: &str,
    version: Version,
    clock: &Clock,
    change: impl FnOnce(&mut TargetSettings),
) -> HttpSouthbound {
    let mut settings = TargetSettings::new("net", url, version);
    change(&mut settings);
    HttpSouthbound::new(vec![settings], clock).expect("a client")
}
