-- Kinds come anew: by statistics, there is nothing of a kind whose first resources are just being
-- made, and to read all of a kind would look as cheap as to look up an id by its key. Without
-- statistics every kind counts as a part of the table, whatever its size, and the key is taken.
-- The change of type, which is none, removes the statistics that are there.
ALTER TABLE resource ALTER COLUMN kind TYPE TEXT;
ALTER TABLE resource ALTER COLUMN kind SET STATISTICS 0;
