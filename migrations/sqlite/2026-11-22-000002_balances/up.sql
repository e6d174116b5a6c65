-- What an account owes or is owed: one row for each kind of balance and currency. Amounts are
-- millionths of the currency's unit, so that they can be added to where they are.
CREATE TABLE balance (
    tenant       INTEGER NOT NULL,
    kind         TEXT    NOT NULL,        -- of the account: billingAccount, settlementAccount, ...
    account      TEXT    NOT NULL,
    balance_type TEXT    NOT NULL,        -- ReceivableBalance, DepositBalance, DisputedBalance, ...
    currency     TEXT    NOT NULL,
    amount       INTEGER NOT NULL,
    valid_from   INTEGER,                 -- open when absent
    valid_to     INTEGER,
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, account, balance_type, currency)
) STRICT, WITHOUT ROWID;
