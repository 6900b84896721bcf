-- Definitions as they were when numbers were computed with them.
CREATE TABLE metric_version (
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  unit TEXT NOT NULL,
  formula TEXT NOT NULL,
  filters TEXT NOT NULL,
  definition_zh TEXT NOT NULL,
  definition_en TEXT NOT NULL,
  frozen_at BIGINT NOT NULL,
  PRIMARY KEY (name, version)
);

-- The latest answer of each question in use, so that a restart serves at once. Derived.
CREATE TABLE metric_snapshot (
  key TEXT PRIMARY KEY,                 -- scope | question | parameters
  as_of BIGINT NOT NULL,
  mark TEXT NOT NULL,                   -- how far the data was
  body TEXT NOT NULL
);

-- One value a day of the numbers that show a spark.
CREATE TABLE metric_value (
  metric TEXT NOT NULL,
  version BIGINT NOT NULL,
  day BIGINT NOT NULL,                  -- days since 1970 on the merchant's calendar
  value DOUBLE PRECISION NOT NULL,
  as_of BIGINT NOT NULL,
  PRIMARY KEY (metric, version, day)
);
