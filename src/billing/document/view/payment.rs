//! How the amount is paid or collected.

use chrono::NaiveDate;

use super::party::spaced;
use super::{Fact, Passage, Writer};
use crate::billing::document::locale::fill;
use crate::billing::document::statement::{Bank, Kind, Mark, Means, Payment};

impl Writer<'_> {
    /// None on a trial, nobody shall pay it, and none on a credit note.
    pub(super) fn payment(&self) -> Option<Passage<Vec<Fact>>> {
        let statement = self.statement;
        let payment = statement.payment.as_ref()?;
        if statement.mark == Mark::Trial || statement.kind == Kind::CreditNote {
            return None;
        }
        let label = &self.locale.label;
        let (first, body) = match self.is_to_be_paid() {
            true => (self.sentence(&payment.means), self.payment_facts(payment)),
            false => (label.pay_nothing.clone(), Vec::new()),
        };
        let terms = payment.terms.clone().filter(|_| self.is_to_be_paid());
        Some(Passage {
            title: label.payment.clone(),
            text: [first].into_iter().chain(terms).collect(),
            body,
        })
    }

    /// The day on which the issuer collects.
    pub(super) fn collected_on(&self) -> Option<NaiveDate> {
        match &self.statement.payment.as_ref()?.means {
            Means::Transfer => None,
            Means::DirectDebit { on, .. } => Some(*on),
            Means::Card { on, .. } => *on,
        }
    }

    fn sentence(&self, means: &Means) -> String {
        let label = &self.locale.label;
        let amount = self.money(self.owed());
        let day = |date: NaiveDate| self.locale.long_date(date);
        let date = self.collected_on().or(self.statement.due).map(day);
        let date = date.unwrap_or_default();
        let (pattern, name) = match means {
            Means::Transfer if self.statement.due.is_none() => (&label.pay_transfer, ""),
            Means::Transfer => (&label.pay_transfer_by, ""),
            Means::DirectDebit { account, .. } => (&label.pay_debit, account.as_str()),
            Means::Card { masked, on: None } => (&label.pay_card, masked.as_str()),
            Means::Card { masked, .. } => (&label.pay_card_on, masked.as_str()),
        };
        let name = spaced(name);
        let values = [
            ("amount", amount.as_str()),
            ("date", &date),
            ("account", &name),
            ("card", &name),
        ];
        fill(pattern, &values)
    }

    fn payment_facts(&self, payment: &Payment) -> Vec<Fact> {
        let label = &self.locale.label;
        let mut facts = Vec::new();
        match (&payment.means, &self.statement.issuer.bank) {
            (Means::Transfer, Some(bank)) => facts.extend(self.bank_facts(bank)),
            (
                Means::DirectDebit {
                    mandate, creditor, ..
                },
                _,
            ) => {
                facts.push((label.mandate.clone(), mandate.clone()));
                let creditor = creditor.clone().into_iter();
                facts.extend(creditor.map(|id| (label.creditor.clone(), id)));
            }
            _ => {}
        }
        let reference = payment.reference.clone().into_iter();
        facts.extend(reference.map(|text| (label.payment_reference.clone(), text)));
        facts
    }

    fn bank_facts(&self, bank: &Bank) -> Vec<Fact> {
        let label = &self.locale.label;
        let issuer = &self.statement.issuer.party.name;
        let holder = bank.holder.as_ref().unwrap_or(issuer).clone();
        let known = [
            (&label.holder, Some(holder)),
            (&label.bank_account, Some(spaced(&bank.account))),
            (&label.bic, bank.bic.clone()),
            (&label.bank, bank.name.clone()),
        ];
        let fact = |(label, text): (&String, Option<String>)| Some((label.clone(), text?));
        known.into_iter().filter_map(fact).collect()
    }
}
