//! What becomes of bills: they are paid, a part of them, or too much; some are disputed.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::super::Failure;
use super::super::super::simulate::Dice;
use super::Findings;
use super::books::Books;
use super::charges::Bill;
use super::kinds::money;
use super::time::{after, at};
use super::world::World;

/// Days until a dispute is decided.
const DECIDED_AFTER: usize = 12;

/// A dispute that is open.
#[derive(Clone, Debug)]
pub struct Dispute {
    ticket: String,
    decided: NaiveDate,
    /// The charge that is credited, and with how much; none where the dispute is rejected.
    credit: Option<(String, i64)>,
}

/// Pays new bills, and disputes some of them.
///
/// # Errors
/// When something is refused.
pub async fn come_in(
    (world, dice): (&World, Dice),
    (bills, books): (&[Bill], &mut Books),
    day: NaiveDate,
    found: &mut Findings,
) -> Result<Vec<Dispute>, Failure> {
    world.move_to(at(day, 12));
    let mut payments = Vec::new();
    let mut disputes = Vec::new();
    for bill in bills
        .iter()
        .filter(|bill| bill.gross > 0 && !bill.is_credit_note())
    {
        let name = format!("bill of {} on {day}", bill.account);
        let roll = dice.roll(&name) % 100;
        let half = bill.gross / 20_000 * 10_000;
        let (deed, amount) = match roll {
            0..65 => ("exact payments", bill.gross),
            65..75 if half > 0 => ("partial payments", half),
            75..83 => ("payments of too much", bill.gross.saturating_add(5_000_000)),
            _ => continue,
        };
        found.count(deed, 1);
        payments.push(payment(bill, amount, roll < 75));
        books.pay(&bill.account, amount);
    }
    world.make("payment", payments).await?;
    for bill in bills
        .iter()
        .filter(|bill| bill.gross > 0 && !bill.is_credit_note())
    {
        let name = format!("dispute of {} on {day}", bill.account);
        if !dice.percent(&name, 6) {
            continue;
        }
        let charge = bill.charges.iter().find(|charge| charge.gross >= 1_000_000);
        let roll = dice.roll(&format!("{name} decision"));
        let credit = charge.filter(|_| roll % 3 > 0).map(|charge| {
            let cents = 1 + i64::try_from((roll >> 8) % 100).unwrap_or(0);
            (charge.id.clone(), cents.saturating_mul(10_000))
        });
        let ids = world.make("troubleTicket", vec![ticket(bill)]).await?;
        found.count("disputes", 1);
        disputes.extend(ids.into_iter().map(|ticket| Dispute {
            ticket,
            decided: (0..DECIDED_AFTER).fold(day, |day, _| after(day)),
            credit: credit.clone(),
        }));
    }
    Ok(disputes)
}

fn payment(bill: &Bill, amount: i64, named: bool) -> Value {
    let mut payment = json!({
        "account": { "id": bill.account }, "totalAmount": money(amount),
        "paymentMethod": { "id": "sepa", "name": "Direct debit" },
    });
    if let (true, Some(members)) = (named, payment.as_object_mut()) {
        let item = json!([{ "item": { "id": bill.id, "@referredType": "CustomerBill" },
            "totalAmount": money(amount) }]);
        members.insert("paymentItem".to_owned(), item);
    }
    payment
}

fn ticket(bill: &Bill) -> Value {
    json!({
        "@type": "TroubleTicket", "description": "Too much", "severity": "Minor",
        "ticketType": "billing dispute",
        "relatedEntity": [{ "@type": "RelatedEntity", "role": "disputed bill", "entity": {
            "@type": "EntityRef", "id": bill.id, "@referredType": "CustomerBill" } }],
    })
}

/// Decides disputes whose day has come.
///
/// # Errors
/// When that is refused.
pub async fn decide(
    world: &World,
    disputes: &mut Vec<Dispute>,
    day: NaiveDate,
    found: &mut Findings,
) -> Result<(), Failure> {
    let (due, open) = std::mem::take(disputes)
        .into_iter()
        .partition(|own| own.decided <= day);
    *disputes = open;
    let due: Vec<Dispute> = due;
    for dispute in due {
        let decision = match &dispute.credit {
            Some((charge, amount)) => {
                found.count("credit notes", 1);
                json!({ "decision": "accepted", "line": [
                    { "id": charge, "taxIncludedAmount": money(*amount) }] })
            }
            None => json!({ "decision": "rejected" }),
        };
        let patch =
            json!({ "id": dispute.ticket, "status": "resolved", "disputeDecision": decision });
        world.change("troubleTicket", vec![patch]).await?;
    }
    Ok(())
}
