-- A person's coming through a code to a guide, and what became of it: a fold over the log.
CREATE TABLE entry_arrival (
  id BIGINT PRIMARY KEY,
  code_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  scan_id BIGINT,
  scan_match TEXT NOT NULL,         -- exact, only, latest, none
  over_cap BIGINT NOT NULL,
  UNIQUE (origin_id, code_id, staff_id)
);
CREATE INDEX entry_arrival_person ON entry_arrival (person_id);
CREATE INDEX entry_arrival_code ON entry_arrival (code_id, id);

-- The folded part, written by the consumer alone.
CREATE TABLE entry_outcome (
  arrival_id BIGINT PRIMARY KEY,
  origin_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  code_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,
  added_at BIGINT NOT NULL,         -- the first word of it, half or whole
  accepted_at BIGINT,
  first_reply_at BIGINT,
  group_at BIGINT,
  first_order_at BIGINT,
  repeat_order_at BIGINT,
  lost_at BIGINT,
  orders BIGINT NOT NULL,
  order_fen BIGINT NOT NULL,        -- paid minus refunded
  day BIGINT NOT NULL, hour BIGINT NOT NULL  -- the line of entry_code_day it is counted in
);
CREATE INDEX entry_outcome_person ON entry_outcome (person_id, added_at);
CREATE INDEX entry_outcome_code ON entry_outcome (code_id, added_at);

-- Sums of an hour: scans by when they were, the rest by when the friend came, so that a line is a funnel.
CREATE TABLE entry_code_day (
  code_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,         -- 0: nobody could be given
  scans BIGINT NOT NULL,
  visitors BIGINT NOT NULL,
  shown BIGINT NOT NULL,            -- a guide, or the platform's own code
  adds BIGINT NOT NULL,
  accepted BIGINT NOT NULL,
  replied BIGINT NOT NULL,
  grouped BIGINT NOT NULL,
  ordered BIGINT NOT NULL,
  repeated BIGINT NOT NULL,
  lost BIGINT NOT NULL,
  orders BIGINT NOT NULL,
  order_fen BIGINT NOT NULL,
  PRIMARY KEY (code_id, day, hour, staff_id)
);
