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
  touch TEXT NOT NULL               -- JSON object
);
CREATE INDEX entry_scan_guide ON entry_scan (code_id, staff_id, at) WHERE state = 'open';
CREATE INDEX entry_scan_visitor ON entry_scan (visitor, code_id, at) WHERE visitor <> '';
