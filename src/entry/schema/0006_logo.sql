-- The merchant's logo for the middle of codes; one row, id 1.
CREATE TABLE entry_logo (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  png BYTEA NOT NULL,
  updated_at BIGINT NOT NULL
);
