//! Lines of an import of customers: `{"party": {...}, "customer": {...}, "account": {...}}`, each part
//! a document of TMF632, TMF629 and TMF666 in v5.
//!
//! What ties the parts together is filled in: the customer's engaged party, and the holder of the
//! accounts (one, or an array of them; all kinds of accounts). Customer and account take the name of
//! the party where they have none. A part without an `id` gets one that follows from the line, so
//! that the same line means the same resources whenever and however often it is imported.

use std::cell::LazyCell;

use serde_json::{Value, json};

use super::record::{Object, Part, Shape, accept, name_of};
use crate::behaviour::account;
use crate::domain::descriptor::{ApiVersion, Resource};
use crate::domain::ids;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Core;

/// Reads lines of customers.
pub struct OfCustomers<'a> {
    core: &'a Core,
    individual: &'static Resource,
    organization: &'static Resource,
    customer: &'static Resource,
    /// Kinds of accounts; the first is what an account without `@type` is.
    accounts: Vec<&'static Resource>,
}

impl<'a> OfCustomers<'a> {
    /// # Errors
    /// A fault of ours when the tables lack a kind.
    pub fn new(core: &'a Core) -> Outcome<Self> {
        let kind = |kind: &str| {
            core.registry
                .in_version(kind, ApiVersion::V5)
                .ok_or_else(|| Problem::internal(format!("no v5 form of {kind}")))
        };
        Ok(OfCustomers {
            core,
            individual: kind("individual")?,
            organization: kind("organization")?,
            customer: kind("customer")?,
            accounts: account::KINDS
                .into_iter()
                .map(kind)
                .collect::<Outcome<_>>()?,
        })
    }

    fn read(&self, mut line: Object, bytes: &[u8]) -> Outcome<Vec<Part>> {
        let derived = LazyCell::new(|| ids::digest(bytes.trim_ascii()));
        let mut party = part(&mut line, "party")?;
        let mut customer = part(&mut line, "customer")?;
        let accounts = accounts(&mut line)?;
        if let Some(name) = line.keys().next() {
            let message = "is no part of a line: party, customer, account";
            return Err(Problem::at(Code::InvalidBody, format!("/{name}"), message));
        }
        let party_resource = self.party_of(&party)?;
        let accounts = accounts
            .into_iter()
            .enumerate()
            .map(|(at, account)| self.identified(at, account, &derived))
            .collect::<Outcome<Vec<_>>>()?;
        let party_id = id_or(&mut party, || derived.clone(), "p");
        let party = accept(self.core, party_resource, party).map_err(|p| p.below("/party"))?;
        let head = party.new.head(party.resource);
        let name = head.and_then(|head| head.label).unwrap_or_default();
        let customer_id = id_or(&mut customer, || derived.clone(), "c");
        self.tie_customer(&mut customer, party_resource, &party_id, &name);
        list_accounts(&mut customer, &accounts, &name);
        let mut parts = vec![
            party,
            accept(self.core, self.customer, customer).map_err(|p| p.below("/customer"))?,
        ];
        for (at, (resource, mut account)) in accounts.into_iter().enumerate() {
            tie_account(&mut account, resource, &customer_id, &name);
            let part = accept(self.core, resource, account);
            parts.push(part.map_err(|p| p.below(&format!("/account/{at}")))?);
        }
        Ok(parts)
    }

