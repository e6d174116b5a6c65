//! Questions about made-up customers, which can be made up here again.

use std::sync::Arc;

use serde_json::Value;

use super::super::Failure;
use super::args::Customers;
use super::drive::{Make, Measured, Work, drive};
use super::random::Random;
use super::request;
use super::target::Target;
use crate::sample::subscribers::customer;

/// Different questions of one run.
const QUESTIONS: u64 = 5_000;

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
