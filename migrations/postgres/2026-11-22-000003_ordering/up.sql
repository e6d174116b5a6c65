-- Orders under way: what is to be done, and how far it is. The latter is rewritten at each step, the
-- former with an amendment only.
CREATE TABLE order_run (
    tenant     BIGINT NOT NULL,
    order_id   TEXT NOT NULL,
    revision   BIGINT NOT NULL,          -- counts the writes of this row
    state      TEXT NOT NULL,            -- open, done
    priority   BIGINT NOT NULL,          -- 0 goes first
    wake_at    BIGINT,                   -- when something is due; none when nothing is
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    work       TEXT NOT NULL,            -- empty until there is a plan
    progress   TEXT NOT NULL,
    PRIMARY KEY (tenant, order_id)
);
CREATE INDEX order_run_due ON order_run (wake_at) WHERE wake_at IS NOT NULL;

-- What orders have yet to be told: cancels, amendments, the end of the order before them.
CREATE TABLE order_input (
    tenant   BIGINT NOT NULL,
    order_id TEXT NOT NULL,
    id       TEXT NOT NULL,              -- sorts by time
    at       BIGINT NOT NULL,
    input    TEXT NOT NULL,
    PRIMARY KEY (tenant, order_id, id)
);

-- What happened to orders beyond their plan: faults, decisions of operators.
CREATE TABLE order_log (
    tenant   BIGINT NOT NULL,
    order_id TEXT NOT NULL,
    id       TEXT NOT NULL,              -- sorts by time
    at       BIGINT NOT NULL,
    entry    TEXT NOT NULL,
    PRIMARY KEY (tenant, order_id, id)
);

-- Orders that change a product, or wait until those before them are through.
CREATE TABLE product_claim (
    tenant   BIGINT NOT NULL,
    product  TEXT NOT NULL,
    order_id TEXT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (tenant, product, order_id)
);
CREATE INDEX product_claim_order ON product_claim (tenant, order_id);

-- Numbers of pools, as far as they were drawn: free without an order.
CREATE TABLE pool_number (
    tenant   BIGINT NOT NULL,
    pool     TEXT NOT NULL,
    number   TEXT NOT NULL,
    order_id TEXT,
    node     TEXT,
    at       BIGINT NOT NULL,
    PRIMARY KEY (tenant, pool, number)
);
CREATE INDEX pool_number_free ON pool_number (tenant, pool, at) WHERE order_id IS NULL;
CREATE INDEX pool_number_order ON pool_number (tenant, order_id) WHERE order_id IS NOT NULL;

ALTER TABLE order_run SET (fillfactor = 70);
