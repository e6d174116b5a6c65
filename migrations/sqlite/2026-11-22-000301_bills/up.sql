-- Charges of bills: all that one bill has of an account are a sheet, written once. Charges that are on no
-- bill yet are sheets without one.
CREATE TABLE rate_sheet (
    seq        INTEGER NOT NULL PRIMARY KEY,   -- of its first line; each line has one of its own
    tenant     INTEGER NOT NULL,
    account    TEXT NOT NULL,
    bill       TEXT,
    revision   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    lines      INTEGER NOT NULL,
    body       BLOB NOT NULL
) STRICT;
CREATE INDEX rate_sheet_bill ON rate_sheet (tenant, bill) WHERE bill IS NOT NULL;
CREATE INDEX rate_sheet_account ON rate_sheet (tenant, account);
CREATE INDEX rate_sheet_open ON rate_sheet (tenant, account) WHERE bill IS NULL;

-- What billing knows of an account: up to when it was billed, and for what.
CREATE TABLE billing_state (
    tenant   INTEGER NOT NULL,
    account  TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state    BLOB NOT NULL,
    PRIMARY KEY (tenant, account)
) STRICT, WITHOUT ROWID;

-- The next number of a bill, by legal entity. Numbers are taken in the transaction that uses them, so none
-- is left out.
CREATE TABLE bill_number (
    tenant INTEGER NOT NULL,
    entity TEXT NOT NULL,
    next   INTEGER NOT NULL,
    PRIMARY KEY (tenant, entity)
) STRICT, WITHOUT ROWID;

-- What batches of rated usage add to what waits to be billed, until it is added up by product.
CREATE TABLE usage_sum_log (
    seq    INTEGER NOT NULL PRIMARY KEY,
    tenant INTEGER NOT NULL,
    body   BLOB NOT NULL
) STRICT;
