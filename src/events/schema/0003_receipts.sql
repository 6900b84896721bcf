-- Known kinds with wrong props wait here, whole, until somebody mends the schema or gives them up.
CREATE TABLE event_quarantine (
  id BIGINT PRIMARY KEY,
  id_hi BIGINT NOT NULL, id_lo BIGINT NOT NULL,
  state TEXT NOT NULL,            -- open, done
  code TEXT NOT NULL, pointer TEXT NOT NULL,
  kind TEXT NOT NULL, person_id BIGINT, subject BIGINT NOT NULL,
  at BIGINT NOT NULL, raw_at BIGINT NOT NULL, received_at BIGINT NOT NULL, late BIGINT NOT NULL,
  source TEXT NOT NULL, event_id TEXT NOT NULL,
  amount_fen BIGINT NOT NULL, props TEXT NOT NULL,
  tries BIGINT NOT NULL,
  seq BIGINT,                     -- where it went when it was let in
  UNIQUE (id_hi, id_lo)
);
CREATE INDEX event_quarantine_open ON event_quarantine (state, id);

-- Refused for good, for 30 days.
CREATE TABLE event_receipt (
  id BIGINT PRIMARY KEY,
  id_hi BIGINT NOT NULL, id_lo BIGINT NOT NULL,
  code TEXT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX event_receipt_by_id ON event_receipt (id_hi);

-- How often an event came again; keyed by its place in the log, so that repeats of neighbours touch one page.
CREATE TABLE event_repeat (
  seq BIGINT PRIMARY KEY,
  times BIGINT NOT NULL,
  last_at BIGINT NOT NULL
);
CREATE INDEX event_repeat_by_time ON event_repeat (last_at);
