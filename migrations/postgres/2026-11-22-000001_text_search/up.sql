-- Words by which resources are found, one row for each resource. The words are cut and folded by
-- the server, the same for both databases.
CREATE TABLE text_search (
    seq   BIGINT   NOT NULL PRIMARY KEY,
    words TSVECTOR NOT NULL
);
CREATE INDEX text_search_words ON text_search USING gin (words);
