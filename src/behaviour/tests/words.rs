//! Refusals in the words of the version that a client speaks.

use super::fixture::Catalog;
use crate::behaviour::in_words_of;
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::{Code, Problem};

#[test]
fn pointers_are_those_of_the_version() {
    let catalog = Catalog::strict();
    for (kind, stored, v4) in [
        ("category", "/parent", "/parentId"),
        ("category", "/parent/id", "/parentId"),
        ("category", "/subCategory/0", "/subCategory/0"),
        ("category", "Idempotency-Key", "Idempotency-Key"),
        ("category", "", ""),
        (
            "productSpecification",
            "/productSpecCharacteristic/0/characteristicValueSpecification/1/regex",
            "/productSpecCharacteristic/0/productSpecCharacteristicValue/1/regex",
        ),
        ("productOfferingPrice", "/policy/0", "/constraint/0"),
        ("productOffering", "/x-own/parent", "/x-own/parent"),
        (
            "individual",
            "/contactMedium/1/emailAddress",
            "/contactMedium/1/characteristic/emailAddress",
        ),
        (
            "individual",
            "/contactMedium/1/preferred",
            "/contactMedium/1/preferred",
        ),
        (
            "individual",
            "/externalReference/0/id",
            "/externalReference/0/name",
        ),
        ("customer", "/engagedParty/id", "/engagedParty/id"),
        (
            "customer",
            "/relatedParty/0/partyOrPartyRole/id",
            "/relatedParty/0/id",
        ),
        (
            "productOffering",
            "/productOfferingPrice/0/recurringChargePeriodType",
            "/productOfferingPrice/0/recurringChargePeriod",
        ),
    ] {
        let said = |version| {
            let resource = catalog.resource(kind, version);
            in_words_of(resource, Problem::at(Code::InvalidBody, stored, "is wrong"))
        };
        assert_eq!(
            said(ApiVersion::V4),
            Problem::at(Code::InvalidBody, v4, "is wrong")
        );
        assert_eq!(
            said(ApiVersion::V5),
            Problem::at(Code::InvalidBody, stored, "is wrong")
        );
    }
}

#[test]
fn values_are_those_of_the_version() {
    let catalog = Catalog::strict();
    let stored = "cannot change from 'validated' to 'born'; it can become: deceased";
    let said = |version, path: &str| {
        let resource = catalog.resource("individual", version);
        in_words_of(resource, Problem::at(Code::BadTransition, path, stored))
    };
    let v4 = said(ApiVersion::V4, "/status");
    let expected = "cannot change from 'validated' to 'born'; it can become: deceaded";
    assert_eq!(v4, Problem::at(Code::BadTransition, "/status", expected));
    for (version, path) in [(ApiVersion::V5, "/status"), (ApiVersion::V4, "/givenName")] {
        assert_eq!(
            said(version, path),
            Problem::at(Code::BadTransition, path, stored)
        );
    }
}
