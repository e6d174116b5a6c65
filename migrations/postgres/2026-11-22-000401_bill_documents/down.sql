DROP TABLE bill_document;
