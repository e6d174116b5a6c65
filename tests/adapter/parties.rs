//! People, customers and accounts as each version says them.

use serde_json::{Value, json};
use tollgate::domain::adapt::{down, up};
use tollgate::domain::descriptor::{ApiVersion, Resource};
use tollgate::domain::query::parse_list;

use super::resources;

pub fn resource(kind: &str) -> &'static Resource {
    let found = resources(ApiVersion::V4).find(|resource| resource.kind == kind);
    found.expect("a resource of v4")
}

/// What v4 sent is stored so, and shown as it was sent; what is stored so is shown so.
pub fn exact(kind: &str, v4: &Value, v5: &Value) {
    let resource = resource(kind);
    assert_eq!(up(resource, v4.clone(), None), *v5, "up({v4})");
    assert_eq!(down(resource, v5.clone()), *v4, "down({v5})");
}

/// What v4 sent without all that it shows.
fn short(kind: &str, v4: &Value, v5: &Value, shown: &Value) {
    let resource = resource(kind);
    assert_eq!(up(resource, v4.clone(), None), *v5, "up({v4})");
    exact(kind, shown, v5);
}

fn person(media: &Value) -> Value {
    json!({"@type": "Individual", "contactMedium": media})
}

fn media(v4: &Value, v5: &Value) {
    exact("individual", &person(v4), &person(v5));
}

#[test]
fn contact_media_have_a_class_in_v5_and_a_word_in_v4() {
    let v4 = |word: &str, content: Value| json!({"@type": "ContactMedium", "mediumType": word, "preferred": true, "characteristic": content});
    for (word, class, content) in [
        (
            "email",
            "EmailContactMedium",
            json!({"contactType": "private", "emailAddress": "a@b"}),
        ),
        (
            "phone",
            "PhoneContactMedium",
            json!({"phoneNumber": "+49 228 1"}),
        ),
        ("fax", "FaxContactMedium", json!({"faxNumber": "+49 228 2"})),
        (
            "socialNetwork",
            "SocialContactMedium",
            json!({"socialNetworkId": "ann"}),
        ),
        (
            "postalAddress",
            "GeographicAddressContactMedium",
            json!({"street1": "Main St 1", "street2": "2nd floor", "city": "Bonn", "postCode": "53111",
                "stateOrProvince": "NRW", "country": "DE"}),
        ),
    ] {
        let mut v5 = content.clone();
        v5["@type"] = json!(class);
        v5["preferred"] = json!(true);
        media(&json!([v4(word, content)]), &json!([v5]));
    }
}

#[test]
fn words_and_types_of_the_client_come_back() {
    // A word of its own.
    media(
        &json!([{"@type": "ContactMedium", "mediumType": "Mobile", "characteristic": {"phoneNumber": "1"}}]),
        &json!([{"@type": "PhoneContactMedium", "mediumType": "Mobile", "phoneNumber": "1"}]),
    );
    // The class of v5, named by a v4 client.
    media(
        &json!([{"@type": "PhoneContactMedium", "mediumType": "phone", "characteristic": {"phoneNumber": "1"}}]),
        &json!([{"@type": "PhoneContactMedium", "v4:@type": "PhoneContactMedium", "phoneNumber": "1"}]),
    );
    // Another class than the content speaks for.
    media(
        &json!([{"@type": "MyMedium", "mediumType": "pigeon", "characteristic": {"phoneNumber": "1"}}]),
        &json!([{"@type": "MyMedium", "mediumType": "pigeon", "phoneNumber": "1"}]),
    );
    // Several kinds at once: the word decides; nothing tells: the base class.
    let both = json!({"phoneNumber": "1", "emailAddress": "a@b"});
    media(
        &json!([
            {"@type": "ContactMedium", "mediumType": "email", "characteristic": both},
            {"@type": "ContactMedium", "mediumType": "any", "characteristic": both},
        ]),
        &json!([
            {"@type": "EmailContactMedium", "phoneNumber": "1", "emailAddress": "a@b"},
            {"@type": "ContactMedium", "mediumType": "any", "phoneNumber": "1", "emailAddress": "a@b"},
        ]),
    );
    // What v5 does not know of the content, and what v4 does not know of the medium.
    media(
        &json!([{"@type": "ContactMedium", "mediumType": "email", "id": "m1",
            "characteristic": {"@type": "Mail", "emailAddress": "a@b", "verified": true}}]),
        &json!([{"@type": "EmailContactMedium", "id": "m1", "emailAddress": "a@b",
            "characteristic": {"@type": "Mail", "verified": true}}]),
    );
    // What somebody wrote into the stored form under v4's name.
    media(
        &json!([{"@type": "ContactMedium", "mediumType": "email", "v5:mediumType": "email",
            "characteristic": {"emailAddress": "a@b"}}]),
        &json!([{"@type": "EmailContactMedium", "mediumType": "email", "emailAddress": "a@b"}]),
    );
    media(
        &json!([{"v5:@type": "ContactMedium", "characteristic": {"emailAddress": "a@b"}}]),
        &json!([{"@type": "ContactMedium", "emailAddress": "a@b"}]),
    );
}

