-- The part of the log that has left the table for a file DATA/log/<first_seq>-<last_seq>.seg (SQLite with a data folder;
-- empty elsewhere). A row of `event` up to the last last_seq is a copy that is about to go. The log's newest row always
-- stays in the table.
CREATE TABLE log_segment (
  first_seq BIGINT PRIMARY KEY,   -- the last segment's last_seq + 1
  last_seq BIGINT NOT NULL UNIQUE,
  rows BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  checksum BIGINT NOT NULL,       -- of everything in the file but its blocks, which it names by their checksums
  sealed_at BIGINT NOT NULL,
  CHECK (rows = last_seq - first_seq + 1)
);
