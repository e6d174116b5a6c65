-- What prices refer to: tariff tables, calendars, tax tables. A version is loaded as a whole and never
-- changed, so that what was rated by it can be explained.
CREATE TABLE rating_document (
    tenant    BIGINT NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL, -- tariffTable, calendar, taxTable
    id        TEXT COLLATE "C" NOT NULL,
    number    BIGINT NOT NULL,           -- counts the versions of an id
    version   TEXT COLLATE "C" NOT NULL, -- what clients call it
    current   BOOLEAN NOT NULL,          -- true: the version that prices mean
    hash      TEXT NOT NULL,             -- of everything that matters to prices
    head      TEXT NOT NULL,             -- the document without its rows
    records   BIGINT NOT NULL,           -- its rows
    loaded_at BIGINT NOT NULL,
    content   BYTEA NOT NULL,            -- the rows or the whole document, compressed
    PRIMARY KEY (tenant, kind, id, number),
    UNIQUE (tenant, kind, id, version)
);

-- It is compressed already.
ALTER TABLE rating_document ALTER COLUMN content SET STORAGE EXTERNAL;

-- Counts the changes of what prices are compiled from: `library` those of documents and names of
-- usage specifications, `catalog` those of prices.
CREATE TABLE rating_book (
    tenant  BIGINT NOT NULL PRIMARY KEY,
    library BIGINT NOT NULL,
    catalog BIGINT NOT NULL
);