#[test]
fn a_person() {
    short(
        "individual",
        &json!({
            "givenName": "Ann", "familyName": "Lee", "fullName": "Ann Lee", "status": "deceaded",
            "contactMedium": [{"mediumType": "Email", "characteristic": {"emailAddress": "ann@example.com"}}],
            "externalReference": [{"externalReferenceType": "CRM", "name": "4711"}],
            "partyCharacteristic": [{"name": "vip", "value": true}],
            "creditRating": [{"creditAgencyName": "SCHUFA", "ratingScore": 97}],
            "individualIdentification": [{"identificationType": "passport", "identificationId": "C01",
                "attachment": {"url": "https://example.com/c01.png", "mimeType": "image/png"}}],
            "relatedParty": [{"id": "42", "role": "employer", "@referredType": "Organization"}],
        }),
        &json!({
            "@type": "Individual",
            "givenName": "Ann", "familyName": "Lee", "name": "Ann Lee", "status": "deceased",
            "contactMedium": [{"@type": "EmailContactMedium", "mediumType": "Email", "emailAddress": "ann@example.com"}],
            "externalReference": [{"@type": "ExternalIdentifier", "externalIdentifierType": "CRM", "id": "4711"}],
            "partyCharacteristic": [{"@type": "BooleanCharacteristic", "name": "vip", "value": true}],
            "creditRating": [{"@type": "PartyCreditProfile", "creditAgencyName": "SCHUFA", "ratingScore": 97}],
            "individualIdentification": [{"@type": "IndividualIdentification", "identificationType": "passport",
                "identificationId": "C01",
                "attachment": {"@type": "Attachment", "url": "https://example.com/c01.png", "mimeType": "image/png"}}],
            "relatedParty": [{"@type": "RelatedPartyOrPartyRole", "role": "employer",
                "partyOrPartyRole": {"@type": "PartyRef", "id": "42", "@referredType": "Organization"}}],
        }),
        &json!({
            "@type": "Individual",
            "givenName": "Ann", "familyName": "Lee", "fullName": "Ann Lee", "status": "deceaded",
            "contactMedium": [{"@type": "ContactMedium", "mediumType": "Email",
                "characteristic": {"emailAddress": "ann@example.com"}}],
            "externalReference": [{"@type": "ExternalReference", "externalReferenceType": "CRM", "name": "4711"}],
            "partyCharacteristic": [{"@type": "BooleanCharacteristic", "name": "vip", "value": true}],
            "creditRating": [{"@type": "PartyCreditProfile", "creditAgencyName": "SCHUFA", "ratingScore": 97}],
            "individualIdentification": [{"@type": "IndividualIdentification", "identificationType": "passport",
                "identificationId": "C01",
                "attachment": {"@type": "Attachment", "url": "https://example.com/c01.png", "mimeType": "image/png"}}],
            "relatedParty": [{"@type": "RelatedParty", "id": "42", "role": "employer", "@referredType": "Organization"}],
        }),
    );
}

