DROP INDEX order_run_due;
CREATE INDEX order_run_due ON order_run (wake_at) WHERE wake_at IS NOT NULL;
