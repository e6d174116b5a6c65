DROP TABLE usage_sum;
