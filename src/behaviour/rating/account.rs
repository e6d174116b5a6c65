//! What the account of a product brings to what usage costs (TMF666): its currency, where it is taxed, and
//! from which taxes it is free.
//!
//! Where an account has no certificate, those of the party that holds it count (TMF632): of the individual
//! or organization that it names as its holder, or that its customer (TMF629) is.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::behaviour::account::holders;
use crate::behaviour::stored::attributes;
use crate::domain::billing_cycle::Schedule;
use crate::domain::money::Currency;
use crate::domain::problem::Outcome;
use crate::domain::value::Period;
use crate::rating::product::Exemption;
use crate::store::{Session, Stamp};

const ACCOUNT: &str = "billingAccount";
const CUSTOMER: &str = "customer";
const INDIVIDUAL: &str = "individual";
const ORGANIZATION: &str = "organization";
/// What matters of an account.
const OF_ACCOUNT: [&str; 6] = [
    "billStructure",
    "currency",
    "creditLimit",
    "taxPlace",
    "taxExemption",
    "relatedParty",
];
/// Where an account names its billing cycle.
const CYCLE_OF: &str = "/billStructure/cycleSpecification/id";
const CYCLE: &str = "billingCycleSpecification";
/// What matters of a cycle.
const OF_CYCLE: [&str; 8] = [
    "frequency",
    "billingPeriod",
    "billingDateShift",
    "chargeDateOffset",
    "creditDateOffset",
    "mailingDateOffset",
    "paymentDueDateOffset",
    "timeZone",
];
const PARTY: &str = "engagedParty";
const CERTIFICATES: &str = "taxExemptionCertificate";

/// The account that pays for a product, as far as it matters to prices.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// None where there is no account.
    pub currency: Option<&'static Currency>,
    /// Country or region whose taxes apply.
    pub place: Option<Box<str>>,
    pub exemptions: Box<[Exemption]>,
    /// When it is billed; none where that is left to the server.
    pub schedule: Option<Schedule>,
    /// The rows that say so. As long as they have these revisions, it is so.
    pub rows: Vec<Stamp>,
    /// Something that it, or the product, refers to is not there. No row tells when that comes.
    pub is_dangling: bool,
}

/// Accounts of products.
pub struct Accounts(HashMap<String, Account>);

impl Accounts {
    /// Reads the accounts that products name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of_all<'d>(
        session: &mut dyn Session,
        tenant: i64,
        products: impl Iterator<Item = &'d Value>,
    ) -> Outcome<Self> {
        Self::of_ids(session, tenant, products.filter_map(named))
    }

    /// Reads accounts by their ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of_ids<'i>(
        session: &mut dyn Session,
        tenant: i64,
        ids: impl Iterator<Item = &'i str>,
    ) -> Outcome<Self> {
        let named: HashSet<&str> = ids.collect();
        let found = rows(session, tenant, ACCOUNT, named, &OF_ACCOUNT)?;
        let mut accounts = HashMap::with_capacity(found.len());
        let mut held: HashMap<String, Holder> = HashMap::new();
        let mut cycles: HashMap<String, String> = HashMap::new();
        for (id, (stamp, doc)) in found {
            let account = account(stamp, &doc);
            if account.exemptions.is_empty()
                && let Some(holder) = holders(&doc).find_map(Holder::of)
            {
                held.insert(id.clone(), holder);
            }
            if let Some(cycle) = doc.pointer(CYCLE_OF).and_then(Value::as_str) {
                cycles.insert(id.clone(), cycle.to_owned());
            }
            accounts.insert(id, account);
        }
        let ids = cycles.values().map(String::as_str).collect();
        let found = rows(session, tenant, CYCLE, ids, &OF_CYCLE)?;
        for (id, cycle) in &cycles {
            if let (Some(account), Some((stamp, doc))) = (accounts.get_mut(id), found.get(cycle)) {
                account.rows.push(*stamp);
                account.schedule = Schedule::read(doc);
            }
        }
        // Customers lead to parties, so they come first.
        for kind in [CUSTOMER, INDIVIDUAL, ORGANIZATION] {
            let (own, others): (HashMap<_, _>, HashMap<_, _>) = held
                .into_iter()
                .partition(|(_, holder)| holder.kind == kind);
            held = others;
            let ids = own.values().map(|holder| holder.id.as_str()).collect();
            let found = rows(session, tenant, kind, ids, &[PARTY, CERTIFICATES])?;
            for (id, holder) in own {
                let Some(account) = accounts.get_mut(&id) else {
                    continue;
                };
                let Some((stamp, doc)) = found.get(&holder.id) else {
                    account.is_dangling = true;
                    continue;
                };
                account.rows.push(*stamp);
                account.exemptions = exemptions(doc, CERTIFICATES);
                if let Some(party) = doc.get(PARTY).and_then(Holder::of) {
                    held.insert(id, party);
                }
            }
        }
        Ok(Accounts(accounts))
    }

    /// An account; one that says nothing where it is not there.
    pub fn get(&self, id: &str) -> Account {
        self.0.get(id).cloned().unwrap_or_default()
    }

    /// The account of a product; one that says nothing where it has none.
    pub fn of(&self, product: &Value) -> Account {
        let Some(id) = named(product) else {
            return Account::default();
        };
        self.0.get(id).cloned().unwrap_or_else(|| Account {
            is_dangling: true,
            ..Account::default()
        })
    }
}

