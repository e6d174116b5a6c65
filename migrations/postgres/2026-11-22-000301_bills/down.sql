DROP TABLE usage_sum_log;
DROP TABLE bill_number;
DROP TABLE billing_state;
DROP TABLE rate_sheet;
