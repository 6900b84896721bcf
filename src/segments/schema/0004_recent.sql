-- What live segments' people came and went since the chunks were last written: one row a transaction, in order. A bit alone
-- would have a whole page of the store written; these go into the chunks many at a time. Where they speak, they are newer.
CREATE TABLE segment_recent (
  id BIGINT PRIMARY KEY,
  moves BYTEA NOT NULL                       -- 17 bytes each: segment, person (both little-endian), 1 in or 0 out
);
