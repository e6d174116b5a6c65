//! Offerings as an operator has them, of 2 KB each.

use serde_json::{Value, json};

use crate::domain::descriptor::ApiVersion;

/// Size of an offering as sent: what the figures are stated for.
pub const BYTES: usize = 2048;
/// Stands where the unique part of a name goes; as long as that.
pub const MARK: &str = "################";

/// What an offering refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct References {
    pub category: String,
    pub specification: String,
    pub price: String,
}

/// What tells one offering from the next, besides its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    pub number: usize,
    pub references: Option<References>,
}

/// Families of offerings; also the names of categories.
pub const FAMILIES: [&str; 10] = [
    "Mobile tariff",
    "Mobile data",
    "Prepaid card",
    "Broadband",
    "Fibre business",
    "Television",
    "Roaming pack",
    "Handset",
    "Home security",
    "Cloud backup",
];
const SIZES: [&str; 5] = ["S", "M", "L", "XL", "Unlimited"];

/// Share of each state in a hundred offerings.
const STATES: [(&str, usize); 6] = [
    ("Active", 60),
    ("Launched", 15),
    ("In Design", 10),
    ("In Test", 5),
    ("In Study", 5),
    ("Retired", 5),
];

/// The body of an offering; its name ends in [`MARK`].
pub fn offering(version: ApiVersion, variant: &Variant) -> String {
    let mut document = fields(variant);
    if let Some(references) = &variant.references {
        refer(&mut document, references);
    }
    if version == ApiVersion::V4 {
        without_types(&mut document);
    }
    padded(document)
}

fn pick<'a>(list: &[&'a str], number: usize) -> &'a str {
    list.get(number % list.len()).copied().unwrap_or_default()
}

/// Numbers are spread by a prime, so that state and family do not go together.
fn state(number: usize) -> &'static str {
    let mut place = number.wrapping_mul(37) % 100;
    for (state, share) in STATES {
        if place < share {
            return state;
        }
        place -= share;
    }
    "Active"
}

fn fields(variant: &Variant) -> Value {
    let number = variant.number;
    let (family, size) = (
        pick(&FAMILIES, number),
        pick(&SIZES, number / FAMILIES.len()),
    );
    json!({
        "@type": "ProductOffering",
        "name": format!("{family} {size} {MARK}"),
        "description": "",
        "version": "1.0",
        "lifecycleStatus": state(number),
        "statusReason": format!("Review {}", number % 17),
        "isBundle": false,
        "isSellable": !number.is_multiple_of(10),
        "validFor": {
            "startDateTime": "2026-01-01T00:00:00.000Z",
            "endDateTime": "2030-12-31T23:59:59.000Z"
        },
        "channel": [
            {"@type": "ChannelRef", "id": "web", "name": "Web shop"},
            {"@type": "ChannelRef", "id": format!("shop-{}", number % 40), "name": "Shop"}
        ],
        "marketSegment": [
            {"@type": "MarketSegmentRef", "id": format!("seg-{}", number % 4), "name": "Consumer"}
        ],
        "productOfferingTerm": [
            {
                "@type": "ProductOfferingTerm",
                "name": "Minimum term",
                "description": "The contract can be ended at the end of any month after this time.",
                "duration": {"amount": 12 + number % 3 * 6, "units": "month"}
            }
        ],
        "prodSpecCharValueUse": [
            {
                "@type": "ProductSpecificationCharacteristicValueUse",
                "name": "Colour",
                "valueType": "string",
                "productSpecCharacteristicValue": [
                    {
                        "@type": "StringCharacteristicValueSpecification",
                        "isDefault": true,
                        "valueType": "string",
                        "value": "Black"
                    },
                    {
                        "@type": "StringCharacteristicValueSpecification",
                        "isDefault": false,
                        "valueType": "string",
                        "value": "Silver"
                    }
                ]
            }
        ]
    })
}

