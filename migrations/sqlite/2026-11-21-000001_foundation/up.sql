-- Instants are microseconds since 1970 (UTC). Every table carries a tenant.

-- One counter for all `seq` columns, so that a number is never used twice.
CREATE TABLE sequence (
    name TEXT NOT NULL PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO sequence (name, next) VALUES ('main', 1);

-- Every TMF resource: its document as text, and beside it only what queries need.
CREATE TABLE resource (
    seq        INTEGER NOT NULL PRIMARY KEY,
    tenant     INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    version    TEXT    NOT NULL,          -- '' for kinds without versions
    revision   INTEGER NOT NULL,          -- counts the writes of this row
    current    INTEGER NOT NULL,          -- 1: the version that an id without a version means
    label      TEXT,                      -- name, for references to it
    state      TEXT,                      -- life cycle or job state
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    doc        TEXT    NOT NULL           -- stored form, without id and href
) STRICT;
CREATE UNIQUE INDEX resource_key ON resource (tenant, kind, id, version);
CREATE INDEX resource_listing ON resource (tenant, kind, current, seq);

-- The indexed attributes of each kind, with a short number for the index below.
CREATE TABLE attribute (
    number INTEGER NOT NULL PRIMARY KEY,
    kind   TEXT    NOT NULL,
    path   TEXT    NOT NULL,
    UNIQUE (kind, path)
) STRICT;

-- One row for each value of each indexed attribute.
CREATE TABLE resource_index (
    tenant    INTEGER NOT NULL,
    attribute INTEGER NOT NULL,
    current   INTEGER NOT NULL,
    value     TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    PRIMARY KEY (tenant, attribute, current, value, seq)
) STRICT, WITHOUT ROWID;

-- How many current resources there are of a kind (attribute 0) or with a value. Rows add up.
CREATE TABLE tally (
    tenant    INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    attribute INTEGER NOT NULL,
    value     TEXT    NOT NULL,
    n         INTEGER NOT NULL
) STRICT;
CREATE INDEX tally_key ON tally (tenant, kind, attribute, value);

-- What a document was before a later write; events refer to it.
CREATE TABLE past (
    tenant   INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    version  TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    doc      TEXT    NOT NULL,
    PRIMARY KEY (tenant, kind, id, version, revision)
) STRICT;
CREATE INDEX past_age ON past (ended_at);

-- The outbox: what happened, written in the transaction that did it.
CREATE TABLE event (
    at        INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    tenant    INTEGER NOT NULL,
    principal TEXT    NOT NULL,
    event_id  TEXT    NOT NULL,
    change    TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    version   TEXT    NOT NULL,
    revision  INTEGER NOT NULL,
    changed   TEXT,                       -- attributes that differ, comma separated
    PRIMARY KEY (at, seq)
) STRICT, WITHOUT ROWID;

-- Events not yet handed to the subscribers' queues.
CREATE TABLE event_pending (
    seq INTEGER NOT NULL PRIMARY KEY,
    at  INTEGER NOT NULL,
    tenant INTEGER NOT NULL
) STRICT;

CREATE TABLE subscription (
    id          TEXT    NOT NULL PRIMARY KEY,
    tenant      INTEGER NOT NULL,
    principal   TEXT    NOT NULL,
    api         TEXT    NOT NULL,
    api_version TEXT    NOT NULL,
    callback    TEXT    NOT NULL,
    query       TEXT,
    created_at  INTEGER NOT NULL,
    failures    INTEGER NOT NULL,         -- in a row; resets at a success
    retry_at    INTEGER NOT NULL,         -- circuit: nothing is sent before
    lease_owner TEXT,
    lease_until INTEGER NOT NULL
) STRICT;
CREATE INDEX subscription_api ON subscription (tenant, api);

-- One event for one subscriber.
CREATE TABLE delivery (
    tenant       INTEGER NOT NULL,
    subscription TEXT    NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    event_seq    INTEGER NOT NULL,
    event_at     INTEGER NOT NULL,
    lane         TEXT    NOT NULL,        -- kind/id: order is kept within
    attempts     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    dead         INTEGER NOT NULL,        -- 1: given up, kept for replay
    last_error   TEXT,
    PRIMARY KEY (subscription, event_seq)
) STRICT;
CREATE INDEX delivery_due ON delivery (subscription, dead, due_at);
CREATE INDEX delivery_lane ON delivery (subscription, lane, dead, event_seq);

-- Durable work, claimed by lease.
CREATE TABLE job (
    id           TEXT    NOT NULL PRIMARY KEY,
    tenant       INTEGER NOT NULL,
    principal    TEXT    NOT NULL,
    task         TEXT    NOT NULL,        -- what to do: import, export, versionSwitch
    subject_kind TEXT    NOT NULL,
    subject_id   TEXT    NOT NULL,
    payload      TEXT    NOT NULL,
    progress     TEXT    NOT NULL,
    state        TEXT    NOT NULL,        -- waiting, done, failed
    run_at       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    lease_owner  TEXT,
    lease_until  INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    last_error   TEXT
) STRICT;
CREATE INDEX job_due ON job (state, run_at);
CREATE INDEX job_subject ON job (tenant, subject_kind, subject_id);

-- Answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotency (
    tenant      INTEGER NOT NULL,
    principal   TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    answer      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant, principal, key)
) STRICT;
CREATE INDEX idempotency_age ON idempotency (created_at);
