-- Who is in: of live segments now, of fixed ones for good. Bit i of chunk c is the person with number c * 4096 + i, least
-- bit first. When somebody came in and why is in the log (segment_entered).
CREATE TABLE segment_chunk (
  segment_id BIGINT NOT NULL,
  chunk BIGINT NOT NULL,
  bits BYTEA NOT NULL,
  PRIMARY KEY (segment_id, chunk)
)
--sqlite: WITHOUT ROWID
;

-- How far a segment's membership is: filled for which version, and how big.
CREATE TABLE segment_state (
  segment_id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,                   -- the version the chunks are of; 0: never filled
  size BIGINT NOT NULL DEFAULT 0,
  filled_at BIGINT,
  refill BIGINT NOT NULL DEFAULT 1           -- 1: everybody is to be looked at again
);

-- One line a day of the merchant's calendar.
CREATE TABLE segment_size (
  segment_id BIGINT NOT NULL,
  day BIGINT NOT NULL,                       -- days since 1970
  size BIGINT NOT NULL,                      -- at the last change of that day
  entered BIGINT NOT NULL DEFAULT 0,
  exited BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (segment_id, day)
);

-- When time alone may next change what segments a person is in; no row: never.
CREATE TABLE segment_wake (
  person_id BIGINT PRIMARY KEY,
  at BIGINT NOT NULL
);
