DROP TABLE pool_number;
DROP TABLE product_claim;
DROP TABLE order_log;
DROP TABLE order_input;
DROP TABLE order_run;
