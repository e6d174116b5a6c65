-- Usage: many rows that are alike, so documents are kept as leaves of a shape.
CREATE TABLE usage_record (
    seq         BIGINT PRIMARY KEY,
    tenant      BIGINT NOT NULL,
    id          TEXT COLLATE "C",                     -- none where it follows from seq
    identity    BYTEA,                     -- specification, source, record and part; none for records without a name
    revision    BIGINT NOT NULL,
    state       BIGINT NOT NULL,         -- place of the word of usageStatus
    reason      BIGINT NOT NULL,         -- why it was rejected; 0 when it was not
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    start_at    BIGINT NOT NULL,         -- when the usage began
    product     BIGINT NOT NULL,         -- hash of the product's id; 0 when there is none
    shape       BIGINT NOT NULL,
    leaves      BYTEA NOT NULL,
    trace_shape BIGINT NOT NULL,         -- why the price: 0 when there is no trace
    trace       BYTEA NOT NULL
);
CREATE UNIQUE INDEX usage_identity ON usage_record (tenant, identity) WHERE identity IS NOT NULL;
CREATE UNIQUE INDEX usage_id ON usage_record (tenant, id) WHERE id IS NOT NULL;
-- By product within groups of neighbours: what is written at a time stays in few pages.
CREATE INDEX usage_product ON usage_record ((seq >> 18), product);
CREATE INDEX usage_waiting ON usage_record (seq) WHERE state IN (0, 2, 3);
CREATE INDEX usage_rejected ON usage_record (reason, seq) WHERE state = 1;

-- JSON texts with marks for the leaves, by their hash.
CREATE TABLE usage_shape (
    shape BIGINT PRIMARY KEY,
    text  TEXT COLLATE "C" NOT NULL
);

-- What usage has left behind with a product, an account or a group: allowances, tiers, sessions.
CREATE TABLE charging_state (
    tenant   BIGINT NOT NULL,
    owner    TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    state    BYTEA NOT NULL,
    PRIMARY KEY (tenant, owner)
);

-- What became of records, by source and hour of arrival. Each writer counts in rows of its own.
CREATE TABLE usage_count (
    tenant  BIGINT NOT NULL,
    source  TEXT COLLATE "C" NOT NULL,
    hour    BIGINT NOT NULL,             -- hours since 1970
    outcome TEXT COLLATE "C" NOT NULL,                -- received, duplicate, rated, rejected, refused
    writer  BIGINT NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (tenant, source, hour, outcome, writer)
);

-- What products are known by in the network, and when.
CREATE TABLE identifier (
    tenant     BIGINT NOT NULL,
    value      TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    product    TEXT COLLATE "C" NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to   BIGINT NOT NULL,
    PRIMARY KEY (tenant, value, name, product, valid_from)
);
CREATE INDEX identifier_product ON identifier (tenant, product);

-- No condition names these, and to sample them is most of what ANALYZE costs.
ALTER TABLE usage_record
    ALTER COLUMN leaves SET STATISTICS 0,
    ALTER COLUMN trace SET STATISTICS 0;
-- Rows are rewritten in place where they were not rated at once.
ALTER TABLE charging_state SET (fillfactor = 70);
