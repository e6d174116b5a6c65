-- What an account owes or is owed: one row for each kind of balance and currency. Amounts are
-- millionths of the currency's unit, so that they can be added to where they are.
CREATE TABLE balance (
    tenant       BIGINT  NOT NULL,
    kind         TEXT    NOT NULL,        -- of the account: billingAccount, settlementAccount, ...
    account      TEXT    NOT NULL,
    balance_type TEXT    NOT NULL,        -- ReceivableBalance, DepositBalance, DisputedBalance, ...
    currency     TEXT    NOT NULL,
    amount       BIGINT  NOT NULL,
    valid_from   BIGINT,                  -- open when absent
    valid_to     BIGINT,
    updated_at   BIGINT  NOT NULL,
    PRIMARY KEY (tenant, kind, account, balance_type, currency)
);

-- A balance changes often and no index has what changes: room on each page keeps the new versions
-- of a row beside the old ones, and the index untouched.
ALTER TABLE balance SET (fillfactor = 70);
