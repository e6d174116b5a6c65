-- Documents of bills as they were made when the bills got their numbers. They are never changed.
CREATE TABLE bill_document (
    tenant  INTEGER NOT NULL,
    bill    TEXT NOT NULL,
    form    TEXT NOT NULL,               -- pdf, html, xml
    made_at INTEGER NOT NULL,
    body    BLOB NOT NULL,
    PRIMARY KEY (tenant, bill, form)
) STRICT;
