//! Payment instructions (BG-16) and terms (BT-20).

use super::xml::Xml;
use crate::billing::document::fault::Fault;
use crate::billing::document::locale::Locale;
use crate::billing::document::statement::{Bank, Kind, Means, Payment, Statement};

pub fn payment(statement: &Statement, locale: &Locale, xml: &mut Xml) -> Result<(), Fault> {
    if statement.kind == Kind::CreditNote {
        return terms(&locale.label.credit_note_terms, xml);
    }
    let Some(payment) = &statement.payment else {
        return Ok(());
    };
    xml.within("cac:PaymentMeans", |xml| {
        let bank = statement.issuer.bank.as_ref();
        xml.text("cbc:PaymentMeansCode", code(statement, payment))?;
        xml.optional("cbc:PaymentID", payment.reference.as_deref())?;
        match (&payment.means, bank) {
            (Means::Transfer, Some(bank)) => transfer(bank, xml),
            (Means::Transfer, None) => Ok(()),
            (
                Means::DirectDebit {
                    mandate, account, ..
                },
                _,
            ) => debit(mandate, account, xml),
            (Means::Card { masked, .. }, _) => card(masked, xml),
        }
    })?;
    payment
        .terms
        .as_deref()
        .map_or(Ok(()), |text| terms(text, xml))
}

fn terms(text: &str, xml: &mut Xml) -> Result<(), Fault> {
    xml.within("cac:PaymentTerms", |xml| xml.text("cbc:Note", text))
}

/// UN/CEFACT list 4461: SEPA transfer, transfer, SEPA debit, debit, card, not defined.
fn code(statement: &Statement, payment: &Payment) -> &'static str {
    let euro = statement.currency.code == "EUR";
    match (&payment.means, &statement.issuer.bank) {
        (Means::Transfer, None) => "1",
        (Means::Transfer, Some(bank)) if euro && is_iban(&bank.account) => "58",
        (Means::Transfer, Some(_)) => "30",
        (
            Means::DirectDebit {
                creditor: Some(_), ..
            },
            _,
        ) if euro => "59",
        (Means::DirectDebit { .. }, _) => "49",
        (Means::Card { .. }, _) => "48",
    }
}

fn is_iban(account: &str) -> bool {
    account
        .bytes()
        .take(2)
        .filter(u8::is_ascii_uppercase)
        .count()
        == 2
}

fn transfer(bank: &Bank, xml: &mut Xml) -> Result<(), Fault> {
    xml.within("cac:PayeeFinancialAccount", |xml| {
        xml.text("cbc:ID", &bank.account)?;
        xml.optional("cbc:Name", bank.holder.as_deref())?;
        match &bank.bic {
            Some(bic) => xml.within("cac:FinancialInstitutionBranch", |xml| {
                xml.text("cbc:ID", bic)
            }),
            None => Ok(()),
        }
    })
}

fn debit(mandate: &str, account: &str, xml: &mut Xml) -> Result<(), Fault> {
    xml.within("cac:PaymentMandate", |xml| {
        xml.text("cbc:ID", mandate)?;
        xml.within("cac:PayerFinancialAccount", |xml| {
            xml.text("cbc:ID", account)
        })
    })
}

/// Of a card the last four digits may be said (BR-51).
fn card(masked: &str, xml: &mut Xml) -> Result<(), Fault> {
    let digits: Vec<char> = masked.chars().filter(char::is_ascii_digit).collect();
    let last: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
    xml.within("cac:CardAccount", |xml| {
        xml.text("cbc:PrimaryAccountNumberID", &last)?;
        xml.text("cbc:NetworkID", "NA")
    })
}
