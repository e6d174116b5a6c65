//! Contact media: v4 names the kind of medium in `mediumType`, a free text, v5 has a class for each.

use serde_json::Value;

use super::Object;
use crate::domain::descriptor::Entity;

/// The attribute of v4.
pub(super) const TYPE: &str = "mediumType";
/// Where v4 keeps number and address.
const CONTENT: &str = "characteristic";

/// A kind of medium.
struct Kind {
    class: &'static str,
    /// What v4 calls it when nobody said otherwise.
    word: &'static str,
    /// Further words for it, in small letters and without separators.
    words: &'static [&'static str],
    /// Attributes that only this kind has.
    attributes: &'static [&'static str],
}

static KINDS: [Kind; 5] = [
    Kind {
        class: "EmailContactMedium",
        word: "email",
        words: &["email", "emailaddress", "mail"],
        attributes: &["emailAddress"],
    },
    Kind {
        class: "PhoneContactMedium",
        word: "phone",
        words: &[
            "phone",
            "phonenumber",
            "telephone",
            "telephonenumber",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "cell",
            "cellphone",
            "landline",
        ],
        attributes: &["phoneNumber"],
    },
    Kind {
        class: "FaxContactMedium",
        word: "fax",
        words: &["fax", "faxnumber", "telefax"],
        attributes: &["faxNumber"],
    },
    Kind {
        class: "SocialContactMedium",
        word: "socialNetwork",
        words: &["socialnetwork", "socialnetworkid", "social", "socialmedia"],
        attributes: &["socialNetworkId"],
    },
    Kind {
        class: "GeographicAddressContactMedium",
        word: "postalAddress",
        words: &[
            "postaladdress",
            "address",
            "postal",
            "geographicaddress",
            "street",
        ],
        attributes: &[
            "street1",
            "street2",
            "city",
            "postCode",
            "stateOrProvince",
            "country",
        ],
    },
];

/// True for v4's contact medium.
pub(super) fn is_medium(entity: &Entity) -> bool {
    entity.name == "ContactMedium" && entity.attribute(TYPE).is_some()
}

/// The class that a medium in v4 form stands for: what it holds decides, where that is of several
/// kinds or of none its `mediumType`, or its `@type` in the place of that; `None` when nothing tells.
pub(super) fn class(medium: &Object) -> Option<&'static str> {
    let holds = |kind: &&Kind| {
        let content = medium.get(CONTENT).and_then(Value::as_object);
        content.is_some_and(|content| {
            let filled = |name: &&str| content.get(*name).is_some_and(|value| !value.is_null());
            kind.attributes.iter().any(filled)
        })
    };
    let mut held = KINDS.iter().filter(holds);
    if let (Some(only), None) = (held.next(), held.next()) {
        return Some(only.class);
    }
    let said = match medium.get(TYPE) {
        Some(said) => said.as_str()?,
        // Who says the class need not say the same again.
        None => word(medium.get("@type")?.as_str()?)?,
    };
    let said = plain(said);
    let named = KINDS
        .iter()
        .find(|kind| kind.words.contains(&said.as_str()));
    named.map(|kind| kind.class)
}

/// What v4 calls the media of a class.
pub(super) fn word(class: &str) -> Option<&'static str> {
    let kind = KINDS.iter().find(|kind| kind.class == class);
    kind.map(|kind| kind.word)
}

/// Letters and digits alone, in small letters: `E-Mail` is `email`.
fn plain(text: &str) -> String {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{KINDS, class, plain};

    #[test]
    fn what_it_holds_decides_and_the_word_helps() {
        for (medium, expected) in [
            (
                json!({"characteristic": {"emailAddress": "a@b"}}),
                Some("EmailContactMedium"),
            ),
            (
                json!({"mediumType": "fax", "characteristic": {"phoneNumber": "1"}}),
                Some("PhoneContactMedium"),
            ),
            (
                json!({"characteristic": {"city": "Bonn", "country": "DE"}}),
                Some("GeographicAddressContactMedium"),
            ),
            (
                json!({"mediumType": "Telephone number", "characteristic": {"city": "Bonn", "phoneNumber": "1"}}),
                Some("PhoneContactMedium"),
            ),
            (json!({"mediumType": "E-Mail"}), Some("EmailContactMedium")),
            (
                json!({"mediumType": "E-Mail", "characteristic": 7}),
                Some("EmailContactMedium"),
            ),
            (
                json!({"mediumType": "e_mail", "characteristic": {"phoneNumber": null}}),
                Some("EmailContactMedium"),
            ),
            (
                json!({"@type": "FaxContactMedium"}),
                Some("FaxContactMedium"),
            ),
            (json!({"@type": "FaxContactMedium", "mediumType": 7}), None),
            (json!({"mediumType": "pigeon"}), None),
            (json!({"mediumType": 7}), None),
            (json!({"characteristic": {"contactType": "private"}}), None),
        ] {
            let object = medium.as_object().expect("an object");
            assert_eq!(class(object), expected, "{medium}");
        }
    }

    #[test]
    fn the_word_of_a_kind_is_among_its_words() {
        for kind in &KINDS {
            assert!(
                kind.words.contains(&plain(kind.word).as_str()),
                "{}",
                kind.word
            );
        }
    }
}
