//! Alerts: usage has reached a share of an allowance or an amount of money. Each is a resource that is
//! written in the transaction of the charge, so that who subscribes hears of it and who comes later
//! finds it.

use serde_json::{Map, Value, json};

use super::owner::Held;
use super::payer::{PRODUCT, Payer};
use super::spend::Spent;
use crate::behaviour::rating::prices::PRICE;
use crate::domain::adapt::href::reference;
use crate::domain::clock::Micros;
use crate::domain::money::Amount;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::usage_facts::NEVER;
use crate::domain::value::Period;
use crate::engine::{Caller, Core, NewResource, create_in};
use crate::rating::bucket::Bucket;
use crate::rating::period::Commitment;
use crate::rating::threshold::Notice;
use crate::store::Tx;
use crate::store::usage::KIND as USAGE;

/// The kind of alerts.
const KIND: &str = "usageAlert";
/// The kind of TMF654 buckets.
const BUCKET: &str = "bucket";
const USAGE_DATE: &str = "usageDate";

/// The usage that raised an alert.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'u> {
    pub id: &'u str,
    /// When it began; [`NEVER`] where it does not say so.
    pub start_at: i64,
}

/// An alert that lacks only the usage that raised it: a new one has no id before it is written.
#[derive(Clone, Debug)]
pub struct Alert {
    tenant: i64,
    doc: Map<String, Value>,
}

impl Alert {
    /// A share of a bucket that was reached. `owner` is the name under which its state is stored.
    pub fn share(payer: &Payer, owner: &str, bucket: &Bucket, held: &Held, share: u8) -> Self {
        let allowance = &bucket.allowance;
        let version = allowance.version.as_deref();
        let mut alert = Alert::new("share", payer, owner);
        alert.about(&allowance.price, version, held.valid());
        let quantity =
            |amount: u64| json!({ "amount": amount, "units": bucket.allowance.unit.name() });
        let bucket_ref = reference("BucketRef", BUCKET, "Bucket", &bucket.id);
        alert.set("share", Value::from(share));
        alert.set("bucket", bucket_ref);
        alert.set("granted", quantity(bucket.granted));
        alert.set("used", quantity(held.used));
        alert
    }

    /// An amount that a period has come to.
    pub fn spend(
        payer: &Payer,
        owner: &str,
        commitment: &Commitment,
        sum: &Spent,
        notice: &Notice,
    ) -> Self {
        let mut alert = Alert::new("spend", payer, owner);
        let version = commitment.version.as_deref();
        alert.about(&commitment.price, version, sum.period());
        let money = |amount: Amount| amount.in_currency(commitment.currency).to_json();
        if let Some(share) = notice.share {
            alert.set("share", Value::from(share));
        }
        alert.set("threshold", money(notice.amount));
        alert.set("spent", money(sum.amount()));
        alert.set("taxMode", Value::from(commitment.tax.mode.name()));
        alert
    }

    fn new(what: &str, payer: &Payer, owner: &str) -> Self {
        let mut alert = Alert {
            tenant: payer.tenant,
            doc: Map::new(),
        };
        alert.set("@type", Value::from("UsageAlert"));
        alert.set("alertType", Value::from(what));
        // Their places; what stands there comes with the usage.
        alert.set(USAGE, Value::Null);
        alert.set(USAGE_DATE, Value::Null);
        let product = reference("ProductRef", PRODUCT, "Product", &payer.id);
        alert.set("product", product);
        if let Some(account) = payer.owners.account.strip_prefix("a:") {
            // Accounts may be kept elsewhere.
            let account = json!({ "@type": "BillingAccountRef", "id": account });
            alert.set("billingAccount", account);
        }
        match owner.split_once(':') {
            Some(("a", _)) => alert.set("scope", Value::from("account")),
            Some(("g", group)) => {
                alert.set("scope", Value::from("group"));
                alert.set("sharingGroup", Value::from(group));
            }
            _ => alert.set("scope", Value::from("product")),
        }
        alert
    }

    /// The price that says the threshold, and the period that is looked at.
    fn about(&mut self, price: &str, version: Option<&str>, period: Period) {
        let class = "ProductOfferingPriceRef";
        let mut price = reference(class, PRICE, "ProductOfferingPrice", price);
        if let (Some(version), Some(price)) = (version, price.as_object_mut()) {
            price.insert("version".to_owned(), Value::from(version));
        }
        self.set("productOfferingPrice", price);
        let mut ends = Map::new();
        for (name, end) in [("startDateTime", period.start), ("endDateTime", period.end)] {
            if let Some(end) = end {
                ends.insert(name.to_owned(), Value::from(end.to_rfc3339()));
            }
        }
        self.set("period", Value::Object(ends));
    }

    fn set(&mut self, name: &str, value: Value) {
        self.doc.insert(name.to_owned(), value);
    }

    /// Writes it, and tells subscribers.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn raise(
        mut self,
        core: &Core,
        tx: &mut Tx<'_>,
        cause: Cause<'_>,
        (principal, now): (&str, Micros),
    ) -> Outcome<()> {
        let resource = core
            .registry
            .canonical(KIND)
            .ok_or_else(|| Problem::internal("there are no usage alerts"))?;
        self.set(USAGE, reference("UsageRef", USAGE, "Usage", cause.id));
        match cause.start_at {
            NEVER => drop(self.doc.shift_remove(USAGE_DATE)),
            start => self.set(USAGE_DATE, Value::from(Micros(start).to_rfc3339())),
        }
        let caller = Caller {
            tenant: self.tenant,
            principal: principal.to_owned(),
        };
        let new = NewResource {
            id: None,
            doc: Value::Object(self.doc),
        };
        create_in(core, tx, &caller, resource, &new, now).map(drop)
    }
}
