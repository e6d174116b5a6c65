-- For PostgreSQL alone: SQLite compares bytes and keeps no statistics of columns.
SELECT 1;