/// Id of the account that a product names, unless it is kept elsewhere.
fn named(product: &Value) -> Option<&str> {
    let reference = product.get("billingAccount")?;
    let class = reference.get("@referredType").and_then(Value::as_str);
    if class.is_some_and(|class| class != "BillingAccount") {
        return None;
    }
    reference.get("id")?.as_str()
}

/// Who holds an account.
struct Holder {
    kind: &'static str,
    id: String,
}

impl Holder {
    /// Who a reference means; none for what has no certificates.
    fn of(reference: &Value) -> Option<Self> {
        let kind = match reference.get("@referredType")?.as_str()? {
            "Customer" => CUSTOMER,
            "Individual" => INDIVIDUAL,
            "Organization" => ORGANIZATION,
            _ => return None,
        };
        let id = reference.get("id")?.as_str()?.to_owned();
        Some(Holder { kind, id })
    }
}

/// Some attributes of the resources of a kind, by id.
fn rows(
    session: &mut dyn Session,
    tenant: i64,
    kind: &str,
    ids: HashSet<&str>,
    names: &[&str],
) -> Outcome<HashMap<String, (Stamp, Value)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    let rows = session.versions_of(tenant, kind, &ids)?.into_iter();
    let rows = rows.filter(|row| row.current).map(|row| {
        let stamp = Stamp {
            seq: row.seq,
            revision: row.revision,
        };
        let doc = attributes(&row, names)?;
        Ok((row.id, (stamp, doc)))
    });
    rows.collect()
}

fn account(stamp: Stamp, doc: &Value) -> Account {
    let text = |pointer: &str| doc.pointer(pointer).and_then(Value::as_str);
    let currency = text("/currency").or_else(|| text("/creditLimit/unit"));
    let place = text("/taxPlace").or_else(|| text("/taxPlace/id"));
    Account {
        currency: currency.and_then(Currency::of),
        place: place.map(Box::from),
        exemptions: exemptions(doc, "taxExemption"),
        schedule: None,
        rows: vec![stamp],
        is_dangling: false,
    }
}

fn exemptions(doc: &Value, name: &str) -> Box<[Exemption]> {
    list(doc, name).map(exemption).collect()
}

/// A certificate that says which taxes it is about frees from those alone.
fn exemption(certificate: &Value) -> Exemption {
    let valid = certificate.get("validFor").and_then(Value::as_object);
    let mut taxes = list(certificate, "taxDefinition").peekable();
    let is_of_some = taxes.peek().is_some();
    let names = taxes.flat_map(|tax| {
        let names = ["taxType", "name", "id"].into_iter();
        names.filter_map(|name| tax.get(name)?.as_str().map(Box::from))
    });
    Exemption {
        valid: valid.map_or(Period::ALWAYS, Period::of),
        categories: is_of_some.then(|| names.collect()),
    }
}

fn list<'d>(doc: &'d Value, name: &str) -> impl Iterator<Item = &'d Value> + use<'d> {
    let list = doc.get(name).and_then(Value::as_array);
    list.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{account, named};
    use crate::store::Stamp;

    const STAMP: Stamp = Stamp {
        seq: 1,
        revision: 1,
    };

    #[test]
    fn a_certificate_may_be_about_some_taxes() {
        let own = account(
            STAMP,
            &json!({
                "creditLimit": { "unit": "CHF", "value": 10 },
                "taxPlace": { "id": "zone-7", "@referredType": "GeographicSite" },
                "taxExemption": [
                    { "validFor": { "startDateTime": "2026-01-01T00:00:00Z" } },
                    { "taxDefinition": [{ "id": "17", "taxType": "VAT" }, { "name": "excise" }] },
                    { "taxDefinition": [{}] }],
            }),
        );
        assert_eq!(own.currency.map(|own| own.code), Some("CHF"));
        assert_eq!(own.place.as_deref(), Some("zone-7"));
        let categories: Vec<Option<Vec<&str>>> = own
            .exemptions
            .iter()
            .map(|own| Some(own.categories.as_ref()?.iter().map(|own| &**own).collect()))
            .collect();
        let some = Some(vec!["VAT", "17", "excise"]);
        assert_eq!(categories, [None, some, Some(Vec::new())]);
        assert!(own.exemptions[0].valid.start.is_some());
    }

    #[test]
    fn an_account_elsewhere_says_nothing() {
        let product =
            |class: &str| json!({ "billingAccount": { "id": "a", "@referredType": class } });
        assert_eq!(named(&product("BillingAccount")), Some("a"));
        assert_eq!(named(&product("Elsewhere")), None);
        assert_eq!(
            named(&json!({ "billingAccount": { "id": "a" } })),
            Some("a")
        );
    }
}
