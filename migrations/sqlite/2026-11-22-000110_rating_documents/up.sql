-- What prices refer to: tariff tables, calendars, tax tables. A version is loaded as a whole and never
-- changed, so that what was rated by it can be explained.
CREATE TABLE rating_document (
    tenant    INTEGER NOT NULL,
    kind      TEXT NOT NULL,             -- tariffTable, calendar, taxTable
    id        TEXT NOT NULL,
    number    INTEGER NOT NULL,          -- counts the versions of an id
    version   TEXT NOT NULL,             -- what clients call it
    current   INTEGER NOT NULL,          -- 1: the version that prices mean
    hash      TEXT NOT NULL,             -- of everything that matters to prices
    head      TEXT NOT NULL,             -- the document without its rows
    records   INTEGER NOT NULL,          -- its rows
    loaded_at INTEGER NOT NULL,
    content   BLOB NOT NULL,             -- the rows or the whole document, compressed
    PRIMARY KEY (tenant, kind, id, number),
    UNIQUE (tenant, kind, id, version)
) STRICT;

-- Counts the changes of what prices are compiled from: `library` those of documents and names of
-- usage specifications, `catalog` those of prices.
CREATE TABLE rating_book (
    tenant  INTEGER NOT NULL PRIMARY KEY,
    library INTEGER NOT NULL,
    catalog INTEGER NOT NULL
) STRICT;
