-- Orders under way: what is to be done, and how far it is. The latter is rewritten at each step, the
-- former with an amendment only.
CREATE TABLE order_run (
    tenant     INTEGER NOT NULL,
    order_id   TEXT NOT NULL,
    revision   INTEGER NOT NULL,          -- counts the writes of this row
    state      TEXT NOT NULL,            -- open, done
    priority   INTEGER NOT NULL,          -- 0 goes first
    wake_at    INTEGER,                   -- when something is due; none when nothing is
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    work       TEXT NOT NULL,            -- empty until there is a plan
    progress   TEXT NOT NULL,
    PRIMARY KEY (tenant, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_run_due ON order_run (wake_at) WHERE wake_at IS NOT NULL;

-- What orders have yet to be told: cancels, amendments, the end of the order before them.
CREATE TABLE order_input (
    tenant   INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    id       TEXT NOT NULL,              -- sorts by time
    at       INTEGER NOT NULL,
    input    TEXT NOT NULL,
    PRIMARY KEY (tenant, order_id, id)
) STRICT, WITHOUT ROWID;

-- What happened to orders beyond their plan: faults, decisions of operators.
CREATE TABLE order_log (
    tenant   INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    id       TEXT NOT NULL,              -- sorts by time
    at       INTEGER NOT NULL,
    entry    TEXT NOT NULL,
    PRIMARY KEY (tenant, order_id, id)
) STRICT, WITHOUT ROWID;

-- Orders that change a product, or wait until those before them are through.
CREATE TABLE product_claim (
    tenant   INTEGER NOT NULL,
    product  TEXT NOT NULL,
    order_id TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (tenant, product, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX product_claim_order ON product_claim (tenant, order_id);

-- Numbers of pools, as far as they were drawn: free without an order.
CREATE TABLE pool_number (
    tenant   INTEGER NOT NULL,
    pool     TEXT NOT NULL,
    number   TEXT NOT NULL,
    order_id TEXT,
    node     TEXT,
    at       INTEGER NOT NULL,
    PRIMARY KEY (tenant, pool, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX pool_number_free ON pool_number (tenant, pool, at) WHERE order_id IS NULL;
CREATE INDEX pool_number_order ON pool_number (tenant, order_id) WHERE order_id IS NOT NULL;
