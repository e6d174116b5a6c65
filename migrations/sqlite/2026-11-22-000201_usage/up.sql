-- Usage: many rows that are alike, so documents are kept as leaves of a shape.
CREATE TABLE usage_record (
    seq         INTEGER NOT NULL PRIMARY KEY,
    tenant      INTEGER NOT NULL,
    id          TEXT,                     -- none where it follows from seq
    identity    BLOB,                     -- specification, source, record and part; none for records without a name
    revision    INTEGER NOT NULL,
    state       INTEGER NOT NULL,         -- place of the word of usageStatus
    reason      INTEGER NOT NULL,         -- why it was rejected; 0 when it was not
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    start_at    INTEGER NOT NULL,         -- when the usage began
    product     INTEGER NOT NULL,         -- hash of the product's id; 0 when there is none
    shape       INTEGER NOT NULL,
    leaves      BLOB NOT NULL,
    trace_shape INTEGER NOT NULL,         -- why the price: 0 when there is no trace
    trace       BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX usage_identity ON usage_record (tenant, identity) WHERE identity IS NOT NULL;
CREATE UNIQUE INDEX usage_id ON usage_record (tenant, id) WHERE id IS NOT NULL;
-- By product within groups of neighbours: what is written at a time stays in few pages.
CREATE INDEX usage_product ON usage_record (seq >> 18, product);
CREATE INDEX usage_waiting ON usage_record (seq) WHERE state IN (0, 2, 3);
CREATE INDEX usage_rejected ON usage_record (reason, seq) WHERE state = 1;

-- JSON texts with marks for the leaves, by their hash.
CREATE TABLE usage_shape (
    shape INTEGER NOT NULL PRIMARY KEY,
    text  TEXT NOT NULL
) STRICT;

-- What usage has left behind with a product, an account or a group: allowances, tiers, sessions.
CREATE TABLE charging_state (
    tenant   INTEGER NOT NULL,
    owner    TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state    BLOB NOT NULL,
    PRIMARY KEY (tenant, owner)
) STRICT, WITHOUT ROWID;

-- What became of records, by source and hour of arrival. Each writer counts in rows of its own.
CREATE TABLE usage_count (
    tenant  INTEGER NOT NULL,
    source  TEXT NOT NULL,
    hour    INTEGER NOT NULL,             -- hours since 1970
    outcome TEXT NOT NULL,                -- received, duplicate, rated, rejected, refused
    writer  INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (tenant, source, hour, outcome, writer)
) STRICT, WITHOUT ROWID;

-- What products are known by in the network, and when.
CREATE TABLE identifier (
    tenant     INTEGER NOT NULL,
    value      TEXT NOT NULL,
    name       TEXT NOT NULL,
    product    TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to   INTEGER NOT NULL,
    PRIMARY KEY (tenant, value, name, product, valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX identifier_product ON identifier (tenant, product);
