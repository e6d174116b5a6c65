//! Questions about made-up customers, which can be made up here again, and more of them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::Failure;
use super::args::{Customers, Post, Posted};
use super::client::{Client, wait};
use super::document::MARK;
use super::drive::{Make, Measured, Work, drive};
use super::random::Random;
use super::request::{self, JSON, Template};
use super::scenario::post_all;
use super::target::Target;
use crate::domain::descriptor::ApiVersion;
use crate::sample::subscribers::customer;

/// Different questions of one run.
const QUESTIONS: u64 = 5_000;
/// Different customers or accounts that are posted in turns, each of somebody else.
const VARIANTS: u64 = 100;

/// One question after the other, each connection from another place on.
struct Questions {
    requests: Arc<Vec<Vec<u8>>>,
    random: Random,
}

impl Work for Questions {
    fn next(&mut self, out: &mut Vec<u8>) {
        let at = self.random.below(self.requests.len());
        if let Some(request) = self.requests.get(at) {
            out.extend_from_slice(request);
        }
    }
}

/// `load search`: whole names, beginnings of names, telephone numbers, MSISDNs and mail addresses.
///
/// # Errors
/// As [`drive`].
pub fn search(target: &Target, args: &Customers) -> Result<Measured, Failure> {
    run(target, args, |number| {
        let line = customer(number, args.seed);
        let text = |pointer: &str| {
            let found = line.pointer(pointer).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        let name = text("/customer/name");
        let asked = match number % 5 {
            0 => name,
            // The beginning of each word, as somebody types.
            1 => {
                let words = name.split(' ').map(|word| word.chars().take(3).collect());
                words.collect::<Vec<String>>().join(" ")
            }
            2 => text("/party/contactMedium/1/phoneNumber"),
            3 => text("/customer/characteristic/0/value"),
            _ => text("/party/contactMedium/0/emailAddress"),
        };
        let asked = asked.replace('+', "%2B").replace(' ', "+");
        let query = format!("q={}&limit=20", request::query(&asked));
        format!("/tollgate/v1/customer/search?{query}")
    })
}

/// `load overview`
///
/// # Errors
/// As [`drive`].
pub fn overview(target: &Target, args: &Customers) -> Result<Measured, Failure> {
    run(target, args, |number| {
        let id = format!("cust-s{}-{number}", args.seed);
        format!("/tollgate/v1/customer/{id}/overview")
    })
}

/// `load post` of customers or accounts. Those to whom they belong are made before.
///
/// # Errors
/// When these cannot be made.
pub fn post(args: &Post) -> Result<Measured, Failure> {
    let of = |api| Target::of_api(&args.server, api);
    let (parties, customers, accounts) = (of("TMF632")?, of("TMF629")?, of("TMF666")?);
    if customers.version != ApiVersion::V5 {
        return Err(Failure::new("customers and accounts are posted in v5"));
    }
    let (target, collection) = match args.resource {
        Posted::Account => (&accounts, "billingAccount"),
        _ => (&customers, "customer"),
    };
    let bodies: Vec<Value> = wait(async {
        let mut bodies = Vec::new();
        for number in 0..VARIANTS {
            bodies.push(posted(&parties, &customers, args.resource, number).await?);
        }
        Ok(bodies)
    })?;
    let path = target.collection(collection);
    let templates = bodies.iter().map(|body| {
        let body = body.to_string();
        let request = request::with_body(target, "POST", &path, JSON, body.as_bytes());
        Template::new(request, MARK)
    });
    post_all(target, &args.effort, templates.collect())
}

/// A customer of a new party, or an account of a new customer. Its name ends in [`MARK`].
async fn posted(
    parties: &Target,
    customers: &Target,
    what: Posted,
    number: u64,
) -> Result<Value, Failure> {
    let mut line = customer(number, 1);
    let mut part = |name: &str| {
        let mut part = line.get_mut(name).map(Value::take).unwrap_or_default();
        if let Some(part) = part.as_object_mut() {
            part.shift_remove("id");
        }
        part
    };
    let (party, mut customer, mut account) = (part("party"), part("customer"), part("account"));
    let is_company = party.get("isLegalEntity").is_some();
    let (class, collection) = match is_company {
        true => ("Organization", "organization"),
        false => ("Individual", "individual"),
    };
    let id = Client::new(parties)
        .post(collection, &party.to_string())
        .await?;
    let engaged = json!({"@type": "PartyRef", "id": id, "@referredType": class});
    add(&mut customer, "engagedParty", engaged);
    if what != Posted::Account {
        return Ok(marked(customer));
    }
    let id = Client::new(customers)
        .post("customer", &customer.to_string())
        .await?;
    let holder = json!([{
        "@type": "RelatedPartyRefOrPartyRoleRef",
        "role": "customer",
        "partyOrPartyRole": {"@type": "PartyRoleRef", "id": id, "@referredType": "Customer"},
    }]);
    add(&mut account, "relatedParty", holder);
    Ok(marked(account))
}

fn add(document: &mut Value, name: &str, value: Value) {
    if let Some(document) = document.as_object_mut() {
        document.insert(name.to_owned(), value);
    }
}

fn marked(mut document: Value) -> Value {
    let name = document.get("name").and_then(Value::as_str);
    let name = format!("{} {MARK}", name.unwrap_or_default());
    add(&mut document, "name", Value::from(name));
    document
}

fn run(
    target: &Target,
    args: &Customers,
    path: impl Fn(u64) -> String,
) -> Result<Measured, Failure> {
    // All over the customers, whatever their number.
    let step = (args.customers / QUESTIONS).max(1);
    let numbers = (0..QUESTIONS).map(|n| (n * step + n % step.min(7)) % args.customers);
    let requests = numbers.map(|number| request::get(target, &path(number)));
    let requests = Arc::new(requests.collect::<Vec<_>>());
    let make: Make = Arc::new(move |number| {
        Box::new(Questions {
            requests: Arc::clone(&requests),
            random: Random::new(u64::from(number)),
        })
    });
    drive(target, &args.effort, &make)
}
