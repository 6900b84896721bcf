CREATE TABLE person_view (
  id BIGINT PRIMARY KEY,
  owner_kind TEXT NOT NULL,                  -- whose it is: "user", "key"
  owner_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  shared BIGINT NOT NULL DEFAULT 0,
  filter TEXT NOT NULL,                      -- JSON of the list's filters
  columns TEXT NOT NULL,                     -- JSON list of column keys
  sort TEXT NOT NULL DEFAULT 'created',
  position BIGINT NOT NULL DEFAULT 0,
  ver BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  UNIQUE (owner_kind, owner_id, name)
);
