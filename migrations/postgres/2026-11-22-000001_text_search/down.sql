DROP TABLE text_search;
