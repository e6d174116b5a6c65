//! The accounts of the general ledger that are booked on. What is sold may name a revenue account of
//! its own (its account code).

/// Accounts, by the operator's numbers or names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What customers owe.
    pub receivable: String,
    /// What came in by payments.
    pub cash: String,
    /// What is sold without an account code.
    pub revenue: String,
    /// Taxes that are owed to the state.
    pub tax_payable: String,
    /// What is given up.
    pub bad_debt: String,
}

impl Default for Chart {
    fn default() -> Self {
        Chart {
            receivable: "receivable".to_owned(),
            cash: "cash".to_owned(),
            revenue: "revenue".to_owned(),
            tax_payable: "taxPayable".to_owned(),
            bad_debt: "badDebt".to_owned(),
        }
    }
}
