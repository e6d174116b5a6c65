-- Words by which resources are found, one row for each resource (rowid = resource.seq). The words
-- are cut and folded by the server, the same for both databases; only the index is kept.
CREATE VIRTUAL TABLE text_search USING fts5 (
    words,
    content = '',
    contentless_delete = 1,
    detail = none,
    tokenize = 'unicode61 remove_diacritics 0'
);