#[test]
fn the_party_of_a_customer_is_a_reference() {
    for kind in ["customer", "partyRole"] {
        let class = resource(kind).entity.name;
        let role = |party: Value| json!({"@type": class, "name": "x", "engagedParty": party});
        short(
            kind,
            &role(
                json!({"id": "7", "href": "tollgate:individual/7", "name": "Ann", "role": "self",
                "@referredType": "Individual"}),
            ),
            &role(
                json!({"@type": "PartyRef", "id": "7", "href": "tollgate:individual/7", "name": "Ann",
                "role": "self", "@referredType": "Individual"}),
            ),
            &role(
                json!({"@type": "RelatedParty", "id": "7", "href": "tollgate:individual/7", "name": "Ann",
                "role": "self", "@referredType": "Individual"}),
            ),
        );
        // v5 need not say what it refers to.
        exact(
            kind,
            &role(json!({"@type": "RelatedParty", "id": "7", "@referredType": "Party"})),
            &role(json!({"@type": "PartyRef", "id": "7"})),
        );
        exact(
            kind,
            &role(json!({"@type": "PartyRef", "id": "7", "@referredType": "Organization"})),
            &role(
                json!({"@type": "PartyRef", "v4:@type": "PartyRef", "id": "7", "@referredType": "Organization"}),
            ),
        );
    }
}

fn account(attributes: Value) -> Value {
    let mut account = attributes;
    account["@type"] = json!("BillingAccount");
    account["billStructure"]["@type"] = json!("BillStructure");
    account
}

#[test]
fn a_bill_structure_refers_or_holds() {
    short(
        "billingAccount",
        &account(
            json!({"lastModified": "2030-01-01T00:00:00Z", "billStructure": {
                "format": {"id": "f", "isRef": true, "name": "Letter", "description": "on paper"},
                "presentationMedia": [{"name": "E-mail", "isRef": false}, {"id": "m", "name": "Post", "isRef": true}],
                "cycleSpecification": {"name": "Monthly", "frequency": "monthly", "dateShift": 5, "isRef": false},
            }}),
        ),
        &account(
            json!({"lastUpdate": "2030-01-01T00:00:00Z", "billStructure": {
                "format": {"@type": "BillFormatRef", "id": "f", "name": "Letter", "description": "on paper"},
                "presentationMedia": [{"@type": "BillPresentationMedia", "name": "E-mail"},
                    {"@type": "BillPresentationMediaRef", "id": "m", "name": "Post"}],
                "cycleSpecification": {"@type": "BillingCycleSpecification", "name": "Monthly", "frequency": "monthly",
                    "billingDateShift": 5, "v4:dateShift": true},
            }}),
        ),
        &account(
            json!({"lastModified": "2030-01-01T00:00:00Z", "billStructure": {
                "format": {"@type": "BillFormatRef", "id": "f", "isRef": true, "name": "Letter", "description": "on paper"},
                "presentationMedia": [{"@type": "BillPresentationMedia", "name": "E-mail", "isRef": false},
                    {"@type": "BillPresentationMediaRef", "id": "m", "name": "Post", "isRef": true}],
                "cycleSpecification": {"@type": "BillingCycleSpecification", "name": "Monthly", "frequency": "monthly",
                    "dateShift": 5, "isRef": false},
            }}),
        ),
    );
    // Not what it says, a value with an id, both names of the shift, and v5's own.
    exact(
        "billingAccount",
        &account(json!({"billStructure": {
            "format": {"@type": "BillFormat", "id": "f", "isRef": true},
            "cycleSpecification": {"@type": "BillingCycleSpecification", "id": "c", "isRef": false,
                "dateShift": 5, "billingDateShift": 6},
            "presentationMedia": [{"@type": "BillPresentationMediaRefOrValue", "isRef": false}],
        }})),
        &account(json!({"billStructure": {
            "format": {"@type": "BillFormat", "id": "f", "isRef": true},
            "cycleSpecification": {"@type": "BillingCycleSpecification", "id": "c",
                "dateShift": 5, "billingDateShift": 6},
            "presentationMedia": [
                {"@type": "BillPresentationMedia", "v4:@type": "BillPresentationMediaRefOrValue"}],
        }})),
    );
    exact(
        "billingAccount",
        &account(json!({"billStructure": {
            "format": {"@type": "BillFormatRef", "id": "f", "isRef": true, "v5:isRef": true},
            "cycleSpecification": {"@type": "BillingCycleSpecification", "isRef": false, "billingDateShift": 6},
            "presentationMedia": [],
        }})),
        &account(json!({"billStructure": {
            "format": {"@type": "BillFormatRef", "id": "f", "isRef": true},
            "cycleSpecification": {"@type": "BillingCycleSpecification", "billingDateShift": 6},
            "presentationMedia": [],
        }})),
    );
}

