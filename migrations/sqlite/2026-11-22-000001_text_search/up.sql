-- Words by which resources are found, one row for each resource (rowid = resource.seq). The words
-- are cut and folded by the server, the same for both databases; only the index is kept. The
-- tokenizer takes all that is not ASCII for letters, and so leaves the words as they are.
CREATE VIRTUAL TABLE text_search USING fts5 (
    words,
    content = '',
    contentless_delete = 1,
    detail = none,
    tokenize = 'ascii'
);
