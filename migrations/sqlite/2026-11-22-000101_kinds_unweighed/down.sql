-- For PostgreSQL alone, whose planner goes by statistics; SQLite goes by the indexes.
SELECT 1;
