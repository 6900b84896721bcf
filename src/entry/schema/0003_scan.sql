-- A scan that was given a guide; kept for some days, the log has it for ever.
CREATE TABLE entry_scan (
  id BIGINT PRIMARY KEY,
  code_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,         -- 0: nobody could be given
  visitor TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'added', 'refused')),
  at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  held TEXT NOT NULL,               -- which caps it holds a slot of: letters c C d l r, see slots.cc
  day BIGINT NOT NULL,
  level BIGINT NOT NULL,
  store_id BIGINT NOT NULL,
  person_node BIGINT NOT NULL,      -- who scanned, when that was known
  before BIGINT NOT NULL,           -- the scan before it of this code given to this guide: a chain costs no page of an index
  touch TEXT NOT NULL               -- JSON object
);
-- Visitors' ids begin with their time, so that new ones stand at the end.
CREATE INDEX entry_scan_visitor ON entry_scan (visitor, code_id, at) WHERE visitor <> '';