#[test]
fn contacts_of_an_account() {
    exact(
        "partyAccount",
        &json!({"@type": "PartyAccount",
            "contact": [{"@type": "Contact", "contactType": "billing",
                "relatedParty": {"@type": "RelatedParty", "id": "7", "@referredType": "Individual"},
                "contactMedium": [{"@type": "ContactMedium", "mediumType": "phone",
                    "characteristic": {"phoneNumber": "1"}}]}],
            "taxExemption": [{"@type": "AccountTaxExemption", "id": "t"}]}),
        &json!({"@type": "PartyAccount",
            "contact": [{"@type": "Contact", "contactType": "billing",
                "relatedParty": {"@type": "RelatedPartyRefOrPartyRoleRef",
                    "partyOrPartyRole": {"@type": "PartyRef", "id": "7", "@referredType": "Individual"}},
                "contactMedium": [{"@type": "PhoneContactMedium", "phoneNumber": "1"}]}],
            "taxExemption": [{"@type": "TaxExemptionCertificate", "id": "t"}]}),
    );
}

/// Whether a v4 query finds a stored document.
pub fn finds(kind: &str, query: &str, stored: &Value) -> bool {
    let resource = resource(kind);
    let request = parse_list(query, resource).expect(query);
    let stored_fits = request.filter.is_none_or(|filter| filter.matches(stored));
    let shown = down(resource, stored.clone());
    stored_fits && request.shown.is_none_or(|filter| filter.matches(&shown))
}

#[test]
fn v4_queries_find_what_is_stored() {
    let customer = json!({"@type": "Customer", "name": "Ann",
        "engagedParty": {"@type": "PartyRef", "id": "7"},
        "contactMedium": [
            {"@type": "EmailContactMedium", "emailAddress": "a@b", "contactType": "private"},
            {"@type": "GeographicAddressContactMedium", "city": "Bonn",
                "characteristic": {"@type": "Address", "floor": 2}}]});
    for (query, expected) in [
        ("engagedParty.id=7", true),
        ("engagedParty.id=8", false),
        ("engagedParty.name=7", false),
        ("contactMedium.characteristic.emailAddress=a@b", true),
        (
            "contactMedium.characteristic.emailAddress.contains=@b",
            true,
        ),
        ("contactMedium.characteristic.city=Cologne", false),
        ("contactMedium.characteristic.@type=Address", true),
        ("contactMedium.characteristic.contactType=private", true),
        ("contactMedium.characteristic.isnull=true", false),
        ("contactMedium.mediumType=email", true),
        ("contactMedium.mediumType=phone", false),
        (
            "contactMedium.mediumType=postalAddress&contactMedium.characteristic.city=Bonn",
            true,
        ),
        (
            "filter=$.contactMedium[?(@.mediumType=='email'%26%26@.characteristic.emailAddress=='a@b')]",
            true,
        ),
        (
            "filter=$.contactMedium[?(@.mediumType=='email'%26%26@.characteristic.city=='Bonn')]",
            false,
        ),
        (
            "filter=$.contactMedium[?(@.characteristic.city=='Bonn')]",
            true,
        ),
    ] {
        assert_eq!(finds("customer", query, &customer), expected, "{query}");
    }
    let structure = json!({"billStructure": {"format": {"@type": "BillFormatRef", "id": "f"}}});
    for (query, expected) in [
        ("billStructure.format.isRef=true", true),
        ("billStructure.format.isRef=false", false),
        ("billStructure.format.id=f", true),
    ] {
        assert_eq!(
            finds("billingAccount", query, &structure),
            expected,
            "{query}"
        );
    }
    // Only what the stored form cannot answer is asked of the document shown.
    let request = parse_list(
        "contactMedium.mediumType=email&name=Ann",
        resource("customer"),
    );
    let request = request.expect("a good query");
    assert!(request.filter.is_some_and(|filter| filter.mentions("name")));
    assert!(request.shown.is_some_and(|filter| !filter.mentions("name")));
}

#[test]
fn v4_filters_of_prices_look_where_v5_stores_them() {
    let stored =
        json!({"productOfferingPrice": [{"price": {"unit": "EUR", "value": 10, "taxRate": 19}}]});
    for (query, expected) in [
        ("productOfferingPrice.price.dutyFreeAmount.unit=EUR", true),
        (
            "productOfferingPrice.price.dutyFreeAmount.value.gt=10",
            false,
        ),
        ("productOfferingPrice.price.taxRate=19", true),
    ] {
        assert_eq!(
            finds("productOffering", query, &stored),
            expected,
            "{query}"
        );
    }
}
