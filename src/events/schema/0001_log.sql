-- What happened. The log is append-only: on SQLite it has no secondary index at all, because one on random ids or on
-- person_id dirties a page for every event; see events/index/.
CREATE TABLE event (
  seq BIGINT PRIMARY KEY,         -- place in the log
  kind BIGINT NOT NULL,           -- event_kind.id
  person_id BIGINT,               -- the node at that time; a merge never rewrites it
  subject BIGINT,                 -- what it is about: an order, a coupon
  at BIGINT NOT NULL,             -- when it happened, clock-corrected
  received_at BIGINT NOT NULL,
  raw_at BIGINT,                  -- as claimed; NULL: the same as at
  source BIGINT,                  -- event_source.id; NULL: ourselves
  id_hi BIGINT, id_lo BIGINT,     -- 128-bit hash of (source, the source's id); NULL: ours
  amount_fen BIGINT,
  flags BIGINT NOT NULL,          -- 1: late
  props TEXT                      -- JSON object; NULL: {}
);
--pg: CREATE UNIQUE INDEX event_by_id ON event (id_hi, id_lo) WHERE id_hi IS NOT NULL;
--pg: CREATE INDEX event_by_person ON event (person_id, at, seq) WHERE person_id IS NOT NULL;

CREATE TABLE event_source (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

-- Numbers handed out one by one; `base` lifts PostgreSQL's sequence numbers above those of a restored log.
CREATE TABLE log_head (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  next_kind BIGINT NOT NULL,
  next_source BIGINT NOT NULL,
  base BIGINT NOT NULL
);
INSERT INTO log_head (id, next_kind, next_source, base) VALUES (1, 1000, 1, 0);

-- The part of the log that can no longer get a row in front of its end. On PostgreSQL seq = base + xid * 2^20 + n, so
-- everything below the oldest running transaction is final and a cursor never skips a late commit.
--sqlite: CREATE VIEW event_ready AS SELECT * FROM event;
--pg: CREATE VIEW event_ready AS SELECT * FROM event WHERE seq < (SELECT base FROM log_head WHERE id = 1) + CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) * 1048576;

CREATE TABLE log_cursor (
  consumer TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,            -- everything up to here has taken effect
  moved_at BIGINT NOT NULL
);
