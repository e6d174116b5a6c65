//! Makes credit notes: bills of the category `creditNote`, whose charges take something off the charges of a
//! bill that was sent. The bill itself stays as it is.

use serde_json::{Map, Value, json};

use super::bill::{Bill, Payer};
use super::ledger::{Ledger, promised};
use super::lines::{self, Charge, Sheet};
use super::{BILL, CREDIT_NOTE, id_in, money_json, negative, refused, server};
use crate::behaviour::billing::{documents, keep_documents};
use crate::behaviour::stored::attributes;
use crate::billing::receivable::allocation::{Incoming, Named};
use crate::billing::receivable::credit_note::{Asked, CreditNote, Line, Portion, credit};
use crate::billing::receivable::standing::Standing;
use crate::domain::clock::Micros;
use crate::domain::ids;
use crate::domain::money::{Amount, number_of};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::{Core, NewResource, create_in};
use crate::store::{Condition, IdKey, Match, Plan, Tx};

/// Attribute of ours: the bill that a credit note corrects.
pub const CORRECTED: &str = "correctedBill";
/// The numbers of credit notes follow each other, apart from those of bills.
const NUMBERS: &str = "creditNote";
const BILLED_TO: &str = "billingAccount.id";

/// What is to be credited of a bill, and where that was said.
pub struct Order<'o> {
    pub bill: &'o Bill,
    pub asked: Vec<Asked>,
    /// Pointer of what was asked for, for refusals.
    pub at: &'o str,
    pub tenant: i64,
    pub now: Micros,
}

/// Makes a credit note and puts it to use: it pays the bill that it corrects, then others, and stays on
/// account where there is nothing to pay. Answers its id; the ledger is the caller's to write.
///
/// # Errors
/// `Conflict` when more is asked for than is left of a line, or nothing is left at all.
pub fn make(
    core: &Core,
    tx: &mut Tx<'_>,
    ledger: &mut Ledger<'_>,
    order: &Order<'_>,
) -> Outcome<String> {
    let bill = order.bill;
    let charges = lines::charges(tx, order.tenant, std::slice::from_ref(&bill.id))?;
    let left = left(tx, order, &charges)?;
    let asked = match order.asked.is_empty() {
        true => all(&charges),
        false => order.asked.clone(),
    };
    let note = credit(bill.currency, &left, &asked).map_err(|why| refused(&why, order.at))?;
    if note.gross <= Amount::ZERO {
        let message = "nothing of it is left to be credited";
        return Err(Problem::at(Code::Conflict, order.at, message));
    }
    let id = ids::new_id();
    tx.promise(IdKey::new(order.tenant, BILL, &id), promised(BILL, &id));
    let incoming = Incoming {
        id: id.clone(),
        currency: bill.currency,
        amount: note.gross,
        named: vec![Named {
            bill: bill.id.clone(),
            amount: None,
        }],
    };
    let matched = ledger.receive(Payer::CreditNote, &incoming)?;
    let number = number(tx, order.tenant)?;
    let doc = document(order, &note, &id, number, matched.left);
    let resource = core.registry.canonical(BILL);
    let resource = resource.ok_or_else(|| Problem::internal("no form of bills"))?;
    let new = NewResource {
        id: Some(id.clone()),
        doc,
    };
    create_in(core, tx, &server(order.tenant), resource, &new, order.now)?;
    let sheet = Sheet {
        tenant: order.tenant,
        account: &bill.account,
        bill: &id,
        now: order.now,
    };
    lines::add(tx, &sheet, credits(&charges, &note, order)?)?;
    keep_documents(tx, &server(order.tenant), &[&id], order.now);
    Ok(id)
}

/// All lines.
fn all(charges: &[Charge]) -> Vec<Asked> {
    let all = charges.iter().map(|charge| Asked {
        line: charge.id.clone(),
        portion: Portion::Rest,
    });
    all.collect()
}

