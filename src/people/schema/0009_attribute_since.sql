-- When a source began to say what it says; `at` is when it said so last. NULL: as long as `at`.
ALTER TABLE attribute_value ADD COLUMN since BIGINT;
ALTER TABLE attribute_history ADD COLUMN since BIGINT;
