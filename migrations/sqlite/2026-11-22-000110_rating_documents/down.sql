DROP TABLE rating_book;
DROP TABLE rating_document;
