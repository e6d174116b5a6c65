DROP TABLE identifier;
DROP TABLE usage_count;
DROP TABLE charging_state;
DROP TABLE usage_shape;
DROP TABLE usage_record;