    fn party_of(&self, party: &Object) -> Outcome<&'static Resource> {
        match party.get("@type").and_then(Value::as_str) {
            Some("Individual") => Ok(self.individual),
            Some("Organization") => Ok(self.organization),
            _ => Err(Problem::at(
                Code::InvalidBody,
                "/party/@type",
                "must be Individual or Organization",
            )),
        }
    }

    fn account_of(&self, account: &Object) -> Outcome<&'static Resource> {
        let class = account.get("@type").and_then(Value::as_str);
        let found = match class {
            None => self.accounts.first(),
            Some(class) => self.accounts.iter().find(|r| r.entity.name == class),
        };
        found
            .copied()
            .ok_or_else(|| Problem::at(Code::InvalidBody, "/@type", "must name a kind of account"))
    }

    /// An account with its kind and its id.
    fn identified(
        &self,
        at: usize,
        mut account: Object,
        derived: &LazyCell<String, impl FnOnce() -> String>,
    ) -> Outcome<(&'static Resource, Object)> {
        let place = format!("/account/{at}");
        let resource = self.account_of(&account).map_err(|p| p.below(&place))?;
        let suffix = if at == 0 {
            "a".to_owned()
        } else {
            format!("a{at}")
        };
        id_or(&mut account, || (**derived).clone(), &suffix);
        Ok((resource, account))
    }

    fn tie_customer(&self, customer: &mut Object, party: &Resource, party_id: &str, name: &str) {
        default(customer, "@type", self.customer.entity.name);
        default(customer, "name", name);
        customer.insert(
            "engagedParty".to_owned(),
            json!({
                "@type": "PartyRef",
                "id": party_id,
                "name": name,
                "@referredType": party.entity.name,
            }),
        );
    }
}

impl Shape for OfCustomers<'_> {
    fn is_alone(&self) -> bool {
        let own = [self.individual, self.organization, self.customer];
        let kinds = own.iter().chain(&self.accounts);
        !kinds.into_iter().any(|resource| resource.versioned)
    }

    fn parts(&self, object: Object, bytes: &[u8]) -> (String, Outcome<Vec<Part>>) {
        let what = object
            .get("customer")
            .and_then(Value::as_object)
            .map_or_else(String::new, |customer| name_of(self.customer, customer));
        (what, self.read(object, bytes))
    }
}

fn part(line: &mut Object, name: &str) -> Outcome<Object> {
    match line.shift_remove(name) {
        Some(Value::Object(part)) => Ok(part),
        Some(_) => Err(not_an_object(format!("/{name}"))),
        None => Err(Problem::at(
            Code::InvalidBody,
            format!("/{name}"),
            "is required",
        )),
    }
}

fn accounts(line: &mut Object) -> Outcome<Vec<Object>> {
    let found = match line.shift_remove("account") {
        None => Vec::new(),
        Some(Value::Array(accounts)) => accounts,
        Some(account) => vec![account],
    };
    let objects = found.into_iter().enumerate();
    objects
        .map(|(at, account)| match account {
            Value::Object(account) => Ok(account),
            _ => Err(not_an_object(format!("/account/{at}"))),
        })
        .collect()
}

fn not_an_object(place: String) -> Problem {
    Problem::at(Code::InvalidBody, place, "must be an object")
}

/// The id of a part, which it gets when it has none.
fn id_or(part: &mut Object, derived: impl FnOnce() -> String, suffix: &str) -> String {
    if let Some(id) = part.get("id").and_then(Value::as_str) {
        return id.to_owned();
    }
    let id = format!("{}-{suffix}", derived());
    part.insert("id".to_owned(), Value::from(id.clone()));
    id
}

fn default(part: &mut Object, name: &str, value: &str) {
    if !part.contains_key(name) {
        part.insert(name.to_owned(), Value::from(value));
    }
}

/// A customer that names no account has those of the line, the first of which is its default.
fn list_accounts(customer: &mut Object, accounts: &[(&'static Resource, Object)], name: &str) {
    if customer.contains_key("account") || accounts.is_empty() {
        return;
    }
    let references = accounts.iter().map(|(resource, account)| {
        let own = account.get("name").and_then(Value::as_str);
        json!({
            "@type": "AccountRef",
            "id": account.get("id"),
            "name": own.unwrap_or(name),
            "@referredType": resource.entity.name,
        })
    });
    customer.insert("account".to_owned(), references.collect());
}

fn tie_account(account: &mut Object, resource: &Resource, customer: &str, name: &str) {
    default(account, "@type", resource.entity.name);
    default(account, "name", name);
    let holder = json!({
        "@type": "RelatedPartyRefOrPartyRoleRef",
        "role": "customer",
        "partyOrPartyRole": {
            "@type": "PartyRoleRef",
            "id": customer,
            "name": name,
            "@referredType": "Customer",
        },
    });
    match account.get_mut("relatedParty") {
        Some(Value::Array(parties)) => parties.push(holder),
        _ => {
            account.insert("relatedParty".to_owned(), Value::Array(vec![holder]));
        }
    }
}
