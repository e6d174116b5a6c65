-- Keys are compared byte by byte, as no reader expects them in the order of a language: an insert
-- compares some sixty of them.
ALTER TABLE resource
    ALTER COLUMN kind TYPE TEXT COLLATE "C",
    ALTER COLUMN id TYPE TEXT COLLATE "C",
    ALTER COLUMN version TYPE TEXT COLLATE "C";
ALTER TABLE past
    ALTER COLUMN kind TYPE TEXT COLLATE "C",
    ALTER COLUMN id TYPE TEXT COLLATE "C",
    ALTER COLUMN version TYPE TEXT COLLATE "C";
ALTER TABLE balance
    ALTER COLUMN kind TYPE TEXT COLLATE "C",
    ALTER COLUMN account TYPE TEXT COLLATE "C",
    ALTER COLUMN balance_type TYPE TEXT COLLATE "C",
    ALTER COLUMN currency TYPE TEXT COLLATE "C";
ALTER TABLE order_run ALTER COLUMN order_id TYPE TEXT COLLATE "C";
ALTER TABLE order_input
    ALTER COLUMN order_id TYPE TEXT COLLATE "C",
    ALTER COLUMN id TYPE TEXT COLLATE "C";
ALTER TABLE order_log
    ALTER COLUMN order_id TYPE TEXT COLLATE "C",
    ALTER COLUMN id TYPE TEXT COLLATE "C";
ALTER TABLE product_claim
    ALTER COLUMN product TYPE TEXT COLLATE "C",
    ALTER COLUMN order_id TYPE TEXT COLLATE "C";
ALTER TABLE pool_number
    ALTER COLUMN pool TYPE TEXT COLLATE "C",
    ALTER COLUMN number TYPE TEXT COLLATE "C",
    ALTER COLUMN order_id TYPE TEXT COLLATE "C";

-- No condition names these columns, and to sort a sample of documents is most of what the
-- database's own ANALYZE costs while tables grow.
ALTER TABLE resource
    ALTER COLUMN doc SET STATISTICS 0,
    ALTER COLUMN label SET STATISTICS 0;
ALTER TABLE past ALTER COLUMN doc SET STATISTICS 0;
ALTER TABLE event
    ALTER COLUMN principal SET STATISTICS 0,
    ALTER COLUMN event_id SET STATISTICS 0,
    ALTER COLUMN change SET STATISTICS 0,
    ALTER COLUMN kind SET STATISTICS 0,
    ALTER COLUMN id SET STATISTICS 0,
    ALTER COLUMN version SET STATISTICS 0,
    ALTER COLUMN changed SET STATISTICS 0;
ALTER TABLE order_run
    ALTER COLUMN work SET STATISTICS 0,
    ALTER COLUMN progress SET STATISTICS 0;
ALTER TABLE order_log ALTER COLUMN entry SET STATISTICS 0;

-- A change of type forgets what the planner knew.
ANALYZE resource (id, version), order_run (order_id), order_log (order_id), pool_number;
