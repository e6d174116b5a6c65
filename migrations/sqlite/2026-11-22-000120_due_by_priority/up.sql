-- Orders that are due are asked for by their priority, so that the urgent come first however many wait.
DROP INDEX order_run_due;
CREATE INDEX order_run_due ON order_run (priority, wake_at, order_id, tenant) WHERE wake_at IS NOT NULL;
