//! The last steps of the demo: what was ordered and used comes to a bill, a line of it is disputed and
//! credited, and the rest is paid.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::Failure;
use super::partner::{Call, Partner, Reply, attributes, nothing};
use super::show::{note, step};

const INVENTORY: &str = "/tmf-api/productInventory/v5";
const BILLING: &str = "/tmf-api/customerBillManagement/v5";
const TICKETS: &str = "/tmf-api/troubleTicket/v5/troubleTicket";
const PAYMENTS: &str = "/tmf-api/payment/v4/payment";
const ACCOUNTS: &str = "/tmf-api/accountManagement/v5/billingAccount";
/// Time between two looks at a bill that is being made.
const LOOK: Duration = Duration::from_millis(20);
/// Looks at most: the server has some seconds.
const LOOKS: usize = 500;

/// A partner that looks after a customer's bills.
pub struct Bills<'t> {
    pub partner: &'t Partner,
}

impl Bills<'_> {
    /// All steps, for the account of a customer.
    ///
    /// # Errors
    /// Says which step gave what it should not.
    pub async fn run(&self, customer: &str) -> Result<(), Failure> {
        let account = self.account(customer).await?;
        let bill = self.bill(&account).await?;
        let line = self.lines(&bill).await?;
        self.documents(&bill).await?;
        let ticket = self.dispute(&bill, &line).await?;
        self.decide(&bill, &ticket, &line).await?;
        self.pay(&bill, &account).await
    }

    async fn account(&self, customer: &str) -> Result<String, Failure> {
        let path = format!(
            "{INVENTORY}/product?relatedParty.partyOrPartyRole.id={customer}&productOffering.id=mobile-m&status=active"
        );
        let found = self.partner.quiet(Call::get(&path)).await?;
        Ok(found.text("/0/billingAccount/id")?.to_owned())
    }

    async fn bill(&self, account: &str) -> Result<String, Failure> {
        step(
            21,
            "The account is billed",
            "A bill of what has come up to now (TMF678): products, days, usage and tax, by the same way as in a bill run.",
        );
        let path = format!("{BILLING}/customerBillOnDemand");
        let body = json!({ "@type": "CustomerBillOnDemand", "name": "For the demo",
            "billingAccount": { "@type": "BillingAccountRef", "id": account } });
        let asked = self
            .partner
            .call(Call::post(&path, body), attributes(&["state"]))
            .await?;
        let one = format!("{path}/{}", asked.text("/id")?);
        for _ in 0..LOOKS {
            let now = self.partner.quiet(Call::get(&one)).await?;
            match now.text("/state")? {
                "inProgress" => tokio::time::sleep(LOOK).await,
                "done" => {
                    let bill = now.text("/customerBill/id")?.to_owned();
                    self.show(&bill).await?;
                    return Ok(bill);
                }
                _ => return Err(Failure::new(format!("there is no bill: {}", now.body))),
            }
        }
        Err(Failure::new("the bill was not made in time"))
    }

    async fn show(&self, bill: &str) -> Result<Reply, Failure> {
        let path = format!("{BILLING}/customerBill/{bill}");
        let shown = attributes(&[
            "billNo",
            "state",
            "taxExcludedAmount",
            "taxIncludedAmount",
            "remainingAmount",
        ]);
        self.partner.call(Call::get(&path), shown).await
    }

    /// Shows what is charged, and answers the id of a line of usage.
    async fn lines(&self, bill: &str) -> Result<String, Failure> {
        step(
            22,
            "What is on it",
            "Each line says what it is for and how its amount came about.",
        );
        let path = format!("{BILLING}/appliedCustomerBillingRate?bill.id={bill}");
        let lines = self.partner.call(Call::get(&path), nothing).await?;
        let mut usage = None;
        for line in lines.items()? {
            let text = |pointer: &str| line.pointer(pointer).and_then(Value::as_str);
            let day = |name: &str| {
                let day = text(&format!("/periodCoverage/{name}"));
                day.and_then(|at| at.get(..10)).unwrap_or_default()
            };
            let said = |name: &str| {
                let list = line.get("characteristic")?.as_array()?;
                let mut named = list.iter();
                let own =
                    named.find(|own| own.get("name").and_then(Value::as_str) == Some(name))?;
                match own.get("value")? {
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                }
            };
            let amount = line.pointer("/taxExcludedAmount/value");
            let label = said("label").map(|label| format!(", {label}"));
            note(&format!(
                "{}{} from {} to {}: {} EUR ({})",
                text("/name").unwrap_or_default(),
                label.unwrap_or_default(),
                day("startDateTime"),
                day("endDateTime"),
                amount.map(Value::to_string).unwrap_or_default(),
                said("arithmetic").unwrap_or_default(),
            ));
            let costs = amount.and_then(Value::as_number).map(ToString::to_string);
            let is_nothing = costs.is_some_and(|own| own.trim_matches(['0', '.']).is_empty());
            if text("/chargeType") == Some("usageCharge") && !is_nothing {
                usage = usage.or_else(|| text("/id").map(str::to_owned));
            }
        }
        usage.ok_or_else(|| Failure::new("no usage on the bill"))
    }

    async fn documents(&self, bill: &str) -> Result<(), Failure> {
        step(
            23,
            "As people read it",
            "The bill as PDF, as a page, and as an electronic invoice (EN 16931), made from the same lines.",
        );
        let path = format!("{BILLING}/customerBill/{bill}");
        let bill = self.partner.quiet(Call::get(&path)).await?;
        let documents = bill.body.get("billDocument").and_then(Value::as_array);
        for document in documents.into_iter().flatten() {
            let text = |name: &str| document.get(name).and_then(Value::as_str);
            let path = text("url").unwrap_or_default();
            let size = self.partner.size(path).await?;
            let media = text("mimeType").unwrap_or_default();
            note(&format!(
                "{} ({media}, {size} bytes)",
                self.partner.url(path)
            ));
        }
        Ok(())
    }

    async fn dispute(&self, bill: &str, line: &str) -> Result<String, Failure> {
        step(
            24,
            "The customer disputes a line",
            "A trouble ticket (TMF621) that names a line of the bill puts the bill on hold.",
        );
        let body = json!({
            "@type": "TroubleTicket", "ticketType": "billingDispute", "severity": "minor",
            "name": "Calls that nobody made", "description": "I was not abroad.",
            "relatedEntity": [{ "@type": "RelatedEntity", "role": "disputed", "entity": {
                "@type": "EntityRef", "id": line, "@referredType": "AppliedCustomerBillingRate" } }],
        });
        let made = self
            .partner
            .call(Call::post(TICKETS, body), attributes(&["status"]))
            .await?;
        self.show(bill).await?;
        Ok(made.text("/id")?.to_owned())
    }

    async fn decide(&self, bill: &str, ticket: &str, line: &str) -> Result<(), Failure> {
        step(
            25,
            "The operator gives in",
            "A credit note points to the line that it corrects; the bill itself stays as it was sent.",
        );
        let path = format!("{TICKETS}/{ticket}");
        let body = json!({ "@type": "TroubleTicket", "status": "resolved",
            "disputeDecision": { "decision": "accepted", "line": [{ "id": line }] } });
        self.partner
            .call(Call::patch(&path, body), attributes(&["status"]))
            .await?;
        let path = format!(
            "{BILLING}/customerBill?category=creditNote&fields=billNo,taxIncludedAmount,billDocument"
        );
        let notes = self.partner.quiet(Call::get(&path)).await?;
        for credit in notes.items()? {
            let text = |pointer: &str| credit.pointer(pointer).and_then(Value::as_str);
            let amount = credit.pointer("/taxIncludedAmount/value");
            note(&format!(
                "Credit note {}: {} EUR, {}",
                text("/billNo").unwrap_or_default(),
                amount.map(Value::to_string).unwrap_or_default(),
                self.partner
                    .url(text("/billDocument/0/url").unwrap_or_default()),
            ));
        }
        self.show(bill).await.map(drop)
    }

    async fn pay(&self, bill: &str, account: &str) -> Result<(), Failure> {
        step(
            26,
            "The rest is paid",
            "A payment (TMF676) is matched to the bill in its own transaction.",
        );
        let path = format!("{BILLING}/customerBill/{bill}");
        let open = self.partner.quiet(Call::get(&path)).await?;
        let rest = open
            .body
            .get("remainingAmount")
            .cloned()
            .unwrap_or_default();
        let body = json!({
            "totalAmount": rest, "account": { "id": account },
            "paymentMethod": { "@type": "bankTransfer", "id": "transfer", "@referredType": "PaymentMethod" },
            "paymentItem": [{ "item": { "id": bill, "@referredType": "CustomerBill" }, "amount": rest }],
        });
        let shown = attributes(&["status", "totalAmount"]);
        self.partner.call(Call::post(PAYMENTS, body), shown).await?;
        let settled = self.show(bill).await?;
        if settled.text("/state")? != "settled" {
            return Err(Failure::new(format!(
                "the bill is not settled: {}",
                settled.body
            )));
        }
        let path = format!("{ACCOUNTS}/{account}?fields=accountBalance");
        self.partner
            .call(Call::get(&path), attributes(&["accountBalance"]))
            .await?;
        note("From the offer to the paid bill: the chain is whole.");
        Ok(())
    }
}
