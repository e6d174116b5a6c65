//! A bill to begin with: a line of the sample operator, billed for the month before. Conformance kits read bills
//! that are there already, and nobody but the server makes them.

use serde_json::{Value, json};

use super::super::Failure;
use super::run::{ask, count};
use crate::behaviour::document;
use crate::engine::Caller;
use crate::server::Parts;
use crate::store::IdKey;

const ACCOUNT: &str = "sample-account";
const PRODUCT: &str = "sample-line";

/// Makes the account, its line and their bill, unless they are there. Answers how many bills were made.
///
/// # Errors
/// When something cannot be made.
pub async fn make(parts: &Parts) -> Result<u64, Failure> {
    let month = parts.invoicing.month_due(parts.engine.core.clock.now());
    let month = month.ok_or_else(|| Failure::new("the clock is beyond the calendar"))?;
    let account = json!({ "@type": "BillingAccount", "name": "Robin Reed", "state": "Active", "relatedParty": [] });
    let line = json!({
        "@type": "Product", "name": "Mobile M", "status": "active", "startDate": month.from.to_rfc3339(),
        "productOffering": { "@type": "ProductOfferingRef", "id": "mobile-m", "@referredType": "ProductOffering" },
        "billingAccount": { "@type": "BillingAccountRef", "id": ACCOUNT, "@referredType": "BillingAccount" },
        "productPrice": [{
            "@type": "ProductPrice", "name": "Mobile M, per month", "priceType": "recurring",
            "recurringChargePeriod": "month",
            "productOfferingPrice": { "@type": "ProductOfferingPriceRef", "id": "mobile-m-monthly",
                "@referredType": "ProductOfferingPrice" },
            "price": { "@type": "Price", "taxRate": 20,
                "dutyFreeAmount": { "unit": "EUR", "value": 24.9 } },
        }],
    });
    if there(parts, "billingAccount", ACCOUNT).await? {
        return Ok(0);
    }
    create(parts, "billingAccount", ACCOUNT, account).await?;
    create(parts, "product", PRODUCT, line).await?;
    let run = json!({ "@type": "BillRun", "name": "Sample", "billingAccount": [
        { "@type": "BillingAccountRef", "id": ACCOUNT, "@referredType": "BillingAccount" }] });
    let id = ask(parts, &run).await?;
    parts.worker.drain().await?;
    let key = IdKey::new(
        Caller::local().tenant,
        crate::behaviour::billing::BILL_RUN,
        &id,
    );
    let rows = parts.engine.store.point(move |s| s.versions(&key)).await?;
    let row = rows
        .first()
        .ok_or_else(|| Failure::new("the run is gone"))?;
    Ok(count(&document(row)?, "billCount"))
}

async fn there(parts: &Parts, kind: &str, id: &str) -> Result<bool, Failure> {
    let key = IdKey::new(Caller::local().tenant, kind, id);
    let rows = parts.engine.store.point(move |s| s.versions(&key)).await?;
    Ok(!rows.is_empty())
}

async fn create(parts: &Parts, kind: &str, id: &str, mut body: Value) -> Result<(), Failure> {
    let engine = &parts.engine;
    let resource = engine.core.registry.canonical(kind);
    let resource = resource.ok_or_else(|| Failure::new("a kind that there is not"))?;
    if let Some(body) = body.as_object_mut() {
        body.insert("id".to_owned(), json!(id));
    }
    engine.create(resource, body, Caller::local(), None).await?;
    Ok(())
}