fn refer(document: &mut Value, references: &References) {
    let Some(object) = document.as_object_mut() else {
        return;
    };
    let reference = |class: &str, id: &str| json!({"@type": class, "id": id});
    object.insert(
        "category".to_owned(),
        json!([reference("CategoryRef", &references.category)]),
    );
    object.insert(
        "productSpecification".to_owned(),
        reference("ProductSpecificationRef", &references.specification),
    );
    object.insert(
        "productOfferingPrice".to_owned(),
        json!([reference("ProductOfferingPriceRef", &references.price)]),
    );
}

/// v4 clients leave types out.
fn without_types(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.shift_remove("@type");
            object.values_mut().for_each(without_types);
        }
        Value::Array(items) => items.iter_mut().for_each(without_types),
        _ => {}
    }
}

/// The text with a description that brings it to [`BYTES`].
fn padded(mut document: Value) -> String {
    const SENTENCE: &str = "Calls, messages and data for people who want to know what they pay: \
        one price a month, no charge for setting it up, and a change of size at any time. ";
    let missing = BYTES.saturating_sub(document.to_string().len());
    let description: String = SENTENCE.chars().cycle().take(missing).collect();
    if let Some(object) = document.as_object_mut() {
        object.insert("description".to_owned(), Value::from(description));
    }
    document.to_string()
}

/// A category, specification or price that offerings refer to, found again by its name.
pub fn referred(version: ApiVersion, collection: &str, name: &str, number: usize) -> String {
    let mut document = match collection {
        "category" => json!({"@type": "Category", "name": name, "isRoot": true}),
        "productSpecification" => json!({
            "@type": "ProductSpecification",
            "name": name,
            "brand": "Tollgate sample",
            "productNumber": format!("TG-{number:05}")
        }),
        _ => json!({
            "@type": "ProductOfferingPrice",
            "name": name,
            "priceType": "recurring",
            "recurringChargePeriodType": "month",
            "recurringChargePeriodLength": 1,
            "price": {"unit": "EUR", "value": 5 + number}
        }),
    };
    if let Some(object) = document.as_object_mut() {
        object.insert("lifecycleStatus".to_owned(), Value::from("Active"));
    }
    if version == ApiVersion::V4 {
        without_types(&mut document);
    }
    document.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{BYTES, MARK, References, Variant, offering, state};
    use crate::api::generated::APIS;
    use crate::domain::descriptor::ApiVersion;
    use crate::engine::Validators;
    use crate::engine::validate::ExtensionSchemas;

    fn variants() -> Vec<Variant> {
        let references = References {
            category: "c".to_owned(),
            specification: "s".to_owned(),
            price: "p".to_owned(),
        };
        (0..100)
            .map(|number| Variant {
                number,
                references: (number % 2 == 0).then(|| references.clone()),
            })
            .collect()
    }

    #[test]
    fn offerings_are_valid_and_of_the_stated_size() {
        let extensions = ExtensionSchemas::load(None).expect("the built-in ones");
        let validators = Validators::new(extensions, true);
        for api in APIS.iter().filter(|api| api.id == "TMF620") {
            let resource = api
                .resources
                .iter()
                .find(|r| r.path == "productOffering")
                .expect("it is there");
            for variant in variants() {
                let text = offering(api.version, &variant);
                assert_eq!(text.len(), BYTES);
                assert_eq!(text.matches(MARK).count(), 1);
                let document: Value = serde_json::from_str(&text).expect("JSON");
                let checked = validators.check_new(resource, &document, |_| false);
                assert!(checked.is_ok(), "{} {checked:?}", api.version);
            }
        }
    }

    #[test]
    fn v4_has_no_types() {
        let variants = variants();
        assert!(!offering(ApiVersion::V4, &variants[0]).contains("@type"));
        assert!(offering(ApiVersion::V5, &variants[0]).contains("@type"));
    }

    #[test]
    fn states_have_their_shares() {
        let active = (0..1_000).filter(|n| state(*n) == "Active").count();
        assert_eq!(active, 600);
    }
}
