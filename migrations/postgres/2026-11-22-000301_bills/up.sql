-- Charges of bills: all that one bill has of an account are a sheet, written once. Charges that are on no
-- bill yet are sheets without one.
CREATE TABLE rate_sheet (
    seq        BIGINT PRIMARY KEY,         -- of its first line; each line has one of its own
    tenant     BIGINT NOT NULL,
    account    TEXT COLLATE "C" NOT NULL,
    bill       TEXT COLLATE "C",
    revision   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    lines      BIGINT NOT NULL,
    body       BYTEA NOT NULL
);
CREATE INDEX rate_sheet_bill ON rate_sheet (tenant, bill) WHERE bill IS NOT NULL;
CREATE INDEX rate_sheet_account ON rate_sheet (tenant, account);
CREATE INDEX rate_sheet_open ON rate_sheet (tenant, account) WHERE bill IS NULL;
-- It is compact already, and to sample it is most of what ANALYZE costs.
ALTER TABLE rate_sheet
    ALTER COLUMN body SET STATISTICS 0,
    ALTER COLUMN body SET STORAGE EXTERNAL;

-- What billing knows of an account: up to when it was billed, and for what.
CREATE TABLE billing_state (
    tenant   BIGINT NOT NULL,
    account  TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    state    BYTEA NOT NULL,
    PRIMARY KEY (tenant, account)
);
ALTER TABLE billing_state SET (fillfactor = 70);

-- The next number of a bill, by legal entity. Numbers are taken in the transaction that uses them, so none
-- is left out.
CREATE TABLE bill_number (
    tenant BIGINT NOT NULL,
    entity TEXT COLLATE "C" NOT NULL,
    next   BIGINT NOT NULL,
    PRIMARY KEY (tenant, entity)
);

-- What batches of rated usage add to what waits to be billed, until it is added up by product.
CREATE TABLE usage_sum_log (
    seq    BIGINT PRIMARY KEY,
    tenant BIGINT NOT NULL,
    body   BYTEA NOT NULL
);
