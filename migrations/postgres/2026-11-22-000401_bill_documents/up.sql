-- Documents of bills as they were made when the bills got their numbers. They are never changed.
CREATE TABLE bill_document (
    tenant  BIGINT NOT NULL,
    bill    TEXT COLLATE "C" NOT NULL,
    form    TEXT COLLATE "C" NOT NULL,               -- pdf, html, xml
    made_at BIGINT NOT NULL,
    body    BYTEA NOT NULL,
    PRIMARY KEY (tenant, bill, form)
);
-- They are compressed in themselves.
ALTER TABLE bill_document ALTER COLUMN body SET STORAGE EXTERNAL;
