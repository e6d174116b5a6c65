-- What usage of a product has come to and waits to be billed. A product may have several rows, which add up: what
-- comes is added as a row, and rows are put together now and then.
CREATE TABLE usage_sum (
    seq     BIGINT PRIMARY KEY,
    tenant  BIGINT NOT NULL,
    product TEXT COLLATE "C" NOT NULL,
    body    BYTEA NOT NULL
);
CREATE INDEX usage_sum_product ON usage_sum (tenant, product);

-- They stood among the states of rating before.
INSERT INTO usage_sum (seq, tenant, product, body)
SELECT -row_number() OVER (ORDER BY tenant, owner), tenant, substr(owner, 3), state
FROM charging_state WHERE substr(owner, 1, 2) = 's:' AND length(state) > 0;
DELETE FROM charging_state WHERE substr(owner, 1, 2) = 's:';
