CREATE TABLE entry_alarm (
  id BIGINT PRIMARY KEY,
  code_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,         -- 0: the code as a whole
  kind TEXT NOT NULL,
  detail TEXT NOT NULL,
  times BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  closed_at BIGINT
);
CREATE UNIQUE INDEX entry_alarm_open ON entry_alarm (code_id, staff_id, kind) WHERE closed_at IS NULL;

CREATE INDEX entry_alarm_kind ON entry_alarm (code_id, staff_id, kind, opened_at);

CREATE TABLE store_place (
  unit_id BIGINT PRIMARY KEY,
  lat DOUBLE PRECISION NOT NULL,
  lng DOUBLE PRECISION NOT NULL,
  hours TEXT NOT NULL,              -- JSON: hours of weekdays
  address TEXT NOT NULL,
  phone TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);