/// What is left of the lines of a bill, behind all its credit notes.
fn left(tx: &mut Tx<'_>, order: &Order<'_>, charges: &[Charge]) -> Outcome<Vec<Line>> {
    let mut left: Vec<Line> = charges.iter().map(lines::line).collect();
    let notes = notes_of(tx, order)?;
    for credited in lines::charges(tx, order.tenant, &notes)? {
        let original = lines::corrected(&credited);
        let line = left
            .iter_mut()
            .find(|line| Some(line.id.as_str()) == original);
        let Some(line) = line else { continue };
        let mut part = lines::line(&credited);
        part.net = negative(part.net);
        part.taxes
            .iter_mut()
            .for_each(|tax| tax.amount = negative(tax.amount));
        *line = line.less(&part).map_err(|why| {
            Problem::internal(format!("more was credited than was billed: {why}"))
        })?;
    }
    Ok(left)
}

/// The credit notes of a bill: of the account's, those that name it.
fn notes_of(tx: &mut Tx<'_>, order: &Order<'_>) -> Outcome<Vec<String>> {
    let number = |path| tx.attributes().number(BILL, path);
    let (Some(account), Some(category)) = (number(BILLED_TO), number("category")) else {
        return Err(Problem::internal("bills are not indexed"));
    };
    let is = |attribute, value: &str| Condition {
        attribute,
        test: Match::Equals(value.to_owned()),
    };
    let plan = Plan {
        conditions: vec![is(account, &order.bill.account), is(category, CREDIT_NOTE)],
        ..Plan::all(order.tenant, BILL)
    };
    let rows = tx.direct(|session| session.list(&plan))?;
    let mut ids = Vec::new();
    for row in rows {
        let doc = attributes(&row, &[CORRECTED])?;
        if id_in(&doc, CORRECTED) == Some(&order.bill.id) {
            ids.push(row.id);
        }
    }
    Ok(ids)
}

fn number(tx: &mut Tx<'_>, tenant: i64) -> Outcome<String> {
    let number = tx.direct(|session| session.take_bill_numbers(tenant, NUMBERS, 1))?;
    Ok(format!("CN-{number:08}"))
}

/// The document of a credit note: amounts are below nothing, as those of the charges on it.
fn document(order: &Order<'_>, note: &CreditNote, id: &str, number: String, left: Amount) -> Value {
    let (bill, currency) = (order.bill, order.bill.currency);
    let money = |amount: Amount| money_json(negative(amount), currency);
    let mut doc = Map::new();
    let mut put = |name: &str, value: Value| drop(doc.insert(name.to_owned(), value));
    put("@type", json!("CustomerBill"));
    put("billNo", json!(number));
    put("category", json!(CREDIT_NOTE));
    put("runType", json!("offCycle"));
    put("billDate", json!(order.now.to_rfc3339()));
    for name in [
        "billingAccount",
        "financialAccount",
        "relatedParty",
        "billingPeriod",
    ] {
        if let Some(value) = bill.doc.get(name) {
            put(name, value.clone());
        }
    }
    put("taxExcludedAmount", money(note.net));
    put("taxIncludedAmount", money(note.gross));
    put("amountDue", money(note.gross));
    put("remainingAmount", money(left));
    let taxes = note.taxes.iter().map(|tax| {
        json!({
            "@type": "TaxItem",
            "taxCategory": tax.category,
            "taxRate": number_of(tax.rate),
            "taxAmount": money(tax.amount),
            "taxableAmount": money(tax.base),
        })
    });
    put("taxItem", taxes.collect());
    put("billDocument", documents(id));
    put("state", json!(Standing::of(note.gross, left).as_str()));
    let mut corrected =
        json!({ "@type": "CustomerBillRef", "id": bill.id, "@referredType": "CustomerBill" });
    if let (Some(corrected), Some(number)) = (corrected.as_object_mut(), bill.doc.get("billNo")) {
        corrected.insert("name".to_owned(), number.clone());
    }
    put(CORRECTED, corrected);
    Value::Object(doc)
}

/// The charges of a credit note.
fn credits(charges: &[Charge], note: &CreditNote, order: &Order<'_>) -> Outcome<Vec<Value>> {
    let mut docs = Vec::with_capacity(note.lines.len());
    for part in &note.lines {
        let charge = charges.iter().find(|charge| charge.id == part.id);
        let charge = charge.ok_or_else(|| Problem::internal("a charge was lost"))?;
        docs.push(lines::credit(
            &charge.doc,
            part,
            order.bill.currency,
            order.now,
        ));
    }
    Ok(docs)
}
