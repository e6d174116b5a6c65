//! Names and addresses, as bills show them.

use serde_json::Value;

use crate::billing::document::{Address, Party};
use crate::domain::problem::Outcome;
use crate::store::{IdKey, Session};

/// Kinds that stand behind an account, by how references call them.
const KINDS: [(&str, &str); 4] = [
    ("Customer", "customer"),
    ("PartyRole", "partyRole"),
    ("Individual", "individual"),
    ("Organization", "organization"),
];
/// From an account to a party there are no more steps than these.
const STEPS: usize = 3;

/// Who gets the bill of an account: the account's own contact, else whoever stands behind it.
///
/// # Errors
/// When the database cannot be read.
pub fn recipient(session: &mut dyn Session, tenant: i64, account: &Value) -> Outcome<Party> {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut party = Party {
        name: text(account, "name").unwrap_or_default(),
        ..Party::default()
    };
    let contacts = account.get("contact").and_then(Value::as_array);
    for contact in contacts.into_iter().flatten() {
        take(&mut party, contact);
    }
    let first = crate::behaviour::holders(account).next().cloned();
    let mut next = first.or_else(|| {
        let parties = account.get("relatedParty")?.as_array()?;
        parties.first()?.get("partyOrPartyRole").cloned()
    });
    for _ in 0..STEPS {
        let Some(reference) = next.take() else { break };
        let Some(doc) = behind(session, tenant, &reference)? else {
            break;
        };
        if let Some(name) = name_of(&doc) {
            party.name = name;
        }
        take(&mut party, &doc);
        let numbers = doc.get("taxNumber").or_else(|| doc.get("vatNumber"));
        party.vat_number = party
            .vat_number
            .or_else(|| numbers.and_then(Value::as_str).map(str::to_owned));
        next = doc.get("engagedParty").cloned();
    }
    Ok(party)
}

fn behind(session: &mut dyn Session, tenant: i64, reference: &Value) -> Outcome<Option<Value>> {
    let text = |name: &str| reference.get(name).and_then(Value::as_str);
    let kind = KINDS
        .iter()
        .find(|(class, _)| text("@referredType") == Some(class));
    let (Some((_, kind)), Some(id)) = (kind, text("id")) else {
        return Ok(None);
    };
    let rows = session.versions(&IdKey::new(tenant, kind, id))?;
    let row = rows.into_iter().find(|row| row.current);
    row.as_ref().map(crate::behaviour::document).transpose()
}

fn name_of(doc: &Value) -> Option<String> {
    let text = |name: &str| {
        let text = doc.get(name)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let full = || {
        let parts = [text("givenName"), text("familyName")];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    text("tradingName")
        .or_else(|| text("formattedName"))
        .or_else(full)
        .or_else(|| text("name"))
}

/// Takes what is missing from contact media (TMF632).
fn take(party: &mut Party, doc: &Value) {
    let media = doc.get("contactMedium").and_then(Value::as_array);
    for medium in media.into_iter().flatten() {
        let text = |name: &str| {
            let own = medium.get(name).and_then(Value::as_str)?.trim();
            (!own.is_empty()).then(|| own.to_owned())
        };
        if let Some(email) = text("emailAddress") {
            party.email.get_or_insert(email);
        }
        if let Some(phone) = text("phoneNumber") {
            party.phone.get_or_insert(phone);
        }
        let Some(city) = text("city").filter(|_| party.address.city.is_empty()) else {
            continue;
        };
        let lines = [text("street1"), text("street2")];
        party.address = Address {
            lines: lines.into_iter().flatten().collect(),
            city,
            post_code: text("postCode"),
            region: text("stateOrProvince"),
            country: text("country").unwrap_or_default(),
            country_name: None,
        };
    }
}
